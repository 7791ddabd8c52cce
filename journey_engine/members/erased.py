"""Who was erased, known by keyed hashes alone: finds her in rows, the inbox and lists; it erases nobody.

A hash is HMAC-SHA256 (RFC 2104) of `kind:value`, reckoned where the rows are: Postgres has sha256, and the key goes
there as the two blocks the standard pads it to. Whoever has no key can try no numbers against a hash.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, SmallInteger, Table, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.language.feed import COUPON, Feed
from journey_engine.language.project import Project

REFUSED = "refused: erased"
_BLOCK = 64  # bytes of a block of SHA-256
_PADS = """unnest(cast(:numbers as smallint[]), cast(:inner as bytea[]), cast(:outer as bytea[]))
    as p (number, inner_pad, outer_pad)"""
_ANY = text("select exists (select from erased_identities)")
_KEYS = text("select number, key from identity_keys order by number")
_IN_USE = text("select number, key from identity_keys where replaced_at is null")
_MAKE_KEY = text("insert into identity_keys (number, key) values (:number, :key) on conflict do nothing")
_REPLACE = text("update identity_keys set replaced_at = clock_timestamp() where replaced_at is null")
_LAST = text("select coalesce(max(number), 0) from identity_keys")


def hash_of(kind: str, value: str) -> str:
    """SQL: the hash of an identity under the key whose pads are `p`; `kind` and `value` are SQL as well."""
    plain = f"case {kind} when 'email' then lower(btrim({value})) else btrim({value}) end"
    return f"sha256(p.outer_pad || sha256(p.inner_pad || convert_to({kind} || ':' || {plain}, 'UTF8')))"


def is_erased(kind: str, value: str, at: str = "cast(null as timestamptz)") -> str:
    """SQL, with the binds of `pads`: whether this identity is an erased person's who has not returned by `at`."""
    return f"""exists (
        select from {_PADS} join erased_identities e on e.key_number = p.number and e.hash = {hash_of(kind, value)}
        where e.returned_at is null or {at} < e.returned_at)"""


def quoted(name: str) -> str:
    """SQL: a column's name."""
    return '"' + name.replace('"', '""') + '"'


def pads(connection: Connection) -> dict[str, list[Any]] | None:
    """The keys as `is_erased` wants them; None: nobody was ever erased, and nothing need be asked."""
    if not connection.execute(_ANY).scalar_one():
        return None
    return _padded({row.number: bytes(row.key) for row in connection.execute(_KEYS)})


def pads_in_use(connection: Connection) -> dict[str, list[Any]]:
    """The same of the one key that makes new hashes; the first is made here."""
    row = connection.execute(_IN_USE).one_or_none()
    if row is None:
        connection.execute(_MAKE_KEY, {"number": 1, "key": secrets.token_bytes(32)})
        row = connection.execute(_IN_USE).one()
    return _padded({row.number: bytes(row.key)})


def change_key(connection: Connection) -> int:
    """Make new hashes with a new key from now on, and return its number; those of older keys are still found."""
    connection.execute(_REPLACE)
    number = connection.execute(_LAST).scalar_one() + 1
    connection.execute(_MAKE_KEY, {"number": number, "key": secrets.token_bytes(32)})
    return number


def bound(statement: str) -> TextClause:
    """A statement around `is_erased`, its arrays typed."""
    return text(statement).bindparams(
        bindparam("numbers", type_=ARRAY(SmallInteger)),
        bindparam("inner", type_=ARRAY(LargeBinary)),
        bindparam("outer", type_=ARRAY(LargeBinary)),
    )


def _padded(keys: dict[int, bytes]) -> dict[str, list[Any]]:
    blocks = [key.ljust(_BLOCK, b"\0") for key in keys.values()]
    return {
        "numbers": list(keys),
        "inner": [bytes(byte ^ 0x36 for byte in block) for block in blocks],
        "outer": [bytes(byte ^ 0x5C for byte in block) for block in blocks],
    }


# ---- rows of a feed ---------------------------------------------------------------------------------------------
def take_out(connection: Connection, feed: Feed, staged: Table) -> int:
    """Remove the staged rows about people who were erased, in the caller's transaction; how many there were.

    A row is hers if what the feed knows members by is hers; or if nobody is known by that, and one of its further
    identities is hers: a new number does not bring her back. Where the row is another member's, her identity in it
    (a phone two people share) is left out, and the row stays.
    """
    known = pads(connection)
    if known is None or feed.member.by == COUPON:
        return 0
    own, by = f"s.{quoted(feed.member.from_)}", f"'{feed.member.by}'"
    further = {kind: f"s.{quoted(name)}" for kind, name in (feed.members.identities if feed.members else {}).items()}
    stranger = f"not exists (select from identities i where i.kind = {by} and i.value = {own})"
    others = [is_erased(f"'{kind}'", column) for kind, column in further.items()]
    hers = is_erased(by, own) + (f" or {stranger} and ({' or '.join(others)})" if others else "")
    name = f'"{staged.schema}"."{staged.name}"'
    gone = connection.execute(bound(f"delete from {name} s where {hers}"), known).rowcount
    for column, whose in zip(further.values(), others, strict=True):
        cell = column.removeprefix("s.")
        connection.execute(bound(f"update {name} s set {cell} = null where {column} is not null and {whose}"), known)
    return gone


# ---- the inbox --------------------------------------------------------------------------------------------------
# A follow of her own is a new person who consents anew: what is dated from then on is that person's.
_RETURN = f"""
update erased_identities e set returned_at = f.at
from (select e.key_number, e.hash, min(t.at) as at
      from taking t, {_PADS}, erased_identities e
      where t.source = 'line' and t.outcome = 'follow' and e.key_number = p.number
        and e.hash = {hash_of("'line'", "t.who")} and e.returned_at is null and t.at > e.erased_at
      group by 1, 2) f
where e.key_number = f.key_number and e.hash = f.hash
"""
# Nothing of hers stays in the inbox, whatever it was. A coupon's use is the code's, not hers: it is still taken.
_EMPTY = f"""
update inbox b set body = '{{}}', webhook_event_id = 'erased:' || b.id, message_id = null
from taking t where t.id = b.id and {is_erased("t.kind", "t.who", "coalesce(t.at, '-infinity')")}
"""
_REFUSE = f"""
update taking t set outcome = '{REFUSED}', message_id = null, properties = '{{}}'
where (t.goes or t.outcome = 'unsend') and t.outcome <> 'redeem'
  and {is_erased("t.kind", "t.who", "coalesce(t.at, '-infinity')")}
"""


def refuse(connection: Connection, project: Project | None) -> None:
    """Refuse what erased people said among the rows being taken, and empty its copies, but for who follows anew.

    Whether a follow brings anybody back says the policy (`erased: {return: …}`); by default it does.
    """
    known = pads(connection)
    if known is None:
        return
    if project is None or project.policy.erased.return_ == "on_follow":
        connection.execute(bound(_RETURN), known)
    connection.execute(bound(_EMPTY), known)
    connection.execute(bound(_REFUSE), known)


# ---- remembering ------------------------------------------------------------------------------------------------
_REMEMBER = f"""
insert into erased_identities (kind, key_number, hash, erased_at)
select distinct i.kind, p.number, {hash_of("i.kind", "i.value")}, cast(:now as timestamptz)
from forgotten_values i, {_PADS}
on conflict (key_number, hash) do update set erased_at = excluded.erased_at, returned_at = null
"""


def remember(connection: Connection, now: datetime) -> None:
    """Keep the hashes of all identities in the temporary table `forgotten_values`."""
    connection.execute(bound(_REMEMBER), {**pads_in_use(connection), "now": now})

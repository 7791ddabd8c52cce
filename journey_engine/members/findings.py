"""What says that two members are one person, written down with what brought it; it merges nobody (merging.py does)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Subquery, Text, cast, func, insert, literal, select, text, union_all

from journey_engine.data.staging import ROW
from journey_engine.language.feed import Feed
from journey_engine.language.merging import Merging
from journey_engine.members.erased import bound, is_erased, pads
from journey_engine.store.tables.people import identities, merge_findings

# Landings share it and a merge holds it alone: what is being landed knows its members by numbers read before.
KEY = 7402134
LANDING = text(f"select pg_advisory_xact_lock_shared({KEY})")

_INTO = ["member_id", "other_id", "found_at", "by", "reason", "batch_id"]
_PERSON = text("""
insert into merge_findings (member_id, other_id, found_at, by, reason) values (:member, :other, :now, :by, :reason)
""")


def say(connection: Connection, member: int, other: int, by: str, reason: str, now: datetime) -> None:
    """A person says that these two are one."""
    connection.execute(_PERSON, {"member": member, "other": other, "by": by, "reason": reason, "now": now})


def find_in_rows(connection: Connection, feed: Feed, merge: Merging, batch: int, told: Subquery, now: datetime) -> int:
    """Write down whom the good rows of a batch (`told`, with `_member`) name by two members' identities.

    Returns how many members will be merged away. The reason says which row and which kinds, no value.
    """
    said = feed.members.identities if feed.members else {}
    parts = [
        select(
            told.c["_member"].label("member_id"),
            identities.c.member_id.label("other_id"),
            told.c[ROW].label("row"),
            literal(kind).label("kind"),
        )
        .join(identities, (identities.c.kind == kind) & (identities.c.value == told.c[name]))
        .where(identities.c.member_id != told.c["_member"])
        for kind, name in said.items()
        if merge.joins(feed.member.by, kind)
    ]
    if not parts:
        return 0
    found = union_all(*parts).subquery("found")
    pair = (func.least(found.c.member_id, found.c.other_id), func.greatest(found.c.member_id, found.c.other_id))
    reason = func.concat("row ", cast(found.c.row, Text), f" ({feed.member.by}, ", found.c.kind, ")")
    rows = (
        select(*pair, literal(now), literal(f"feed {feed.feed}"), reason, literal(batch))
        .distinct(*pair)
        .order_by(*pair, found.c.row)
    )
    return connection.execute(
        insert(merge_findings).from_select(_INTO, rows), execution_options={"preserve_rowcount": True}
    ).rowcount


# ---- what came into the inbox: `taking.also` are further identities, by kind -----------------------------------------
# Of the rows that carry several identities each further one, of kinds that join.
_FURTHER = """
    select t.id, t.kind, t.who, t.member_id, a.key as also, a.value
    from taking t, jsonb_each_text(t.also) a
    where t.goes and t.kind = any(cast(:kinds as text[])) and a.key = any(cast(:kinds as text[]))
"""
_NUMBERS = "select count(distinct n.value) from identities n where n.kind = f.kind and n.member_id"
_ANY = text("select exists (select from taking where also is not null)")
# Who was erased is nobody's further identity, and stays in no copy of the row.
_LEAVE_OUT = f"""
update taking t set also = (
    select jsonb_object_agg(a.key, a.value) from jsonb_each_text(t.also) a
    where not {is_erased("a.key", "a.value", "coalesce(t.at, '-infinity')")})
where t.also is not null
"""
_EMPTY = text("""
update inbox b set body = b.body - 'also' || jsonb_strip_nulls(jsonb_build_object('also', t.also))
from taking t where t.id = b.id and b.body ? 'also' and b.body -> 'also' is distinct from t.also
""")
_ADOPT = text(f"""
insert into identities (kind, value, member_id)
select distinct on (f.kind, f.who) f.kind, f.who, i.member_id
from ({_FURTHER}) f join identities i on i.kind = f.also and i.value = f.value
where not exists (select from identities own where own.kind = f.kind and own.value = f.who)
  and ({_NUMBERS} = i.member_id) < :most
order by f.kind, f.who, f.id, f.also
""")
_BIND = text(f"""
insert into identities (kind, value, member_id)
select distinct on (f.also, f.value) f.also, f.value, f.member_id from ({_FURTHER}) f
where f.member_id is not null order by f.also, f.value, f.id
on conflict do nothing
""")
_FIND = text(f"""
insert into merge_findings (member_id, other_id, found_at, by, reason)
select distinct on (1, 2) least(f.member_id, i.member_id), greatest(f.member_id, i.member_id), :now, 'shop',
       'inbox ' || f.id || ' (' || f.kind || ', ' || f.also || ')'
from ({_FURTHER}) f join identities i on i.kind = f.also and i.value = f.value
where f.member_id <> i.member_id and ({_NUMBERS} in (f.member_id, i.member_id)) <= :most
order by 1, 2, f.id
""")


def adopt_taken(connection: Connection, merge: Merging) -> bool:
    """Before members are made: who is unknown by a row's own identity may be known by another; whether any row has."""
    if not connection.execute(_ANY).scalar_one():
        return False
    known = pads(connection)
    if known is not None:
        connection.execute(bound(_LEAVE_OUT), known)
        connection.execute(_EMPTY)
    connection.execute(_ADOPT, {"kinds": list(merge.by), "most": merge.shared_above})
    return True


def find_in_taken(connection: Connection, merge: Merging, now: datetime) -> None:
    """Bind the further identities that nobody has, and write down whom a row names by two members' identities."""
    kinds = list(merge.by)
    connection.execute(_BIND, {"kinds": kinds})
    connection.execute(_FIND, {"kinds": kinds, "most": merge.shared_above, "now": now})

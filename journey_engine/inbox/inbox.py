"""What LINE and the shop sent: kept as it came, then taken into events, members, friendships; it answers nobody."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Text, column, select, text
from sqlalchemy.exc import DBAPIError

from journey_engine import clock
from journey_engine.data import redeeming
from journey_engine.inbox import answering, deeds, reply_tokens
from journey_engine.language.merging import Merging
from journey_engine.language.project import Project
from journey_engine.members import erased, findings, unsending
from journey_engine.members.members import create_unknown

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # an escaped backslash before `u0000` is no NUL

# An event without LINE's id (or with one that no index could hold) is known by what it says.
_KEYED = """
    select case when length(said ->> 'webhookEventId') between 1 and 200 then said ->> 'webhookEventId'
                else 'sha256:' || encode(sha256(convert_to((said - 'deliveryContext')::text, 'UTF8')), 'hex')
           end as key, said, place
    from jsonb_array_elements(cast(:events as jsonb)) with ordinality as each (said, place)
"""

_STORE = text(f"""
    insert into inbox (webhook_event_id, body, received_at)
    select key, said, :now from ({_KEYED}) keyed order by place
    on conflict (source, webhook_event_id) do nothing
""")

# What was fetched from the sandbox before, or is delivered anew, is heard now: its reply token's minute begins again.
_STORE_LIVE = text(f"""
    insert into inbox (webhook_event_id, body, received_at, live, heard_at)
    select key, said, clock_timestamp() + coalesce((select "offset" from clock), interval '0'), true, clock_timestamp()
    from (select distinct on (key) key, said, place from ({_KEYED}) keyed order by key, place) once
    order by place
    on conflict (source, webhook_event_id) do update set live = true, heard_at = excluded.heard_at
    where not inbox.live or excluded.body -> 'deliveryContext' ->> 'isRedelivery' = 'true'
    returning id, taken_at
""")

# One at a time: two at once would both make the member nobody knew.
_LOCK = text("select pg_advisory_xact_lock(7402122)")
_WAITING = text("select id from inbox where taken_at is null order by id")
_ANY = text("select exists (select from inbox where taken_at is null)")
_KINDS = text("select distinct kind from taking where goes and makes")
_KNOWN = text("""
    update taking t set member_id = i.member_id from identities i where i.kind = t.kind and i.value = t.who and t.goes
""")
_NOBODY = text("""
    update taking set outcome = 'refused: nobody is known as ' || left(kind || ':' || who, 200)
    where goes and member_id is null
""")

# A feed that brings the same event has its key noted, too, so that whichever comes second adds nothing.
_EVENTS = text("""
    with keys as (
        select t.id, t.source, t.key, true as own from taking t where t.goes
        union all
        select t.id, twin ->> 0, twin ->> 1, false
        from taking t, jsonb_array_elements(coalesce(t.twins, '[]')) twin where t.goes
    ), known as (
        select k.id from keys k join event_keys e on e.source = k.source and e.key = k.key
        union
        select id from (select id, row_number() over (partition by source, key order by id) as nth from keys) twins
        where nth > 1
    ), fresh as (
        insert into event_keys (source, key)
        select distinct source, key from keys where id not in (select id from known)
        on conflict do nothing returning source, key
    ), written as (
        insert into events (member_id, name, at, "of", value, properties, source)
        select t.member_id, t.outcome, t.at, t."of", t.value, t.properties, t.source
        from taking t
        join fresh f on f.source = t.source and f.key = t.key
        order by t.id
    )
    update taking set outcome = 'known already' where id in (select id from known)
""")

# The last word by its own time; of two in one millisecond the one that came later. An older word changes nothing.
_ACCOUNTS = text("""
    update identities i set status = said.status, changed_at = said.at
    from (select distinct on (t.who) t.who, t.at,
                 case t.outcome when 'follow' then 'friend' else 'blocked' end as status
          from taking t where t.outcome in ('follow', 'unfollow') and t.source = 'line'
          order by t.who, t.at desc, t.id desc) said
    where i.kind = 'line' and i.value = said.who and coalesce(i.changed_at <= said.at, true)
""")
# A block of one account by a person who is a friend with another one is no farewell.
_OTHER_ACCOUNT = text("""
    update taking t set "of" = 'another account' from identities i
    where t.outcome = 'unfollow' and t.source = 'line'
      and i.kind = 'line' and i.member_id = t.member_id and i.value <> t.who and i.status = 'friend'
""")
# A friend by any of her accounts.
_FRIENDSHIPS = text("""
    insert into friendships (member_id, status, changed_at)
    select distinct on (t.member_id) t.member_id, i.status, i.changed_at
    from taking t join identities i on i.kind = 'line' and i.member_id = t.member_id and i.status is not null
    where t.outcome in ('follow', 'unfollow') and t.source = 'line'
    order by t.member_id, i.status = 'friend' desc, i.changed_at desc
    on conflict (member_id) do update set status = excluded.status, changed_at = excluded.changed_at
    where excluded.changed_at >= friendships.changed_at
""")

_DONE = text("""
    update inbox set taken_at = :now, outcome = t.outcome, message_id = t.message_id from taking t where t.id = inbox.id
    returning inbox.id
""")
_ASIDE = text("update inbox set taken_at = :now, outcome = :why where id = :id")
_AGAIN = text("update inbox set taken_at = null, outcome = null where outcome like 'set aside: %'")
_SET_ASIDE = text("select count(*) from inbox where outcome like 'set aside: %'")
_DATA_ERRORS = ("22", "54")  # classes of SQLSTATE: data that cannot be read, limits of the server's


@dataclass(slots=True)
class Taken:
    """What one taking did: how many rows by outcome, and the numbers of the members who did something."""

    counts: Counter[str] = field(default_factory=Counter[str])
    members: set[int] = field(default_factory=set[int])


def store(connection: Connection, events: Sequence[dict[str, Any]], now: datetime | None = None) -> int:
    """Keep webhook events (LINE's shape) as they came; returns how many were new.

    The same webhookEventId again (LINE delivers anew what it thinks was lost) is passed over. `now` is the business
    instant of arrival, by default what the business clock shows.
    """
    if not events:
        return 0
    said = {"events": _written(events), "now": now or clock.now(connection)}
    return connection.execute(_STORE, said).rowcount


def store_live(connection: Connection, requests: Sequence[Sequence[dict[str, Any]]]) -> list[int]:
    """Keep what came through the webhook, several requests' events at once; returns how many each brought.

    The instant of arrival is what the business clock shows. Events that were there already are not stored again.
    """
    events = [event for each in requests for event in each]
    if events:
        heard = connection.execute(_STORE_LIVE, {"events": _written(events)})
        reply_tokens.note(connection, [row.id for row in heard if row.taken_at is not None])
    return [len(each) for each in requests]


def _written(events: Sequence[dict[str, Any]]) -> str:
    """As JSON that Postgres takes: a NUL and half a surrogate pair cannot stand in its text."""
    try:
        written = orjson.dumps(list(events)).decode()
    except TypeError:  # half a pair, or a number above 64 bits
        loose = json.dumps(list(events), ensure_ascii=False, allow_nan=False)
        written = loose.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _NUL.sub(r"\1\\ufffd", written) if "\\u0000" in written else written


def take(connection: Connection, now: datetime, project: Project | None = None) -> dict[str, int]:
    """Turn what waits in the inbox into events, in the caller's transaction; returns how many by outcome.

    A LINE user nobody knows becomes a member. `follow` and `unfollow` set the friendship by their own time, whatever
    the order they came in; a postback of a button that taps is a `click` of its message. An event up to 5 minutes
    ahead of `now` gets `now`; later ones are refused and say so in the inbox. A row that cannot be taken is set aside
    with the reason, and the others are taken. With a `project` its rules answer (replies.yaml), and its buttons tag.
    """
    return dict(sorted(take_all(connection, now, project).counts.items()))


def take_all(connection: Connection, now: datetime, project: Project | None = None) -> Taken:
    """As `take`; tells whose events they were, too."""
    taken = Taken()
    if not connection.execute(_ANY).scalar_one():
        return taken
    connection.execute(_LOCK)
    try:
        with connection.begin_nested():
            _take(connection, now, project, None, taken)
    except DBAPIError as error:
        if not _concerns_a_row(error):
            raise
        _bisect(connection, now, project, list(connection.execute(_WAITING).scalars()), taken)
    return taken


def try_again(connection: Connection) -> int:
    """Let the rows that were set aside be taken again; returns how many."""
    return connection.execute(_AGAIN).rowcount


def set_aside(connection: Connection) -> int:
    """How many rows could not be taken."""
    return connection.execute(_SET_ASIDE).scalar_one()


def _take(
    connection: Connection, now: datetime, project: Project | None, ids: Sequence[int] | None, taken: Taken
) -> None:
    """All steps of taking, over all rows at once; `taken` is told at the end only."""
    deeds.read(connection, now, ids)
    erased.refuse(connection, project)
    uses = redeeming.take_uses(connection, now)
    unsending.forget_words(connection)
    merge = Merging() if project is None else project.policy.merge
    carries_several = findings.adopt_taken(connection, merge)
    for kind in connection.execute(_KINDS).scalars().all():
        who = column("who", Text)
        wanted = select(who).select_from(text("taking")).where(text("goes and makes"), column("kind", Text) == kind)
        create_unknown(connection, kind, wanted, now)
    connection.execute(_KNOWN)
    connection.execute(_NOBODY)
    if carries_several:
        findings.find_in_taken(connection, merge, now)
    connection.execute(_ACCOUNTS)
    connection.execute(_OTHER_ACCOUNT)
    connection.execute(_EVENTS)
    connection.execute(_FRIENDSHIPS)
    if project is not None:
        answering.answer(connection, project, now)
    rows = list(connection.execute(_DONE, {"now": now}).scalars())
    unsending.forget_copies(connection)
    reply_tokens.note(connection, rows)
    counts = connection.execute(text("select outcome, count(*) from taking group by 1")).all()
    members = connection.execute(text("select distinct member_id from taking where goes and member_id is not null"))
    found = set(members.scalars())
    connection.execute(text("drop table taking"))
    taken.counts.update({str(outcome): int(number) for outcome, number in counts})
    taken.members |= found
    for fate, members_of in uses.items():
        taken.counts[fate] += len(members_of)
        taken.members.update(member for member in members_of if member is not None)


def _bisect(connection: Connection, now: datetime, project: Project | None, ids: Sequence[int], taken: Taken) -> None:
    """Halves, until the rows at fault are found, each of which is set aside."""
    if not ids:
        return
    try:
        with connection.begin_nested():
            _take(connection, now, project, ids, taken)
    except DBAPIError as error:
        if not _concerns_a_row(error):
            raise
        if len(ids) == 1:
            why = f"set aside: {str(error.orig).strip().splitlines()[0][:200]}"
            connection.execute(_ASIDE, {"now": now, "why": why, "id": ids[0]})
            taken.counts["set aside"] += 1
            return
        middle = len(ids) // 2
        for half in (ids[:middle], ids[middle:]):
            _bisect(connection, now, project, half, taken)


def _concerns_a_row(error: DBAPIError) -> bool:
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(_DATA_ERRORS)

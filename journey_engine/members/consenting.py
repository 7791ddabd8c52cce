"""What members allow, by topic: the word in force and a dated log with source and proof; it asks nobody.

The later statement counts, and of two at one instant the one that withholds. What changes nothing is not logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

# Of several statements of one member about one topic the last one, in the order given, is the word.
_STATE = text("""
with said as (
    select distinct on (g.member_id, g.topic) g.* from jsonb_to_recordset(cast(:rows as jsonb))
        as g (member_id bigint, topic text, granted boolean, at timestamptz, source text, proof jsonb, place int)
    join members m on m.id = g.member_id and m.erased_at is null
    order by g.member_id, g.topic, g.at desc, g.granted, g.place desc),
written as (
    insert into consents as c (member_id, topic, granted, changed_at, source)
    select member_id, topic, granted, at, source from said order by member_id, topic
    on conflict (member_id, topic) do update
        set granted = excluded.granted, changed_at = excluded.changed_at, source = excluded.source
        where c.granted <> excluded.granted
          and (c.changed_at < excluded.changed_at or c.changed_at = excluded.changed_at and c.granted)
    returning c.member_id, c.topic)
insert into consent_log (member_id, topic, granted, at, source, proof)
select s.member_id, s.topic, s.granted, s.at, s.source, s.proof
from written w join said s using (member_id, topic) order by s.place
""")
_LOG = text("""
select topic, granted, at, source,
       case when batch_id is null then proof else jsonb_build_object('batch', batch_id, 'row', row_number) end
from consent_log where member_id = :member order by at, id
""")
_NOW = text("select topic, granted, changed_at, source from consents where member_id = :member order by topic")


@dataclass(frozen=True, slots=True)
class Statement:
    """One word on one topic; `proof` says where it stands: a batch and row, an event, or who wrote it down and why."""

    member: int
    topic: str
    granted: bool
    at: datetime
    source: str
    proof: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of a member's log. `proof` is None after an erasure."""

    topic: str
    granted: bool
    at: datetime
    source: str
    proof: Mapping[str, Any] | None


def by_person(member: int, topic: str, granted: bool, at: datetime, by: str, reason: str) -> Statement:
    """What somebody of the team writes down in a member's name: the proof is who and where she said so."""
    return Statement(member, topic, granted, at, "operator", {"by": by.strip(), "reason": reason.strip()})


def state(connection: Connection, said: Sequence[Statement]) -> int:
    """Write these statements in the caller's transaction; how many changed something. Of erased members none does."""
    if not said:
        return 0
    rows = [
        {
            "member_id": each.member,
            "topic": each.topic,
            "granted": each.granted,
            "at": each.at,
            "source": each.source,
            "proof": dict(each.proof),
            "place": place,
        }
        for place, each in enumerate(said)
    ]
    return connection.execute(_STATE, {"rows": orjson.dumps(rows).decode()}).rowcount


def log(connection: Connection, member: int) -> list[Logged]:
    """Every change of what a member allows, oldest first."""
    return [Logged(*row) for row in connection.execute(_LOG, {"member": member})]


def in_force(connection: Connection, member: int) -> dict[str, bool]:
    """What she said of each topic last; a topic she never spoke of is allowed as long as she follows the account."""
    return {row.topic: row.granted for row in connection.execute(_NOW, {"member": member})}

"""Who is in a chunk, and what is known of each before anything is asked; it looks at no step."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Connection, Table, Text, bindparam, case, func, insert, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.compiler.frontier import chunk, due, of_span
from journey_engine.compiler.lookups import found_by, looked_up
from journey_engine.store import prepared
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, refusals
from journey_engine.store.tables.people import members

_IS_KNOWN = members.c.zone == func.any(bindparam("zones", type_=ARRAY(Text)))
_ZONE = case((_IS_KNOWN, members.c.zone), else_=bindparam("zone", type_=Text))
_UNFOLLOW = select(literal(1)).where(events.c.member_id == members.c.id, events.c.name == "unfollow")


def _has(table: Table) -> Any:
    """Whether the journey has rows of hers there; where nothing triggers, nothing is saved by knowing it."""
    hers = select(literal(1)).where(table.c.member_id == members.c.id, table.c.journey == bindparam("journey"))
    return or_(~bindparam("enters", type_=Boolean), looked_up(hers.correlate(members)))


_WHO = found_by(
    select(
        members.c.id, members.c.member_key, _ZONE.label("zone"), members.c.erased_at,
        looked_up(_UNFOLLOW.correlate(members)).label("unfollowed"), _has(enrolments).label("visited"),
        _has(refusals).label("refused"),
    ).where(members.c.id == due.c.member_id, members.c.merged_into.is_(None)),
    "who",
)  # fmt: skip
_GATHER = insert(chunk).from_select(
    [column.name for column in chunk.c],
    select(_WHO).select_from(due.join(_WHO, true())).where(of_span(due.c.number)),
)


def gather_members(connection: Connection, bound: dict[str, Any]) -> None:
    """Into the chunk's table. Bound: low and high, journey, zone, zones, and whether anything `enters`."""
    prepared.run(connection, _GATHER, bound)

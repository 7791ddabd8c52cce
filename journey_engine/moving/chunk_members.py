"""Who is in a chunk, and what is known of each before anything is asked; it looks at no step."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Table,
    Text,
    bindparam,
    case,
    cast,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.compiler.frontier import chunk, due, of_span
from journey_engine.store import prepared
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, refusals
from journey_engine.store.tables.people import members

_IS_KNOWN = members.c.zone == func.any(bindparam("zones", type_=ARRAY(Text)))
_ZONE = case((_IS_KNOWN, members.c.zone), else_=bindparam("zone", type_=Text))
# One array of all of them, made once for all tables.
_NUMBERS = ARRAY(BigInteger)
_THEY = select(
    func.array(select(due.c.member_id).where(of_span(due.c.number)).scalar_subquery(), type_=_NUMBERS).label("numbers")
).cte("they")


def _is_one(member: ColumnElement[Any]) -> ColumnElement[bool]:
    # A cast, because behind `any` a bare query would be one of members, not of an array.
    return member == func.any(cast(select(_THEY.c.numbers).scalar_subquery(), _NUMBERS))


_UNFOLLOWED = select(events.c.member_id).where(events.c.name == "unfollow", _is_one(events.c.member_id))


def _has(table: Table) -> Any:
    """Whether the journey has rows of hers there; where nothing triggers, nothing is saved by knowing it."""
    theirs = select(table.c.member_id).where(table.c.journey == bindparam("journey"), _is_one(table.c.member_id))
    return or_(~bindparam("enters", type_=Boolean), members.c.id.in_(theirs))


# Each table is gone through once for all of them.
_GATHER = insert(chunk).from_select(
    [column.name for column in chunk.c],
    select(
        members.c.id, members.c.member_key, _ZONE, members.c.erased_at, members.c.id.in_(_UNFOLLOWED),
        _has(enrolments), _has(refusals),
    ).where(_is_one(members.c.id), members.c.merged_into.is_(None)),
)  # fmt: skip


def gather_members(connection: Connection, bound: dict[str, Any]) -> None:
    """Into the chunk's table. Bound: low and high, journey, zone, zones, and whether anything `enters`."""
    prepared.run(connection, _GATHER, bound)

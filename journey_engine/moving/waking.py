"""Has the next pass look at visits though nothing of theirs arrived; it moves nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler.calendar import INSTANT
from journey_engine.store.tables.moving import enrolments, waiting


def look_again(connection: Connection, journey: str, now: datetime, member_ids: list[int] | None = None) -> None:
    """Have the next pass look at all who wait in the journey (or at these), as after an edit of its leave rule."""
    which = waiting.c.journey == journey
    if member_ids is not None:
        which &= waiting.c.member_id.in_(member_ids)
    _look_at(connection, which, now)


def measure_again(connection: Connection, journey: str, now: datetime) -> None:
    """Have the next pass ask the journey's goal of all who have gone without reaching it, as after an edit of its rule.

    It is looked for in each one's own time, as if it had always stood; what was reached stays reached.
    """
    _measure(connection, enrolments.c.journey == journey, now)


def look_at_visits(connection: Connection, numbers: Select[tuple[int]], now: datetime) -> None:
    """Have the next pass look at these enrolments, where they wait, and for their goal if they are over."""
    _look_at(connection, waiting.c.enrolment_id.in_(numbers), now)
    _measure(connection, enrolments.c.id.in_(numbers), now)


def _look_at(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    sooner = or_(waiting.c.flip_at.is_(None), waiting.c.flip_at > now)
    connection.execute(update(waiting).where(which, sooner).values(flip_at=now))


def _measure(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    e = enrolments
    gone = select(
        e.c.id, e.c.journey, e.c.member_id, literal("(goal)"), e.c.entered_at, e.c.goal_until, literal(now, INSTANT)
    ).where(which, e.c.ended_at.is_not(None), e.c.goal_until.is_not(None), e.c.goal_at.is_(None))
    names = ["enrolment_id", "journey", "member_id", "step", "arrived_at", "due_at", "wake_at"]
    row = upsert(waiting).from_select(names, gone)
    sooner = func.least(waiting.c.wake_at, row.excluded.wake_at)
    connection.execute(row.on_conflict_do_update(index_elements=["enrolment_id"], set_={"wake_at": sooner}))

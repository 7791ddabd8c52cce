"""Members a chunk cannot be computed for: found by halving, set aside with the reason, tried again by command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, literal, or_, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from journey_engine.compiler.frontier import due
from journey_engine.compiler.plot import Plot
from journey_engine.moving.chunk import Span, keep_triggers
from journey_engine.moving.dues import Agenda
from journey_engine.moving.observing import ChunkReport, PassReport
from journey_engine.store.tables.moving import inside, stuck, waiting
from journey_engine.store.tables.operation import holds

MOST = 100  # more than one stuck member in a hundred stops the journey
_REASON = 500  # characters of what the database said


def bisected(
    connection: Connection,
    plot: Plot,
    agenda: Agenda,
    span: Span,
    whole: Callable[[Span], ChunkReport],
    report: PassReport,
) -> ChunkReport:
    """Run the span; if its data make it fail, run its halves, down to the one member who is set aside.

    What is no fault of the data (the server has gone, a statement was cancelled) is raised.
    """
    try:
        return whole(span)
    except DBAPIError as error:
        if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
            raise
        if span.size == 1:
            _set_aside(connection, plot, agenda, span, error)
            report.stuck += 1
            return ChunkReport()
    middle = (span.low + span.high) // 2
    done = ChunkReport()
    for half in (replace(span, high=middle), replace(span, low=middle)):
        done.add(bisected(connection, plot, agenda, half, whole, report))
    return done


def _set_aside(connection: Connection, plot: Plot, agenda: Agenda, span: Span, error: DBAPIError) -> None:
    """Her triggers of this pass are kept, since the cursor goes on without her."""
    reason = str(error.orig).strip().splitlines()[0][:_REASON]
    with connection.begin():
        keep_triggers(connection, agenda.given, span)
        who = select(literal(plot.name), due.c.member_id, literal(reason), literal(agenda.given.bound["now"]))
        row = upsert(stuck).from_select(
            ["journey", "member_id", "reason", "since"], who.where(due.c.number == span.low)
        )
        connection.execute(row.on_conflict_do_nothing())


def stop_if_many(connection: Connection, plot: Plot, report: PassReport, now: datetime) -> None:
    """Hold the journey when more than one in a hundred of its members are stuck."""
    if report.stuck == 0:
        return
    number = connection.execute(select(func.count()).where(stuck.c.journey == plot.name)).scalar_one()
    within = connection.execute(select(func.count()).where(inside.c.journey == plot.name)).scalar_one()
    people = max(within, report.members)
    if number * MOST <= people:
        return
    reason = f"{number:,} of {people:,} members could not be moved, which is more than 1 %."
    cure = "Look at the table stuck for the reasons, mend them, try the members again, then release the journey."
    connection.execute(insert(holds).values(scope="journey", name=plot.name, reason=reason, cure=cure, since=now))
    report.held = reason


def retry_stuck(connection: Connection, journey: str, now: datetime, member_id: int | None = None) -> int:
    """Let stuck members (or one) be tried by the next pass, in the caller's transaction; returns how many."""
    whose = stuck.c.journey == journey
    if member_id is not None:
        whose &= stuck.c.member_id == member_id
    gone = delete_rows(stuck).where(whose).returning(stuck.c.member_id)
    ids = list(connection.execute(gone).scalars())
    look_again(connection, journey, now, ids)
    return len(ids)


def look_again(connection: Connection, journey: str, now: datetime, member_ids: list[int] | None = None) -> None:
    """Have the next pass look at all who wait in the journey (or at these), as after an edit of its leave rule."""
    which = waiting.c.journey == journey
    if member_ids is not None:
        which &= waiting.c.member_id.in_(member_ids)
    sooner = or_(waiting.c.flip_at.is_(None), waiting.c.flip_at > now)
    connection.execute(update(waiting).where(which, sooner).values(flip_at=now))

"""Members a chunk cannot be computed for: found by halving, set aside with the reason, tried again by command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, literal, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.frontier import due
from journey_engine.moving.chunk import Round, Span, keep_triggers
from journey_engine.moving.observing import ChunkReport, PassReport
from journey_engine.moving.waking import look_again
from journey_engine.store.tables.moving import inside, stuck
from journey_engine.store.tables.operation import holds

MOST = 100  # more than one stuck member in a hundred stops the journey
_REASON = 500  # characters of what the database said


@dataclass(frozen=True, slots=True)
class Aside:
    """Where a member is put who cannot be moved."""

    connection: Connection
    journey: str
    given: Round
    report: PassReport

    def put(self, span: Span, error: DBAPIError) -> ChunkReport:
        """The one member of the span is stuck. Her triggers are kept, since the cursor goes on without her."""
        reason = str(error.orig).strip().splitlines()[0][:_REASON]
        with self.connection.begin():
            keep_triggers(self.connection, self.given, span)
            since = literal(self.given.bound["now"], INSTANT)
            who = select(literal(self.journey), due.c.member_id, literal(reason), since).where(due.c.number == span.low)
            row = upsert(stuck).from_select(["journey", "member_id", "reason", "since"], who)
            self.connection.execute(row.on_conflict_do_nothing())
        self.report.stuck += 1
        return ChunkReport()


def bisected(span: Span, run: Callable[[Span], ChunkReport], aside: Aside) -> ChunkReport:
    """Run the span; if its data make it fail, run its halves, down to the one member who is set aside.

    What is no fault of the data (the server has gone, a statement was cancelled) is raised.
    """
    try:
        return run(span)
    except DBAPIError as error:
        if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
            raise
        if span.size == 1:
            return aside.put(span, error)
    middle = (span.low + span.high) // 2
    done = ChunkReport()
    for half in (replace(span, high=middle), replace(span, low=middle)):
        done.add(bisected(half, run, aside))
    return done


def stop_if_many(connection: Connection, journey: str, report: PassReport, now: datetime) -> None:
    """Hold the journey when more than one in a hundred of its members are stuck."""
    if report.stuck == 0:
        return
    number = connection.execute(select(func.count()).where(stuck.c.journey == journey)).scalar_one()
    within = connection.execute(select(func.count()).where(inside.c.journey == journey)).scalar_one()
    people = max(within, report.members)
    if number * MOST <= people:
        return
    reason = f"{number:,} of {people:,} members could not be moved, which is more than 1 %."
    cure = "Look at the table stuck for the reasons, mend them, try the members again, then release the journey."
    connection.execute(insert(holds).values(scope="journey", name=journey, reason=reason, cure=cure, since=now))
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

"""One pass of one journey at a given instant: plan, then chunk by chunk, then the cursor; sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Integer, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, OperationalError

from journey_engine.compiler.frontier import due
from journey_engine.compiler.plot import Plot
from journey_engine.language.project import Project
from journey_engine.moving import poison
from journey_engine.moving.chunk import SHARDS, Span, run_chunk
from journey_engine.moving.dues import Agenda, make_agenda, mode_of, move_cursor
from journey_engine.moving.observing import ChunkReport, Observer, PassReport, Unobserved
from journey_engine.store.tables.moving import journey_clocks
from journey_engine.store.tables.operation import runs

_ATTEMPTS = 5  # of a chunk that met another writer: serialization failures and deadlocks end one of the two
_CONFLICTS = ("40001", "40P01")


def run_pass(
    engine: Engine,
    project: Project,
    journey: str,
    now: datetime,
    observer: Observer | None = None,
    run_id: int | None = None,
) -> PassReport:
    """Decide everything of one journey whose instant is not after `now` (aware), and return what was done.

    Chunks that are done stay done if a later one fails; the cursor moves only after the last, so that the next pass
    finds what is left. Without a `run_id` a pass that has something to do makes a row of `runs` for itself.
    Raises KeyError for an unknown journey, NotApplied, PassGoesBack, and what the database raises when it is gone.
    """
    watcher, plot = observer or Unobserved(), Plot(project, project.journeys[journey])
    report = PassReport(journey=journey, now=now)
    with _connection(engine) as connection:
        with connection.begin():
            mode = mode_of(connection, plot)
            if mode is None:
                return report
            report.held = mode.held
            agenda = make_agenda(connection, plot, mode, now, run_id)
            if agenda.spans and run_id is None:
                run_id = _open_run(connection, plot, now)
                agenda = _numbered(agenda, run_id)
        if agenda.spans:
            _walk_chunks(connection, plot, agenda, watcher, report)
        if agenda.arrived:
            with connection.begin():
                _advance(connection, plot, agenda, moved=bool(agenda.spans))
        if agenda.spans:
            with connection.begin():
                poison.stop_if_many(connection, plot, report, now)
                _close_run(connection, run_id, report)
            watcher.end(report)
    return report


@contextmanager
def _connection(engine: Engine) -> Generator[Connection]:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        driver: Any = connection.connection.driver_connection
        # Plans made for empty temporary tables would be kept for full ones.
        driver.prepare_threshold = None
        yield connection


def _walk_chunks(connection: Connection, plot: Plot, agenda: Agenda, watcher: Observer, report: PassReport) -> None:
    report.chunks, report.members = len(agenda.spans), agenda.members
    watcher.begin(plot.name, agenda.given.bound["now"], len(agenda.spans), agenda.members)
    live = watcher if len(agenda.spans) == 1 else Unobserved()
    for number, span in enumerate(agenda.spans, 1):

        def whole(part: Span) -> ChunkReport:
            return _attempted(lambda: _in_one_transaction(connection, plot, agenda, part, live))

        def run(span: Span = span) -> ChunkReport:
            return poison.bisected(connection, plot, agenda, span, whole, report)

        report.add(watcher.chunk(number, len(agenda.spans), run))


def _attempted(run: Callable[[], ChunkReport]) -> ChunkReport:
    for _ in range(_ATTEMPTS - 1):
        try:
            return run()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _CONFLICTS:
                raise
    return run()


def _in_one_transaction(
    connection: Connection, plot: Plot, agenda: Agenda, span: Span, watcher: Observer
) -> ChunkReport:
    with _locked(connection, plot.name, span), connection.begin():
        return run_chunk(connection, agenda.given, span, watcher.step)


@contextmanager
def _locked(connection: Connection, journey: str, span: Span) -> Generator[None]:
    """The locks (journey, member's shard) of the span, in order.

    They belong to the session: taken inside the chunk's transaction, its snapshot would be older than the lock.
    """
    numbers = due.c.number.between(span.low, span.high - 1)
    with connection.begin():
        shards = sorted(connection.execute(select(due.c.member_id % SHARDS).where(numbers).distinct()).scalars())
        _each_lock(connection, "pg_advisory_lock", journey, shards)
    try:
        yield
    finally:
        if not connection.invalidated and not connection.closed:
            _release(connection, journey, shards)


def _release(connection: Connection, journey: str, shards: list[int]) -> None:
    try:
        with connection.begin():
            _each_lock(connection, "pg_advisory_unlock", journey, shards)
    except OperationalError:
        connection.invalidate()  # the server has gone, and the session's locks with it


def _each_lock(connection: Connection, what: str, journey: str, shards: list[int]) -> None:
    shard = func.unnest(literal(shards, ARRAY(Integer))).column_valued("shard")
    connection.execute(select(getattr(func, what)(func.hashtext(journey), shard))).all()


def _numbered(agenda: Agenda, run_id: int) -> Agenda:
    from dataclasses import replace

    return replace(agenda, given=replace(agenda.given, bound={**agenda.given.bound, "run_id": run_id}))


def _open_run(connection: Connection, plot: Plot, now: datetime) -> int:
    row = insert(runs).values(kind="pass", name=plot.name, now=now, status="running").returning(runs.c.id)
    return connection.execute(row).scalar_one()


def _close_run(connection: Connection, run_id: int | None, report: PassReport) -> None:
    counts = {
        "entered": report.entered, "held_out": report.held_out, "refused": dict(report.refused),
        "left": dict(report.left), "finished": report.finished, "goals": report.goals, "intents": report.intents,
        "steps": {step: dict(count) for step, count in report.steps.items()}, "stuck": report.stuck,
    }  # fmt: skip
    status = "held" if report.held else "completed"
    mine = (runs.c.id == run_id) & (runs.c.kind == "pass")
    connection.execute(
        update(runs).where(mine).values(status=status, counts=counts, ended_at=text("clock_timestamp()"))
    )


def _advance(connection: Connection, plot: Plot, agenda: Agenda, moved: bool) -> None:
    """What this pass's snapshot saw has been looked at. Another pass may have come further meanwhile."""
    values: dict[str, Any] = {}
    if moved:
        values["last_now"] = func.greatest(journey_clocks.c.last_now, agenda.given.bound["now"])
    connection.execute(move_cursor(plot.name, agenda.mark).values(values))

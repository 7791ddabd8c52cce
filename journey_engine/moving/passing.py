"""One pass of one journey at a given instant: plan, then chunk by chunk, then the cursor; sends nothing."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import OperationalError

from journey_engine.compiler.plot import Plot, plot_of
from journey_engine.language.project import Project
from journey_engine.moving import dues, gathering, poison, sets
from journey_engine.moving.chunk import Round, Span, run_chunk
from journey_engine.moving.dues import Agenda, join_agenda, make_agenda, mode_of, move_cursor
from journey_engine.moving.observing import ChunkReport, Observer, PassReport, Unobserved
from journey_engine.moving.recording import close_run
from journey_engine.moving.sharing import Sharing, clear, lay_out, shares_of
from journey_engine.moving.superseding import LET_GO, SHARE, Superseded, stop_if_superseded
from journey_engine.store import prepared
from journey_engine.store.conflicts import unless_others_write

T = TypeVar("T")
_POOLS = 7402122  # any constant of our own: the lock of coupon pools
# Of few members Postgres takes longer to plan the statements than to run them: a session that walks such chunks again
# and again keeps the plans. Those of many are planned anew, for plans made for few would be kept for them.
_FEW = 200  # members
_OFTEN = 2  # times a statement was run before
_KEPT = 300  # statements a session; a journey has some forty


def run_pass(
    engine: Engine,
    project: Project,
    journey: str,
    now: datetime,
    observer: Observer | None = None,
    run_id: int | None = None,
    only: Sequence[int] | None = None,
    sharing: Sharing | None = None,
) -> PassReport:
    """Decide everything of one journey whose instant is not after `now` (aware), and return what was done.

    Chunks that are done stay done if a later one fails; the cursor moves only after the last, so that the next pass
    finds what is left. Without a `run_id` a pass that has something to do makes a row of `runs` for itself.
    With `only` no other members (by number) are looked at, and the cursor stays: the next pass finds theirs again,
    done. Where other definitions were applied than `project` was read from, it stops and says so in the report.
    With `sharing` the chunks of a large pass may be walked by other processes, too (`help_pass`).
    Raises KeyError for an unknown journey, NotApplied, PassGoesBack, and what the database raises when it is gone.
    """
    plot, report = plot_of(project, journey), PassReport(journey=journey, now=now)
    with _connection(engine) as connection:
        try:
            agenda = unless_others_write(lambda: _plan(connection, plot, now, run_id, report, only))
        except Superseded:
            report.superseded = True
            return report
        if agenda is None:
            return report
        report.unknown_zones = Counter(agenda.unknown_zones)
        _work(connection, plot, agenda, observer, report, sharing)
    return report


def help_pass(engine: Engine, project: Project, journey: str, now: datetime, run_id: int) -> PassReport:
    """Walk chunks of a pass that another process laid out, as long as there are any nobody walks; what this one did.

    `now` is that pass's. The cursor and the row of `runs` are its own affair; if it has ended there is nothing to do.
    """
    plot, report = plot_of(project, journey), PassReport(journey=journey, now=now)
    with _connection(engine) as connection:
        try:
            agenda = unless_others_write(lambda: _plan_to_help(connection, plot, now, run_id))
            if agenda is None or agenda.given is None:
                return report
            report.members = agenda.members
            helper = _Pass(connection, plot, agenda.given, Unobserved(), report)
            with shares_of(connection, run_id) as shares:
                shares.walk(_elsewhere(agenda.spans), helper.adding(len(agenda.spans)), wait=False)
        except Superseded:
            report.superseded = True
    return report


def _elsewhere(spans: Sequence[Span]) -> list[Span]:
    """In an order of this process's own: chunks that lie side by side may want the same shard's lock."""
    return random.Random(os.getpid()).sample(spans, len(spans))


def _plan_to_help(connection: Connection, plot: Plot, now: datetime, run_id: int) -> Agenda | None:
    with connection.begin():
        stop_if_superseded(connection, plot.project)
        mode = mode_of(connection, plot)
        return None if mode is None else join_agenda(connection, plot, mode, now, run_id)


def _plan(
    connection: Connection,
    plot: Plot,
    now: datetime,
    run_id: int | None,
    report: PassReport,
    only: Sequence[int] | None,
) -> Agenda | None:
    """What there is to do; None for a draft."""
    with connection.begin():
        stop_if_superseded(connection, plot.project)
        mode = mode_of(connection, plot)
        if mode is None:
            return None
        report.held = mode.held
        return make_agenda(connection, plot, mode, now, run_id, only)


def _work(
    connection: Connection,
    plot: Plot,
    agenda: Agenda,
    observer: Observer | None,
    report: PassReport,
    sharing: Sharing | None,
) -> None:
    """Walk what is on the agenda, and move the cursor if all of it was walked."""
    if agenda.given is not None:
        try:
            _Pass(connection, plot, agenda.given, observer or Unobserved(), report).walk(agenda, sharing)
        except Superseded:
            report.superseded = True
    if (agenda.arrived or agenda.mark.fired) and not report.superseded:
        unless_others_write(lambda: _advance(connection, plot, agenda))
    if agenda.given is not None:
        with connection.begin():
            poison.stop_if_many(connection, plot.name, report, agenda.given.bound["now"])
            close_run(connection, agenda.given.bound["run_id"], report)
        if observer is not None and not report.superseded:
            observer.end(report)


@contextmanager
def _connection(engine: Engine) -> Generator[Connection]:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        driver: Any = connection.connection.driver_connection
        driver.prepare_threshold, driver.prepared_max = None, _KEPT
        try:
            yield connection
        finally:
            driver.prepare_threshold = None
            _let_go(connection, lambda: _give_back(connection))


def _give_back(connection: Connection) -> None:
    gathering.forget(connection)
    sets.give_back(connection)


@dataclass(frozen=True, slots=True)
class _Pass:
    connection: Connection
    plot: Plot
    given: Round
    watcher: Observer
    report: PassReport

    def walk(self, agenda: Agenda, sharing: Sharing | None) -> None:
        """All chunks, one after the other; where they are shared, those that nobody else walks."""
        number_of = len(agenda.spans)
        self.report.chunks, self.report.members = number_of, agenda.members
        self.watcher.begin(self.plot.name, self.given.bound["now"], number_of, agenda.members)
        if sharing is None or number_of < sharing.least:
            for span in agenda.spans:
                self.adding(number_of)(span)
            return
        run_id = self.given.bound["run_id"]
        with self.connection.begin():
            lay_out(self.connection, run_id, dues.CHUNK)
        sharing.call(self.plot.name, run_id)
        with shares_of(self.connection, run_id) as shares:
            shares.walk(agenda.spans, self.one_of(number_of), wait=True)
            shares.sum_up(self.report)
        with self.connection.begin():
            clear(self.connection, self.plot.name, run_id)

    def adding(self, number_of: int) -> Callable[[Span], PassReport]:
        """The same as `one_of`, what was done being added to the report."""
        one = self.one_of(number_of)

        def walk(span: Span) -> PassReport:
            done = one(span)
            self.report.add(done)
            self.report.stuck += done.stuck
            return done

        return walk

    def one_of(self, number_of: int) -> Callable[[Span], PassReport]:
        """How one of so many chunks is walked."""
        live = self.watcher if number_of == 1 else Unobserved()

        def walk(span: Span) -> PassReport:
            done = PassReport()

            def run() -> ChunkReport:
                aside = poison.Aside(self.connection, self.plot.name, self.given, done)
                return poison.bisected(span, lambda part: self._attempted(part, live), aside)

            done.add(self.watcher.chunk(span.low // dues.CHUNK + 1, number_of, run))
            return done

        return walk

    def _attempted(self, span: Span, watcher: Observer) -> ChunkReport:
        return unless_others_write(lambda: self._in_one_transaction(span, watcher))

    def _in_one_transaction(self, span: Span, watcher: Observer) -> ChunkReport:
        with _locked(self.connection, self.plot, self.given.shards(span)), self.connection.begin():
            driver: Any = self.connection.connection.driver_connection
            driver.prepare_threshold = _OFTEN if span.size <= _FEW else None
            stop_if_superseded(self.connection, self.plot.project)
            return run_chunk(self.connection, self.given, span, watcher.step)


@contextmanager
def _locked(connection: Connection, plot: Plot, shards: list[int]) -> Generator[None]:
    """The share of the definitions' lock, then the locks (journey, member's shard) of a span and of the coupon pools.

    Each in order. Two chunks that drew from one pool at once would want the same codes, and one would be done over.

    They belong to the session: taken inside the chunk's transaction, its snapshot would be older than the lock.
    """
    try:
        with connection.begin():
            connection.execute(SHARE)
            _each(connection, plot, shards, "pg_advisory_lock")
        yield
    finally:
        _let_go(connection, lambda: _unlock(connection, plot, shards))


def _unlock(connection: Connection, plot: Plot, shards: list[int]) -> None:
    """All of them, also when only some could be had: a connection goes back to its pool without any."""
    connection.execute(LET_GO)
    _each(connection, plot, shards, "pg_advisory_unlock")


def _each(connection: Connection, plot: Plot, shards: list[int], do: str) -> None:
    """Take or let go of the locks of its own that a span wants, by a function of Postgres."""
    prepared.run(connection, _doing(do, of_shards=True), {"name": plot.name, "shards": shards}).all()
    for pool in plot.pools:
        prepared.run(connection, _doing(do, of_shards=False), {"name": pool}).all()


@cache
def _doing(do: str, of_shards: bool) -> TextClause:
    if of_shards:
        return text(f"select {do}(hashtext(:name), shard) from unnest(cast(:shards as int[])) shard")
    return text(f"select {do}({_POOLS}, hashtext(:name))")


def _let_go(connection: Connection, work: Callable[[], None]) -> None:
    """Give back in a transaction what the session holds; if the server has gone, that went with it."""
    if connection.invalidated or connection.closed:
        return
    try:
        with connection.begin():
            work()
    except OperationalError:
        connection.invalidate()


def _advance(connection: Connection, plot: Plot, agenda: Agenda) -> None:
    """What this pass's snapshot saw has been looked at. Another pass may have come further meanwhile."""
    done = agenda.given is not None or agenda.mark.fired
    with connection.begin():
        move_cursor(connection, plot.name, agenda.mark, agenda.now if done else None)

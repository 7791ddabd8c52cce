"""`python -m benchmarks.workers`: one large pass, and one drain, by one process, by two, and so on.

Processes are started before the clock: what is measured is their work. CPU is that of all of them and of their
backends; cores busy are CPU by wall. Where those no longer grow with the processes, the machine is the bound: the part
of Postgres says whose.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from multiprocessing.queues import Queue
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import URL, Engine, text

from benchmarks import report
from benchmarks.measuring import Cost, Meter, expect
from benchmarks.population import FOLLOWED, Ground, populate, project
from benchmarks.sending import Answering
from journey_engine.line import sending as sender
from journey_engine.line.channel import Channel
from journey_engine.moving.passing import help_pass, run_pass
from journey_engine.moving.sharing import Sharing
from journey_engine.settings import load
from journey_engine.store import database, embedded

_NOW = FOLLOWED + timedelta(minutes=1)
_SDK = "linebot.v3.messaging"  # read before the clock: each process does it once, however much it sends
_LONGEST = 900.0  # seconds for one process's part
_PATHS = """
select md5(string_agg(x.said, ',' order by x.said)) from (
    select e.member_id || ' ' || e.arm || ' ' || m.path::text as said from enrolments e
    join moves m on m.enrolment_id = e.id) x
"""
_SENT = """
select (select count(*) from intents where status = 'accepted'),
       (select count(*) from requests where status <> 'accepted'),
       (select count(*) from attempts) - (select count(*) from requests)
"""
Work = Callable[[Engine, int], int]


@dataclass(frozen=True, slots=True)
class Row:
    """What so many processes did of `what`: members, and what it cost all of them."""

    what: str
    processes: int
    members: int
    cost: Cost


def helping(engine: Engine, run_id: int) -> int:
    """A helper's part of the pass with this number."""
    return help_pass(engine, project(), "bench", FOLLOWED, run_id).entered


def draining(engine: Engine, _run_id: int) -> int:
    """A sender's part, LINE being answered in its own process."""
    with patch.object(sender, "Caller", Answering):
        return sender.send_due(engine, project(), _NOW, Channel("bench", "http://127.0.0.1:1", "none")).accepted


class Others:
    """Processes beside this one: each stands ready, works once when called, and says what that cost."""

    def __init__(self, url: URL, count: int, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self._count = count
        self._called: Queue[int] = context.Queue()
        self._told: Queue[tuple[int, float, float] | None] = context.Queue()
        given = (url.render_as_string(hide_password=False), work, self._called, self._told)
        self._processes = [context.Process(target=_stand_ready, args=given, daemon=True) for _ in range(count)]
        for process in self._processes:
            process.start()
        for _ in range(count):
            self._told.get(timeout=_LONGEST)

    def call(self, run_id: int = 0) -> None:
        """Let each do its part."""
        for _ in range(self._count):
            self._called.put(run_id)

    def told(self) -> tuple[int, float, float]:
        """What they did together, and their CPU seconds: their own, and their backends'."""
        told = [self._told.get(timeout=_LONGEST) or (0, 0.0, 0.0) for _ in range(self._count)]
        for process in self._processes:
            process.join()
        return sum(each[0] for each in told), sum(each[1] for each in told), sum(each[2] for each in told)


def _stand_ready(url: str, work: Work, called: Queue[int], told: Queue[tuple[int, float, float] | None]) -> None:
    engine = database.engine_on(url)
    import_module(_SDK)
    with Meter().watching() as meter, engine.connect() as connection:
        connection.execute(text("select 1"))
        told.put(None)
        run_id = called.get(timeout=_LONGEST)
        cost, done = meter.of(lambda: work(engine, run_id))
        told.put((done, cost.process, cost.backends))


def moving(meter: Meter, engine: Engine, members: int, processes: int) -> Row:
    """Everybody enters and walks the journey of eight steps."""
    populate(engine, members)
    others = Others(engine.url, processes - 1, helping)
    sharing = Sharing(lambda _journey, run_id: others.call(run_id), least=1)
    began = time.perf_counter()
    cost, done = meter.of(lambda: run_pass(engine, project(), "bench", FOLLOWED, sharing=sharing))
    wall = time.perf_counter() - began
    _, process, backends = others.told()
    expect("entered", done.entered, members)
    return Row("pass", processes, members, Cost(cost.process + process, cost.backends + backends, wall))


def sending(meter: Meter, engine: Engine, members: int, processes: int) -> Row:
    """What that pass wants sent: half of it personal, half of it the same for all."""
    others = Others(engine.url, processes - 1, draining)
    began = time.perf_counter()
    others.call()
    cost, done = meter.of(lambda: draining(engine, 0))
    theirs, process, backends = others.told()
    wall = time.perf_counter() - began
    expect("accepted", done + theirs, members)
    with engine.connect() as connection:
        expect(
            "intents, open requests, attempts too many", tuple(connection.execute(text(_SENT)).one()), (members, 0, 0)
        )
    return Row("drain", processes, members, Cost(cost.process + process, cost.backends + backends, wall))


def measure(meter: Meter, ground: Ground, members: int, counts: Sequence[int]) -> list[Row]:
    """Both by each number of processes; raises ResultsDiffer unless all come to the same paths."""
    rows: list[Row] = []
    paths: set[str] = set()
    for count in counts:
        with ground.lent() as engine:
            rows.append(moving(meter, engine, members, count))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                paths.add(connection.execute(text(_PATHS)).scalar_one())
                connection.execute(text("vacuum analyze"))
            rows.append(sending(meter, engine, members, count))
    expect("different paths", len(paths), 1)
    return sorted(rows, key=lambda row: (row.what, row.processes))


def table(rows: Sequence[Row]) -> str:
    """A line a measurement."""
    lines = [
        "| work | processes | members/s | wall s | CPU s | of it Postgres | cores busy |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cost = row.cost
        figures = (
            f"{row.members / cost.wall:,.0f}",
            f"{cost.wall:.1f}",
            f"{cost.cpu:.1f}",
            f"{cost.backends / cost.cpu:.0%}",
        )
        lines.append(f"| {row.what} | {row.processes} | {' | '.join(figures)} | {cost.cpu / cost.wall:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """The command line; a server that did not run before does not run afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--write", action="store_true", help="to benchmarks/results/workers.md")
    asked = parser.parse_args()
    settings = load()
    import_module(_SDK)
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        with Meter().watching() as meter, Ground(settings) as ground:
            written = table(measure(meter, ground, asked.members, asked.processes))
        print(written)
        if asked.write:
            report.write(
                Path(__file__).parent / "results", "workers", f"# {__doc__}\n{asked.members:,} members.\n\n{written}\n"
            )
    finally:
        if ours:
            embedded.stop(embedded.of(settings))


if __name__ == "__main__":
    main()

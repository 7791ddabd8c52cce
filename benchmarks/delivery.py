"""`python -m benchmarks.delivery`: the sender towards a stand-in for LINE that answers after 40 ms, beside raw HTTP.

One floor posts the very bytes the sender froze, over the same kind of connections, with nothing else around it; the
other writes the same rows by bare statements, for a message takes a row of its own however few requests carry it. CPU
is told by part: of this process by thread, of the Postgres backends by what they used while the part ran.

What bounds it: of pushes HTTP itself, more than half of all, and then each message's own row, written when it is frozen
and when it is settled; of multicasts those rows alone, and the choice of who is next (caps, consent, quiet hours).
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, text

from benchmarks import floors, report, world
from benchmarks.answering import Answerer, answering
from benchmarks.measuring import Cost, Meter, expect
from benchmarks.population import FOLLOWED, Ground, empty, project
from benchmarks.sending import TABLES, bare
from journey_engine.line import draining, retrying, sending, tokens
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.requesting import Caller
from journey_engine.settings import load
from journey_engine.store import embedded

_NOW = FOLLOWED + timedelta(minutes=1)
_VISITS = """
insert into enrolments (journey, version, member_id, visit, entered_at, entry_ref, entry, arm)
select 'bench', 1, id, 1, :at, 'x', '{}', 'journey' from members
"""
_WISHES = """
insert into intents (enrolment_id, journey, step, member_id, message, at, expires_at, priority, entry)
select e.id, 'bench', 'greet', e.member_id, :message, :at, cast(:at as timestamptz) + interval '1 day', 50, e.entry
from enrolments e
"""
_PARTS = {"decide": "decide", "freeze": "freeze and render", "record": "record"}


@dataclass(slots=True)
class Watch:
    """CPU seconds of this process and of the backends by part."""

    meter: Meter
    process: dict[str, float] = field(default_factory=dict[str, float])
    backends: dict[str, float] = field(default_factory=dict[str, float])

    def add(self, part: str, process: float, backends: float = 0.0) -> None:
        self.process[part] = self.process.get(part, 0.0) + process
        self.backends[part] = self.backends.get(part, 0.0) + backends

    def over(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, measured on its own thread."""

        @wraps(work)
        def watched(*given: Any, **named: Any) -> Any:
            process, backends = time.thread_time(), self.meter.backends()
            try:
                return work(*given, **named)
            finally:
                self.add(part, time.thread_time() - process, self.meter.backends() - backends)

        return watched

    @contextmanager
    def watching(self) -> Generator[None]:
        """The sender's parts are measured."""
        watch = self

        class Watched(Caller):
            def __exit__(self, *given: Any) -> None:
                clock = time.pthread_getcpuclockid(self._thread.ident or 0)
                watch.add("HTTP", time.clock_gettime(clock))
                super().__exit__(*given)

        with ExitStack() as stack:
            for name, part in _PARTS.items():
                stack.enter_context(patch.object(draining, name, self.over(part, getattr(draining, name))))
            stack.enter_context(patch.object(retrying, "claim", self.over("claim what is owed", retrying.claim)))
            stack.enter_context(patch.object(sending, "Caller", Watched))
            yield


@dataclass(slots=True)
class Run:
    """One drain beside its floor. Costs are of `messages` (recipients) in `requests`."""

    what: str
    messages: int
    requests: int
    cost: Cost
    stand_in: float  # CPU seconds of the stand-in during the drain
    watch: Watch
    floor: Cost
    rows: Cost  # bare statements writing the same rows
    memory: list[tuple[int, float]]  # (messages, MB) as the drain went on

    @property
    def ratio(self) -> float:
        """To raw HTTP."""
        return self.cost.cpu / self.floor.cpu

    @property
    def ratio_of_both(self) -> float:
        """To raw HTTP and the bare rows together."""
        return self.cost.cpu / (self.floor.cpu + self.rows.cpu)


def pushes(meter: Meter, ground: Ground, line: Answerer, count: int) -> Run:
    """Everybody gets a message of her own."""
    return _run(meter, ground, line, "personal push", "hello", count)


def multicasts(meter: Meter, ground: Ground, line: Answerer, count: int) -> Run:
    """Everybody gets the same."""
    return _run(meter, ground, line, "multicast", "story", count)


def _run(meter: Meter, ground: Ground, line: Answerer, what: str, message: str, count: int) -> Run:
    channel = Channel("bench", line.url, "none")
    with ground.lent() as engine:
        empty(engine)
        with engine.begin() as connection:
            world.people(connection, count)
            connection.execute(text(_VISITS), {"at": FOLLOWED})
            connection.execute(text(_WISHES), {"at": FOLLOWED, "message": message})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        floors.like(engine, *TABLES)
        floors.run(engine, ["insert into floor.intents select * from intents", "analyze floor.intents"])
        watch, used = Watch(meter), line.used
        with watch.watching(), _memory(engine) as memory:
            cost, told = meter.of(lambda: sending.send_due(engine, project(), _NOW, channel))
        used = line.used - used
        expect("accepted", (told.accepted, told.skipped, told.open), (count, {}, 0))
        with engine.connect() as connection:
            frozen = connection.execute(text("select endpoint, retry_key::text, body from requests order by id")).all()
        floor, _ = meter.of(lambda: asyncio.run(_raw(line.url, [tuple(row) for row in frozen])))
        rows, _ = meter.of(lambda: bare(engine, _NOW))
        floors.same_counts(engine, "requests", "attempts", "intents")
    return Run(what, count, len(frozen), cost, used, watch, floor, rows, memory)


async def _raw(url: str, requests: Sequence[tuple[str, str, bytes]]) -> None:
    """Prepared bytes over as many connections as the sender has, and nothing is kept of the answers."""
    import aiohttp

    waiting, together = iter(requests), Pace().together
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=together), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:

        async def work() -> None:
            for endpoint, key, body in waiting:
                headers = {"Authorization": "Bearer none", "Content-Type": "application/json", "X-Line-Retry-Key": key}
                async with session.post(f"{url}/v2/bot/message/{endpoint}", data=body, headers=headers) as response:
                    await response.read()

        await asyncio.gather(*(work() for _ in range(min(together, len(requests)))))


@contextmanager
def _memory(engine: Engine, every: float = 1.0) -> Generator[list[tuple[int, float]]]:
    """How many messages were accepted and how large this process was, again and again."""
    curve: list[tuple[int, float]] = []
    over = threading.Event()

    def look() -> None:
        while True:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            with engine.connect() as connection:
                done = connection.execute(text("select last_value from attempts_id_seq")).scalar_one()
            curve.append((done, pages * 4096 / 2**20))
            if over.wait(every):
                return

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield curve
    finally:
        over.set()
        thread.join()


def table(runs: Sequence[Run]) -> str:
    """One table a run: the parts, their sum, the floor."""
    return "\n".join(line for run in runs for line in _lines(run))


def _lines(run: Run) -> list[str]:
    sizes = [size for _, size in run.memory]
    quarter = max(1, len(sizes) // 4)
    return [
        f"## {run.messages:,} × {run.what} in {run.requests:,} requests",
        "",
        f"{run.requests / run.cost.wall:,.0f} requests/s, {run.messages / run.cost.wall:,.0f} messages/s"
        f" (raw HTTP {run.requests / run.floor.wall:,.0f} requests/s).",
        "",
        "| CPU ms per 1,000 messages | this process | Postgres | together |",
        "|---|---|---|---|",
        *_parts(run),
        "",
        f"Ratio to raw HTTP: {run.ratio:.2f}; to raw HTTP and the bare rows together: {run.ratio_of_both:.2f}",
        "",
        f"Memory: {median(sizes[:quarter]):.0f} MB first, {median(sizes[-quarter:]):.0f} MB last",
        "",
    ]


def _parts(run: Run) -> Generator[str]:
    process, backends = run.watch.process, run.watch.backends
    rows = [(part, process[part], backends[part]) for part in sorted(process)]
    known = sum(process.values()), sum(backends.values())
    rows.append(("all else", run.cost.process - known[0], run.cost.backends - known[1]))
    rows.append(("**sender**", run.cost.process, run.cost.backends))
    rows.append(("raw HTTP", run.floor.process, run.floor.backends))
    rows.append(("bare rows", run.rows.process, run.rows.backends))
    rows.append(("(the stand-in itself)", run.stand_in, 0.0))
    for part, ours, theirs in rows:
        figures = (each * 1_000_000 / run.messages for each in (ours, theirs, ours + theirs))
        yield f"| {part} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |"


def _start_up() -> float:
    """CPU seconds of reading LINE's SDK, which each process does once, however much it sends."""
    before = time.process_time()
    import_module("linebot.v3.messaging")
    return time.process_time() - before


def main() -> None:
    """The command line; a server that did not run before does not run afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--pushes", type=int, default=20_000)
    parser.add_argument("--multicast", type=int, default=100_000, help="recipients")
    parser.add_argument("--unlimited", action="store_true", help="without LINE's rate limits: as fast as it goes")
    parser.add_argument("--write", action="store_true", help="to benchmarks/results/delivery.md")
    asked = parser.parse_args()
    settings = load()
    started = _start_up()
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        with ExitStack() as stack:
            if asked.unlimited:
                stack.enter_context(patch.object(tokens, "RATES", {}))
                stack.enter_context(patch.object(tokens, "DEFAULT_RATE", 1e6))
            meter = stack.enter_context(Meter().watching())
            ground, line = stack.enter_context(Ground(settings)), stack.enter_context(answering())
            wanted = ((pushes, asked.pushes), (multicasts, asked.multicast))
            written = table([work(meter, ground, line, count) for work, count in wanted if count])
            print(written)
            if asked.write:
                once = f"LINE's SDK is read once a process, {started:.1f} CPU seconds, not counted below."
                page = f"# {__doc__}\n{once}\n\n{written}"
                report.write(Path(__file__).parent / "results", "delivery", page)
    finally:
        if ours:
            embedded.stop(embedded.of(settings))


if __name__ == "__main__":
    main()

"""`make receive`: webhook requests at a steady rate while the receiver is killed; what was acknowledged is stored once.

The receiver is a process of its own on a fixed port, with live definitions, so that it also takes the events, moves
whom they concern and asks whether anything is to be sent. It is killed by kill -9 and started again; what it did not
acknowledge comes again under the same webhookEventId. Then every id that was acknowledged is looked for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import report
from benchmarks.answering import answering
from benchmarks.measuring import seconds_of
from benchmarks.population import Ground, project
from benchmarks.redelivering import Heard, Line, Offer, events_of
from journey_engine import clock, planning
from journey_engine.inbox import inbox
from journey_engine.line.channel import SANDBOX_SECRET
from journey_engine.running import places
from journey_engine.settings import Settings, load
from journey_engine.store import embedded

_ROOT = Path(__file__).parent.parent
_PATIENCE = 60.0  # seconds for a receiver to end
_BACKENDS = """
select pid from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
# `at_first`: stored by an attempt whose answer was lost, for the row holds the first delivery and LINE sent another.
_JUDGED = """
with acknowledged as (select unnest(cast(:acknowledged as text[])) as id),
sent as (select unnest(cast(:sent as text[])) as id),
stored as (select webhook_event_id as id, count(*) as times from inbox group by 1)
select (select count(*) from acknowledged) as acknowledged,
       (select count(*) from stored where times = 1) as once,
       (select count(*) from stored where times > 1) as double,
       (select count(*) from acknowledged a where not exists (select from stored s where s.id = a.id)) as lost,
       (select count(*) from stored s where not exists (select from sent t where t.id = s.id)) as strange,
       (select count(*) from events where name = 'message') as events,
       (select count(*) from inbox where taken_at is null) as waiting,
       (select count(*) from inbox where outcome is distinct from 'message') as refused,
       (select count(*) from inbox where body -> 'deliveryContext' ->> 'isRedelivery' = 'false'
                                     and webhook_event_id = any(:again)) as at_first
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the database holds of what LINE knows to be acknowledged."""

    acknowledged: int
    once: int
    double: int
    lost: int
    strange: int  # stored, and never sent
    events: int
    waiting: int
    refused: int
    at_first: int

    @property
    def sound(self) -> bool:
        """Each acknowledged event was stored once, and what was stored became one event each."""
        return (self.double, self.lost, self.strange, self.waiting, self.refused) == (0,) * 5 and (
            self.acknowledged <= self.once == self.events
        )


@dataclass(slots=True)
class Receiver:
    """The receiver's process, which can die: CPU seconds of it and of its backends, without what starting it takes."""

    engine: Engine
    folder: Path
    port: int
    cpu: float = 0.0
    backends: float = 0.0
    starting: list[float] = field(default_factory=list[float])
    down: list[float] = field(default_factory=list[float])
    _process: subprocess.Popen[str] | None = None
    _seen: dict[int, float] = field(default_factory=dict[int, float])
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Returns when it listens. Raises RuntimeError if it does not, or elsewhere."""
        url = self.engine.url.render_as_string(hide_password=False)
        words = ["--project", str(self.folder), "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tasks.receiver", *words],
            cwd=_ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # as a service of its own: whoever interrupts this program ends it in order
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.strip().endswith(f":{self.port}"):
            raise RuntimeError(f"the receiver does not listen on port {self.port}: {said}")
        self.starting.append(seconds_of(self._process.pid))
        self._seen[self._process.pid] = self.starting[-1]

    def kill(self) -> None:
        """By kill -9, as it is; and start it again."""
        assert self._process is not None
        self.look()
        began = time.monotonic()
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()
        self.start()
        self.down.append(time.monotonic() - began)

    def look(self) -> None:
        """Count what was used since the last look."""
        assert self._process is not None
        with self.engine.connect() as connection:
            backends = connection.scalars(text(_BACKENDS)).all()
        for pid in (self._process.pid, *backends):
            try:
                used = seconds_of(pid)
            except OSError:
                continue
            more = used - self._seen.get(pid, 0.0)
            self._seen[pid] = used
            if pid == self._process.pid:
                self.cpu += more
            else:
                self.backends += more

    @contextmanager
    def dying(self, at: list[float]) -> Generator[None]:
        """It is killed so many seconds from now, each time once."""
        thread = threading.Thread(target=self._die, args=(at,), name="killer")
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _die(self, at: list[float]) -> None:
        began = time.monotonic()
        for when in (*at, float("inf")):
            while time.monotonic() - began < when:
                if self._ended.wait(0.25):
                    return
                self.look()
            self.kill()

    def end(self) -> None:
        """As a service manager ends it; what is being stored is stored."""
        if self._process is not None:
            self.look()
            self._process.terminate()
            self._process.communicate(timeout=_PATIENCE)


@dataclass(slots=True)
class Run:
    """One run, whole."""

    offer: Offer
    heard: Heard
    receiver: Receiver
    judged: Judged


def receiving(engine: Engine, folder: Path, offer: Offer, kills: int) -> Run:
    """Play it on an empty database; the kills come at even distances."""
    with answering() as line, places.bind(0) as probe:
        places.write_url(places.sandbox_url_file(Settings(project=folder)), line.url)
        with engine.begin() as connection:
            planning.apply(connection, planning.plan(connection, project(), clock.now(connection)), "a benchmark")
        port = probe.getsockname()[1]
        probe.close()
        receiver = Receiver(engine, folder, port)
        try:
            receiver.start()
            with receiver.dying([offer.seconds * (turn + 1) / (kills + 1) for turn in range(kills)]):
                heard = asyncio.run(Line(port, SANDBOX_SECRET, offer).deliver())
        finally:
            receiver.end()
    return Run(offer, heard, receiver, judge(engine, heard))


def judge(engine: Engine, heard: Heard) -> Judged:
    """Take what still waits, as the next tick would, and look for every id."""
    with engine.begin() as connection:
        inbox.take(connection, clock.now(connection), project())
        given = {
            "acknowledged": sorted(heard.acknowledged),
            "sent": sorted(heard.sent),
            "again": [each for request in heard.again for each in events_of(request)],
        }
        return Judged(**connection.execute(text(_JUDGED), given).one()._mapping)


def told(run: Run, where: str) -> str:
    """The page of a run."""
    heard, judged, receiver, offer = run.heard, run.judged, run.receiver, run.offer
    per = 1_000_000 / offer.requests  # CPU ms per 1,000 requests, of seconds
    others = ", ".join(f"{count:,} × {what}" for what, count in sorted(heard.answers.items()) if what != "200")
    down = " and ".join(f"{each:.1f}" for each in receiver.down)
    rows = [
        ("offered", f"{offer.requests:,} requests, {offer.rate}/s for {offer.seconds:g} s, {len(heard.sent):,} events"),
        ("all acknowledged after", f"{heard.seconds:.1f} s, {heard.answers['200']:,} answers of 200"),
        ("receiver killed by kill -9", f"{len(receiver.down)} times, away for {down or 'no'} s"),
        ("answers that acknowledged nothing", others or "none"),
        ("slowest answer of 200", f"{heard.slowest * 1000:,.0f} ms (LINE waits 2,000)"),
        ("longest until acknowledged", f"{heard.longest:.1f} s, by redelivery"),
        ("acknowledged events", f"{judged.acknowledged:,}"),
        ("stored once", f"{judged.once:,}"),
        ("lost; stored twice; never sent", f"{judged.lost}; {judged.double}; {judged.strange}"),
        ("became an event, once", f"{judged.events:,}"),
        ("stored, but the answer was lost", f"{judged.at_first:,}, recognised when they came again"),
        ("CPU ms per 1,000 requests", f"receiver {receiver.cpu * per:,.0f}, Postgres {receiver.backends * per:,.0f}"),
        ("CPU s of a start", ", ".join(f"{each:.1f}" for each in receiver.starting)),
    ]
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"# Webhook requests while the receiver is killed\n\n{where}.\n\n| | |\n|---|---|\n{lines}\n"


def main() -> int:
    """The command line; 1 if an acknowledged event is not there once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.receiving", description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="to benchmarks/results/receiving.md")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # told to end, it ends the receiver, too
    settings = load()
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        with Ground(settings) as ground, ground.lent() as engine, tempfile.TemporaryDirectory() as folder:
            offer = Offer(asked.rate, asked.seconds, asked.connections)
            run = receiving(engine, Path(folder), offer, asked.kills)
            page = told(run, report.machine(engine))
    finally:
        if ours:
            embedded.stop(embedded.of(settings))
    print(page)
    if asked.write:
        report.write(Path(__file__).parent / "results", "receiving", page)
    if not run.judged.sound:
        print(f"NOT SOUND: {run.judged}")
        return 1
    missing = offer.requests - len({each[:-1] for each in run.heard.acknowledged})
    print(f"Sound, but {missing:,} requests were not acknowledged in time." if missing else "Sound.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

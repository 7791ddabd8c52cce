"""CPU seconds of this process and of its Postgres backends, beside wall seconds; it runs only what it is handed."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Annotated, Any, TypeVar

from pydantic import PlainSerializer, PlainValidator
from sqlalchemy import event
from sqlalchemy.pool import Pool

from benchmarks.profiling import by_statement
from benchmarks.weighing import Peak, Server

T = TypeVar("T")
_TICK = os.sysconf("SC_CLK_TCK")  # /proc counts in these: 10 ms on most machines, so short work is to be repeated


_ADDED = ("process", "backends", "wall", "wal", "growth")


class NotOnThisMachine(Exception):
    """The Postgres server's processes cannot be read here."""


class ResultsDiffer(Exception):
    """The engine and its floor did not do the same work: no ratio means anything."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: CPU of this process, CPU (user and system) of its Postgres backends, and wall.

    `wal` and `growth` (of the databases in use) are bytes that the server wrote; `ours` is the memory in MB that this
    process took at its peak beyond what it had, `theirs` what all backends had. 0 where nobody looked.
    """

    process: float
    backends: float
    wall: float
    wal: float = 0.0
    growth: float = 0.0
    ours: float = 0.0
    theirs: float = 0.0
    # CPU seconds of the backends, where it was asked for.
    statements: Annotated[Counter[str], PlainValidator(Counter), PlainSerializer(dict)] = field(
        default_factory=Counter[str]
    )

    @property
    def cpu(self) -> float:
        return self.process + self.backends

    def __add__(self, other: Cost) -> Cost:
        added = (getattr(self, name) + getattr(other, name) for name in _ADDED)
        peaks = max(self.ours, other.ours), max(self.theirs, other.theirs)
        return Cost(*added, *peaks, self.statements + other.statements)

    def __truediv__(self, times: int) -> Cost:
        return replace(self, **{name: getattr(self, name) / times for name in _ADDED})


def median_of(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself; statements of all together."""
    figures = (median(getattr(cost, name) for cost in costs) for name in (*_ADDED, "ours", "theirs"))
    return Cost(*figures, sum((cost.statements for cost in costs), Counter[str]()))


def expect(what: str, found: object, wanted: object) -> None:
    """Raise ResultsDiffer unless both are equal."""
    if found != wanted:
        raise ResultsDiffer(f"{what}: {found}, but {wanted} were expected.")


class Meter:
    """Follows every connection that any SQLAlchemy pool of this process opens, by the number of its backend.

    What a backend used before it was connected counts for the work that connected it, as does what it used before it
    was closed. Background processes of the server (checkpointer, WAL writer, autovacuum) are left out. What the server
    writes is told where a `server` is given.
    """

    def __init__(self, server: Server | None = None, profile: bool = False) -> None:
        self._server = server
        self._profile = profile
        self._open: set[int] = set()
        self._databases: set[str] = set()
        self._gone = 0.0

    @contextmanager
    def watching(self) -> Generator[Meter]:
        """From here on connections are followed."""
        listeners = (("connect", self._opened), ("close", self._closed))
        for name, listener in listeners:
            event.listen(Pool, name, listener)
        try:
            yield self
        finally:
            for name, listener in listeners:
                event.remove(Pool, name, listener)

    def of(self, work: Callable[[], T]) -> tuple[Cost, T]:
        """Run `work` once; what it cost, and what it returned."""
        # Great Expectations leaves its sessions to the garbage; those that ended between two measurements cost nothing.
        self._open = {number for number in self._open if Path(f"/proc/{number}").exists()}
        wal, size = self._written()
        peak = Peak(lambda: tuple(self._open))
        watch = by_statement(seconds_of) if self._profile else nullcontext(Counter[str]())
        with watch as statements, peak:
            backends, process, wall = self.backends(), time.process_time(), time.perf_counter()
            done = work()
            wall, process, backends = (
                time.perf_counter() - wall,
                time.process_time() - process,
                self.backends() - backends,
            )
        wal_after, size_after = self._written()
        ours = max(process - peak.cpu, 0.0)
        return Cost(ours, backends, wall, wal_after - wal, size_after - size, peak.ours, peak.theirs, statements), done

    def _written(self) -> tuple[int, int]:
        return (0, 0) if self._server is None else self._server.written(self._databases)

    def _opened(self, connection: Any, _record: Any) -> None:
        self._open.add(connection.info.backend_pid)
        self._databases.add(connection.info.dbname)

    def _closed(self, connection: Any, _record: Any) -> None:
        number = connection.info.backend_pid if not connection.closed else None
        if number in self._open:
            self._gone += _used(number)
            self._open.discard(number)

    def backends(self) -> float:
        """CPU seconds of all of them since they began."""
        return self._gone + sum(
            _used(number) for number in tuple(self._open)
        )  # connections come and go on other threads


def _used(backend: int) -> float:
    try:
        return seconds_of(backend)
    except OSError as error:
        raise NotOnThisMachine(
            f"Backend {backend} has no /proc entry: let Postgres run here, and close no session unheard."
        ) from error


def seconds_of(process: int) -> float:
    """CPU seconds (user and system) of one process since it began. Raises OSError if there is none."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9  # where the kernel counts exactly
    except (FileNotFoundError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

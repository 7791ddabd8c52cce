"""CPU seconds of this process and of its Postgres backends, beside wall seconds; it runs only what it is handed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.pool import Pool

T = TypeVar("T")
_TICK = os.sysconf("SC_CLK_TCK")  # /proc counts in these: 10 ms on most machines, so short work is to be repeated


class NotOnThisMachine(Exception):
    """The Postgres server's processes cannot be read here."""


class ResultsDiffer(Exception):
    """The engine and its floor did not do the same work: no ratio means anything."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: CPU of this process, CPU (user and system) of its Postgres backends, and wall."""

    process: float
    backends: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.process + self.backends

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.process + other.process, self.backends + other.backends, self.wall + other.wall)

    def __truediv__(self, times: int) -> Cost:
        return Cost(self.process / times, self.backends / times, self.wall / times)


def median_of(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself."""
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in ("process", "backends", "wall")))


def expect(what: str, found: object, wanted: object) -> None:
    """Raise ResultsDiffer unless both are equal."""
    if found != wanted:
        raise ResultsDiffer(f"{what}: {found}, but {wanted} were expected.")


class Meter:
    """Follows every connection that any SQLAlchemy pool of this process opens, by the number of its backend.

    What a backend used before it was connected counts for the work that connected it, as does what it used before it
    was closed. Background processes of the server (checkpointer, WAL writer, autovacuum) are left out.
    """

    def __init__(self) -> None:
        self._open: set[int] = set()
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
        backends, process, wall = self.backends(), time.process_time(), time.perf_counter()
        done = work()
        wall, process = time.perf_counter() - wall, time.process_time() - process
        return Cost(process, self.backends() - backends, wall), done

    def _opened(self, connection: Any, _record: Any) -> None:
        self._open.add(connection.info.backend_pid)

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

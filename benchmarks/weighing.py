"""Peak memory of this process and of its backends, WAL and the size of databases; it measures no time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import psycopg

_OFTEN = 0.05  # seconds between two looks
# WAL of the whole server: whoever else writes there is told with it.
_WRITTEN = """
select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,
       (select sum(pg_database_size(oid)) from pg_database where datname = any(%s))::bigint
"""


class Server:
    """What a Postgres server has written; it has a session of its own, whose CPU nobody counts."""

    def __init__(self, address: str) -> None:
        self._connection = psycopg.connect(address, autocommit=True)

    def written(self, databases: Collection[str]) -> tuple[int, int]:
        """Bytes of WAL since the server was made, and of these databases now."""
        row = self._connection.execute(_WRITTEN, [list(databases)]).fetchone()
        assert row is not None
        return row[0], row[1] or 0

    def close(self) -> None:
        self._connection.close()


class Peak:
    """The most memory in MB between `with` and its end: `ours` of this process beyond what it had before, `theirs` of
    all backends together, without what all of them share (shared_buffers).
    """

    def __init__(self, backends: Callable[[], Collection[int]]) -> None:
        self._backends = backends
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._before = 0.0
        self.ours = self.theirs = 0.0
        self.cpu = 0.0  # seconds that looking took, which are not of the work

    def __enter__(self) -> Peak:
        self._before = _of("self", "VmRSS")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.ours = max(self.ours, _of("self", "VmRSS") - self._before)
            self.theirs = max(self.theirs, sum(_of(str(number), "RssAnon") for number in self._backends()))
            if self._over.wait(_OFTEN):
                break
        self.cpu = time.thread_time()


def _of(process: str, figure: str) -> float:
    """MB; 0 if the process has gone."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = (line.split() for line in told.splitlines())
    return next((int(line[1]) / 1024 for line in lines if line and line[0] == f"{figure}:"), 0.0)

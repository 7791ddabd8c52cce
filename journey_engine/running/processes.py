"""A process that outlives the terminal that started it, one of a name and folder; it knows nothing of what it runs.

It holds a lock on its own pid file for as long as it lives. The lock goes with the process, however that ends, so a
number left in the file by a crash, or taken over by a stranger after a restart of the machine, is never believed.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from journey_engine.errors import JourneysError

_LOOK_EVERY = 0.05  # seconds


class DidNotStart(JourneysError):
    """A process ended right after its start, or did not answer in time; the reason is the end of its log."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(
            f"{name} did not start: {last_words(log)}", "Read the log named here, then run `journeys up`.", str(log)
        )


@dataclass(frozen=True, slots=True)
class Process:
    """One named process of a checkout; `folder` holds `NAME.pid`, `NAME.log`."""

    name: str
    folder: Path

    @property
    def pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        """Everything the process writes to its standard output and error."""
        return self.folder / f"{self.name}.log"

    @property
    def running(self) -> bool:
        """Whether it lives: only a living process holds the lock."""
        if not self.pid_file.exists():
            return False
        with self.pid_file.open() as file:
            return not _locked(file.fileno(), fcntl.LOCK_SH)

    @property
    def pid(self) -> int | None:
        """Its number while it lives, else None."""
        if not self.running:
            return None
        written = self.pid_file.read_text().strip()
        return int(written) if written else None

    def start(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> bool:
        """Start it detached from this terminal; False if it already runs. Racing starters start one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._starting(), self.pid_file.open("a+") as file:
            if not _locked(file.fileno(), fcntl.LOCK_EX, tries=10):
                return False
            file.truncate(0)
            with self.log.open("ab") as log:
                started = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env={**os.environ, **environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    # The lock belongs to the open file, which the child keeps and does not pass on.
                    pass_fds=(file.fileno(),),
                )
            file.write(str(started.pid))
        # Not our child to wait for: it outlives us, and init takes it over.
        started.returncode = 0
        return True

    def stop(self, patience: float = 15.0) -> bool:
        """Ask it to end (SIGTERM), and after `patience` seconds end its whole group; False if it did not run."""
        pid = self.pid
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if not self._ends_within(pid, patience):
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            self._ends_within(pid, 5.0)
        self.pid_file.unlink(missing_ok=True)
        return True

    def _ends_within(self, pid: int, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self.running:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_EVERY)
            with suppress(ChildProcessError):  # reaps it where it is our own child, so that it is no zombie
                os.waitpid(pid, os.WNOHANG)
        return True

    @contextmanager
    def _starting(self) -> Generator[None]:
        with (self.folder / f"{self.name}.starting").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return "it wrote no log."
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        said = file.read().decode("utf-8", "replace").splitlines()
    return " / ".join(line.strip() for line in said[-lines:] if line.strip()) or "it said nothing."


def _locked(descriptor: int, kind: int, tries: int = 1) -> bool:
    """Take the lock if it is free; it stays with this open file, and with whoever inherits it.

    Several tries outlast somebody who only looks, and holds a shared lock for a moment.
    """
    for _ in range(tries):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return True
        time.sleep(0.01)
    return False

"""Waves judged in a process that ends, and Great Expectations' memory with it; whoever asks for it does not wait.

`python -m journey_engine.running.judging` judges what is about to reach many by what is applied, and calls the senders.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from journey_engine import clock, planning
from journey_engine.errors import JourneysError
from journey_engine.line.audience import judge_waves
from journey_engine.line.seat import call_senders
from journey_engine.running.places import surroundings
from journey_engine.settings import Settings, load
from journey_engine.store import database

_FIRST, _LONGEST = 30.0, 600.0  # seconds before another try after one that failed


@dataclass(slots=True)
class Judge:
    """Starts that process when it is asked to: one at a time, and after one that failed not at once.

    `say` hears of failures; what the process says of itself stands in the same log as its starter's words.
    """

    settings: Settings
    say: Callable[[str], None]
    _process: subprocess.Popen[bytes] | None = None
    _failures: int = 0
    _not_before: float = field(default=0.0)

    def __call__(self) -> None:
        """See to it that what waits is judged; returns at once."""
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return
            self._process = None
            self._note(status)
        if time.monotonic() < self._not_before:
            return
        folder = self.settings.project
        command = [sys.executable, "-m", "journey_engine.running.judging", str(folder)]
        self._process = subprocess.Popen(command, cwd=folder, env=surroundings(self.settings))

    def end(self) -> None:
        """End what is under way: a wave half judged was not judged, and waits."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _note(self, status: int) -> None:
        self._failures = self._failures + 1 if status else 0
        if status:
            pause = min(_FIRST * 2 ** (self._failures - 1), _LONGEST)
            self._not_before = time.monotonic() + pause
            self.say(f"A wave could not be judged, and nothing of it goes; tried again in {pause:.0f} seconds.")


def judge(settings: Settings, say: Callable[[str], None]) -> None:
    """Judge what waits for it at the business clock's instant, and call the senders. Raises as `judge_waves` does."""
    with database.opened(settings) as engine:
        with engine.begin() as connection:
            project, now = planning.live_project(connection), clock.now(connection)
        for wave in judge_waves(engine, project, settings.expectations, now):
            say(str(wave))
        with engine.begin() as connection:
            call_senders(connection)


if __name__ == "__main__":
    try:
        judge(load(Path(sys.argv[1])), lambda what: print(what, flush=True))
    except JourneysError as error:
        sys.exit(str(error))

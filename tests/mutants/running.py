"""Runs chosen tests in a copy of the checkout, one mutant at a time, and judges how they ended; it prints nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.mutants.mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]
_NEEDED = ("journey_engine", "tests", "journeys", "pyproject.toml")
LONGEST = 300  # seconds for the tests of one mutant
Verdict = Literal["caught", "survived", "broken"]


@dataclass(frozen=True, slots=True)
class End:
    """How one test ended: passed, skipped, asserted (a failed assertion), raised (anything else in it), or broke.

    A test breaks when it cannot be prepared, or the database or an import refuses what it is given.
    """

    test: str
    end: str
    raised: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """The tests that ended, pytest's exit status, and what it printed."""

    ends: tuple[End, ...]
    status: int
    printed: str

    def tests(self, end: str) -> list[str]:
        return [each.test for each in self.ends if each.end == end]

    @property
    def all_passed(self) -> bool:
        return self.status == 0 and bool(self.ends) and all(each.end == "passed" for each in self.ends)


def judge(run: Run) -> Verdict:
    """Caught by a failed assertion alone: what cannot be imported, or is no SQL, breaks tests that state no rule."""
    if run.status not in (0, 1) or not run.ends or run.tests("broke") or run.tests("skipped"):
        return "broken"
    return "caught" if run.tests("asserted") else "survived"


class Copy:
    """A copy of the checkout in which tests run against the engine beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _NEEDED:
            here, there = ROOT / name, folder / name
            if here.is_dir():
                # With its caches, which hold as long as a file keeps its time.
                shutil.copytree(here, there)
            else:
                shutil.copy2(here, there)

    @contextmanager
    def mutated(self, mutant: Mutant) -> Generator[None]:
        """The engine of the copy with this rule broken. Raises ValueError if the old text does not stand there once."""
        path, original = self.folder / "journey_engine" / mutant.file, ROOT / "journey_engine" / mutant.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            raise ValueError(f"{mutant.file}: the old text stands there {text.count(mutant.old)} times: {mutant.old}")
        path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            yield
        finally:
            shutil.copy2(original, path)

    def run(self, tests: Sequence[str]) -> Run:
        """These tests (node ids), in a process of their own; a run that takes too long has the status -1."""
        written = self.folder / "ends.jsonl"
        written.write_text("", encoding="utf-8")
        # Nothing is cached: two texts of a file of one length may be written within a second.
        env = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [
            sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider",
            "-p", "tests.mutants.witness", "--witness", str(written), *tests,
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=LONGEST, check=False
            )
            status, printed = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired as late:
            status, printed = -1, f"Not done after {late.timeout:.0f} seconds."
        lines = written.read_text(encoding="utf-8").splitlines()
        return Run(tuple(End(**json.loads(line)) for line in lines), status, printed)


@contextmanager
def copied() -> Generator[Copy]:
    """A copy in a folder of its own, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        yield Copy(Path(folder))

"""The figures of each size as JSON beside its page, so that one operation can be measured again alone; it runs none."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.outcome import Comparison


@dataclass(slots=True)
class Measured:
    """What one operation was found to cost, at which state of the code, and how often it was run."""

    state: str
    repetitions: int
    found: list[Comparison]


Record = dict[str, Measured]  # by the operation's name
_RECORD = TypeAdapter(Record)


def state() -> str:
    """The commit that is checked out, in short; "" outside a repository."""
    asked = ("git", "rev-parse", "--short", "HEAD")
    return subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout.strip()


def recorded(folder: Path, size: str) -> Record:
    """What was found at that size before; empty if nothing was. Raises ValueError for a file that is no such record."""
    path = _path(folder, size)
    return _RECORD.validate_json(path.read_bytes()) if path.exists() else {}


def sizes(folder: Path) -> dict[str, Record]:
    """All that is recorded there, by size as it is written."""
    return {path.stem: recorded(folder, path.stem) for path in sorted(folder.glob("*.json"))}


def comparisons(kept: Record) -> list[Comparison]:
    """Those of all operations, in their order."""
    return [each for measured in kept.values() for each in measured.found]


def record(folder: Path, size: str, newly: Mapping[str, Measured], order: Sequence[str]) -> Record:
    """What was found now, and before of the operations that were not run; written down in that order, and returned."""
    both = {**recorded(folder, size), **newly}
    kept = {name: both[name] for name in order if name in both}
    folder.mkdir(parents=True, exist_ok=True)
    _path(folder, size).write_bytes(_RECORD.dump_json(kept, indent=1) + b"\n")
    return kept


def states(kept: Record) -> str:
    """Which operations were measured at which state of the code, as a sentence; "" if none is known."""
    by_state: dict[str, list[str]] = {}
    for name, measured in kept.items():
        by_state.setdefault(measured.state, []).append(name)
    told = [f"{', '.join(names)} at {commit}" for commit, names in by_state.items() if commit]
    return f"Measured: {'; '.join(told)}." if told else ""


def _path(folder: Path, size: str) -> Path:
    return folder / f"{size}.json"

"""How many took each way in a round: for the report, for who watches, and by day as it is kept; it runs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from journey_engine.moving.observing import ChunkReport, StepCount

Ways = Counter[tuple[str, str | None]]
"""By step (or what stands for one in brackets) and outcome (None: rests)."""


@dataclass(slots=True)
class Taken:
    """The ways of one round, by business day."""

    days: Counter[tuple[str, str, date]] = field(default_factory=Counter[tuple[str, str, date]])
    rests: int = 0  # how many rest when the round ends
    ends: int = 0  # how many enrolments ended

    def note(self, rows: Iterable[Any], report: ChunkReport, ends: Mapping[str, Mapping[str, str]]) -> dict[str, Ways]:
        """Rows of where it was counted, step, outcome, day and number; returns them by where.

        `ends`: by step and outcome the reason for which the enrolment ends by it.
        """
        found: dict[str, Ways] = {}
        for where, step, outcome, day, n in rows:
            found.setdefault(where, Counter())[step, outcome] += n
            self._note(report, step, outcome, day, n)
            if step == where and outcome in ends.get(step, {}):
                self._note(report, "(end)", ends[step][outcome], day, n)
        return found

    def _note(self, report: ChunkReport, step: str, outcome: str | None, day: date | None, n: int) -> None:
        if step == "(leave)":
            report.left[outcome or ""] += n
            self.ends += n
        elif step == "(end)":
            report.finished += n if outcome != "holdout" else 0
            self.ends += n
        elif not step.startswith("("):
            report.steps.setdefault(step, Counter())[outcome or "waits"] += n
        if outcome is None:
            self.rests += n
        elif day is not None:
            self.days[step, outcome, day] += n

    @property
    def steps(self) -> set[str]:
        """The steps that anybody took."""
        return {step for step, _, _ in self.days}

    def bound(self) -> dict[str, Any]:
        """What counts them (`compiler/remembering.py`)."""
        steps, outcomes, days = (list(column) for column in zip(*self.days, strict=True)) if self.days else ([], [], [])
        members = list(self.days.values())
        return {"way_steps": steps, "way_outcomes": outcomes, "way_days": days, "way_members": members}


def told(step: str, ways: Ways) -> StepCount:
    """What became of those who stood before the step."""
    found = StepCount()
    for (name, outcome), n in ways.items():
        if name == step:
            found[outcome or "waits"] += n
        elif name == "(leave)":
            found[f"left: {outcome}"] += n
    return found

"""Watches a pass for Prefect: a task run per step, named with its count, arrows as in the journey; decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import State

from journey_engine.moving.observing import ChunkReport, PassReport, StepCount
from tasks.noting import noted
from tasks.pieces import Told, people, piece


class DryRun(Exception):
    """Raised inside the transaction when all is computed, so that nothing of it stays."""


class Watching:
    """The engine's Observer: one task run per step (per chunk, if there are several), arrows along the journey."""

    def __init__(self, parents: dict[str, tuple[str, ...]], dry: bool = False) -> None:
        self.parents, self.dry = parents, dry
        self.states: dict[str, State[Any]] = {}

    def begin(self, journey: str, now: datetime, chunks: int, members: int) -> None:  # noqa: ARG002
        """A dry run shows the steps of one chunk; of several, only how many members there are."""
        if self.dry and chunks > 1:
            raise DryRun(f"{members:,} members are due; the steps of a dry run are shown for one chunk.")

    def chunk(self, number: int, of: int, run: Callable[[], ChunkReport]) -> ChunkReport:
        """The only chunk shows its steps live; of several each is a task run of its own."""
        if of == 1:
            return run()
        told = piece(f"chunk {number}/{of}", run, lambda report: Told(people(report.entered + report.waiting)))
        self.states["(chunks)"] = told.state
        return told.or_raise()

    def step(self, name: str, parents: tuple[str, ...], run: Callable[[], StepCount]) -> StepCount:
        """One statement of the chunk; its error rolls the chunk back."""
        if name == "(settle)":  # arrows from the last steps only: the others lead there through them
            parents = tuple(parent for parent in parents if all(parent not in after for after in self.parents.values()))
        before = [self.states[parent] for parent in parents if parent in self.states]
        done = noted(name.strip("()"), run, told, before)
        self.states[name] = done.state
        if self.dry and name == "(settle)":
            raise DryRun("Nothing was changed.")
        return done.or_raise()

    def end(self, report: PassReport) -> None:
        """After several chunks: the steps with the sums of what was committed."""
        for name, parents in self.parents.items() if report.chunks > 1 else ():
            count = report.steps.get(name, StepCount())
            self.step(name, parents or ("(chunks)",), lambda count=count: count)


def told(count: StepCount) -> Told:
    """`1,204` who went on, `12 wait` of those who rest, or `nobody`; every outcome with its count in the message."""
    waits = count["waits"]
    took = sum(count.values()) - waits
    parts = [f"{took:,}"] if took or not waits else []
    parts += [f"{waits:,} wait"] if waits else []
    outcomes = ", ".join(f"{outcome} {n:,}" for outcome, n in sorted(count.items()) if n)
    return Told(", ".join(parts) if took or waits else people(0), outcomes)

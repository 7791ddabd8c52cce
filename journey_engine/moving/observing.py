"""How others watch a pass: the engine decides and runs, an observer may only wrap what it is handed.

A pass with work calls `begin` once, then `chunk` for every chunk, which must call `run` once and return what it
returned (or let its exception through: the chunk is rolled back then). When the pass has one chunk, its steps are given
to `step` in DAG order as they run, again under the contract to call `run` once; with more chunks they are not, and
`end` brings the sums of what was committed. What is no step stands in brackets: (leave), (enter), (settle).
A step that is walked again because members entered again in one chunk is handed over again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

StepCount = Counter[str]
"""How many members by outcome; `waits` for those who rest, `left: REASON` for those who left there."""


@dataclass(slots=True)
class ChunkReport:
    """What one chunk did; counts of members."""

    entered: int = 0
    held_out: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    left: Counter[str] = field(default_factory=Counter[str])
    finished: int = 0
    goals: int = 0
    steps: dict[str, StepCount] = field(default_factory=dict[str, StepCount])
    intents: int = 0
    waiting: int = 0

    def add(self, other: ChunkReport) -> None:
        """Sum up."""
        self.entered += other.entered
        self.held_out += other.held_out
        self.refused += other.refused
        self.left += other.left
        self.finished += other.finished
        self.goals += other.goals
        self.intents += other.intents
        self.waiting += other.waiting
        for step, count in other.steps.items():
            self.steps.setdefault(step, Counter()).update(count)


@dataclass(slots=True)
class PassReport(ChunkReport):
    """What a pass did. waiting: members it looked at who rest now; stuck: members it could not compute;
    unknown_zones: how many of its members carry each zone that nobody knows, and so lived by the policy's."""

    journey: str = ""
    now: datetime | None = None
    chunks: int = 0
    members: int = 0
    stuck: int = 0
    unknown_zones: Counter[str] = field(default_factory=Counter[str])
    held: str | None = None  # the reason of a hold under which nobody moved
    superseded: bool = False  # other definitions were applied meanwhile: it stopped, and the next one goes on

    @property
    def changed(self) -> bool:
        """Whether anything was decided; resting on is no decision."""
        ways = sum(n for count in self.steps.values() for outcome, n in count.items() if outcome != "waits")
        return bool(self.entered or self.held_out or self.refused or self.left or self.finished or self.goals or ways)


class Observer(Protocol):
    """Somebody who watches a pass; see the module."""

    def begin(self, journey: str, now: datetime, chunks: int, members: int) -> None:
        """The pass has something to do."""
        ...

    def chunk(self, number: int, of: int, run: Callable[[], ChunkReport]) -> ChunkReport:
        """One transaction; numbers count from 1."""
        ...

    def step(self, name: str, parents: tuple[str, ...], run: Callable[[], StepCount]) -> StepCount:
        """One statement inside the chunk's transaction, on the chunk's connection, in the caller's thread."""
        ...

    def end(self, report: PassReport) -> None:
        """Everything is committed."""
        ...


class Unobserved:
    """Nobody watches."""

    def begin(self, journey: str, now: datetime, chunks: int, members: int) -> None:
        """Nothing."""

    def chunk(self, number: int, of: int, run: Callable[[], ChunkReport]) -> ChunkReport:  # noqa: ARG002
        """Just run it."""
        return run()

    def step(self, name: str, parents: tuple[str, ...], run: Callable[[], StepCount]) -> StepCount:  # noqa: ARG002
        """Just run it."""
        return run()

    def end(self, report: PassReport) -> None:
        """Nothing."""

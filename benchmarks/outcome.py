"""One line of the report: what an operation cost, what its floor cost, and what the floor was; it measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.measuring import Cost, median_of


@dataclass(slots=True)
class Comparison:
    """An operation beside its floor; costs by repetition.

    `reach` and `aim` are ratios of CPU, as targets; None: none is set.
    """

    operation: str
    floor: str
    statements: Sequence[str]
    reach: float | None
    aim: float | None
    rows: int
    ours: list[Cost] = field(default_factory=list)
    floors: list[Cost] = field(default_factory=list)
    floor_rows: int | None = None  # where the floor is another number of members: both are told per member
    faster: bool = False  # the ratio wanted is a minimum: floor by ours, per member

    def add(self, ours: Cost, floor: Cost) -> None:
        """One repetition."""
        self.ours.append(ours)
        self.floors.append(floor)

    @property
    def cost(self) -> Cost:
        return median_of(self.ours)

    @property
    def floor_cost(self) -> Cost:
        return median_of(self.floors)

    @property
    def ratio(self) -> float:
        """Of the medians of CPU."""
        return self._ratio(self.cost.cpu, self.floor_cost.cpu)

    @property
    def wall_ratio(self) -> float:
        return self._ratio(self.cost.wall, self.floor_cost.wall)

    @property
    def spread(self) -> tuple[float, float]:
        """Least and greatest ratio of CPU among the repetitions."""
        ratios = [self._ratio(ours.cpu, floor.cpu) for ours, floor in zip(self.ours, self.floors, strict=True)]
        return min(ratios), max(ratios)

    @property
    def met(self) -> str:
        """Which of its targets the ratio keeps."""
        if self.reach is None or self.aim is None:
            return ""
        keeps = [self.ratio >= wanted if self.faster else self.ratio <= wanted for wanted in (self.reach, self.aim)]
        return "aim" if keeps[1] else "reach" if keeps[0] else "no"

    def _ratio(self, ours: float, floor: float) -> float:
        each, other = ours / self.rows, floor / (self.floor_rows or self.rows)
        above, below = (other, each) if self.faster else (each, other)
        return above / below if below else float("nan")

"""Counts of counts with their uncertainty, as figures carry them; it knows no members and no tables."""

from __future__ import annotations

from dataclasses import dataclass

from journey_engine.measures import proportions
from journey_engine.measures.proportions import Interval

FEW = 30  # below so many an interval says little, and a report says that


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`, with Wilson's 95 % interval; share and interval are None of nobody."""

    count: int
    of: int
    share: float | None
    interval: Interval | None

    @property
    def is_small(self) -> bool:
        """Whether so few are behind it that it says little."""
        return self.of < FEW


def rate(count: int, of: int) -> Rate:
    """The rate with its interval."""
    return Rate(count, of, count / of, proportions.share_interval(count, of)) if of else Rate(count, 0, None, None)

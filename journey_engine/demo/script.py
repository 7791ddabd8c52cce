"""When the demo does what: the eve, then fourteen nights, each with the four looks of its day; it does none of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from journey_engine.demo.world import FIRST_DAY, NIGHTS

NIGHT_AT = time(2, 0)
LOOKS_AT = (time(9, 0), time(12, 30), time(18, 0), time(21, 0))


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the demo; `night` counts 1 to 14 (0: the eve), `at` is aware, in the store's zone.

    The eve loads all that happened before the first day; a night imports the day that ended two hours before it.
    """

    kind: Literal["eve", "night", "look"]
    night: int
    at: datetime

    @property
    def is_last_of_night(self) -> bool:
        """The summary of a night is told after the last look of its day."""
        return self.kind == "look" and self.at.time() == LOOKS_AT[-1]

    @property
    def is_last(self) -> bool:
        """Nothing comes after it."""
        return self.night == NIGHTS and self.is_last_of_night


def scenes() -> Iterator[Scene]:
    """All scenes in the order of time: 1 + 14 * (1 + 4)."""
    yield Scene("eve", 0, _on(0, NIGHT_AT))
    for night in range(1, NIGHTS + 1):
        yield Scene("night", night, _on(night, NIGHT_AT))
        for look in LOOKS_AT:
            yield Scene("look", night, _on(night, look))


def _on(days: int, at: time) -> datetime:
    """Wall time in the store's zone: on 5 November the clock goes back, and 02:00 is the one after that."""
    return datetime.combine(FIRST_DAY.date() + timedelta(days=days), at, tzinfo=FIRST_DAY.tzinfo)

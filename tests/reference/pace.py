"""How many a journey lets in per day or hour, over all members: gives each trigger the instant at which it is judged.

Where the design leaves room: a trigger takes its place when it is first found, whether or not it is refused later; it
is judged at its own instant if its day or hour has room, else at the start of the next one that has.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

from journey_engine.language.days import Pace
from tests.reference.wallclock import DAY, instant, local


class Places:
    """The places given so far. `zone`: of the business."""

    def __init__(self, pace: Pace, zone: str) -> None:
        self.pace, self.zone = pace, zone
        self._taken: Counter[datetime] = Counter()  # by the start of the day or hour

    def given(self, at: datetime) -> datetime:
        """`at`, or the start of the next day or hour with a place; that place is taken now."""
        start = self._start(at)
        if self._taken[start] < self.pace.count:
            self._taken[start] += 1
            return at
        while self._taken[start] >= self.pace.count:
            start = self._next(start)
        self._taken[start] += 1
        return start

    def _start(self, at: datetime) -> datetime:
        wall = local(at, self.zone)
        if self.pace.per == "day":
            return instant(datetime.combine(wall.date(), time()), self.zone)
        return at - timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)

    def _next(self, start: datetime) -> datetime:
        if self.pace.per == "day":
            return instant(datetime.combine(local(start, self.zone).date() + DAY, time()), self.zone)
        return start + timedelta(hours=1)

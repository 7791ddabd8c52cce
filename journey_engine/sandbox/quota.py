"""What this channel sent by month, day and unit, as LINE bills and counts it; it refuses nothing by itself."""

from __future__ import annotations

from collections import Counter

from journey_engine.sandbox.instants import date_of, day_of
from journey_engine.sandbox.limits import UNIT_NAMES_PER_MONTH


class Quota:
    """Recipients delivered to, the unit of LINE's bill. Replies are free, the blocked and the deleted not counted."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self._month: Counter[str] = Counter()
        self._day: Counter[tuple[int, str]] = Counter()
        self._units: dict[str, dict[str, None]] = {}

    def count(self, endpoint: str, delivered: int, instant_ms: int, unit: str | None) -> None:
        """Book `delivered` recipients of one acceptance; beyond 1,000 names a month a unit is silently not assigned."""
        day = day_of(instant_ms)
        self._day[day, endpoint] += delivered
        month = date_of(day)[:6]
        if endpoint != "reply":
            self._month[month] += delivered
        if unit is not None:
            names = self._units.setdefault(month, {})
            if len(names) < UNIT_NAMES_PER_MONTH:
                names[unit] = None

    def used(self, instant_ms: int) -> int:
        """Recipients billed in the month of `instant_ms`."""
        return self._month[date_of(day_of(instant_ms))[:6]]

    def book_elsewhere(self, used: int, instant_ms: int) -> None:
        """Make the month stand at `used`, as sends from LINE Official Account Manager would."""
        self._month[date_of(day_of(instant_ms))[:6]] = used

    def delivered_on(self, date: str, endpoint: str, instant_ms: int) -> int | None:
        """Recipients on a past platform day (yyyyMMdd, UTC+9); None for today and later: not yet counted."""
        today = day_of(instant_ms)
        if date >= date_of(today):
            return None
        return sum(count for (day, name), count in self._day.items() if name == endpoint and date_of(day) == date)

    def units(self, instant_ms: int) -> list[str]:
        """Unit names used in the month of `instant_ms`, oldest first."""
        return list(self._units.get(date_of(day_of(instant_ms))[:6], {}))

"""The sandbox's two clocks: a calendar that a simulation may move, and the age of keys and tokens; neither decides."""

from __future__ import annotations

import time
from collections.abc import Callable

# Quota months, delivery dates and the page are in UTC+9, the zone of LINE's own statistics.
_PLATFORM_ZONE_MS = 9 * 3600 * 1000
_DAY_MS = 24 * 3600 * 1000


class Instants:
    """Real time (`source`, seconds since 1970, UTC) plus two movable offsets in seconds.

    `offset` moves the calendar: event timestamps, quota months, what the page shows. `age` moves what ages by real
    time on LINE's side: retry keys (24 h), reply tokens (1 min), rate buckets.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset = 0.0
        self.age = 0.0

    def now_ms(self) -> int:
        """The calendar's instant in milliseconds since 1970, UTC."""
        return int((self._source() + self.offset) * 1000)

    def elapsed(self) -> float:
        """Seconds on the clock by which keys, tokens and buckets age."""
        return self._source() + self.age


def day_of(instant_ms: int) -> int:
    """The platform's day (UTC+9) as a count of days since 1970."""
    return (instant_ms + _PLATFORM_ZONE_MS) // _DAY_MS


def date_of(day: int) -> str:
    """A platform day as LINE writes dates: yyyyMMdd."""
    return time.strftime("%Y%m%d", time.gmtime(day * 86_400))

"""Caps: from when a window counts at one instant; it counts nothing itself."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from journey_engine.language.durations import Duration


def window_start(now: datetime, per: Duration, zone: str) -> datetime:
    """The first instant that counts for a cap `per` this length at `now` (aware), in UTC.

    Minutes and hours are counted back exactly. Days are calendar days of the business zone, today being the last: `per
    day` begins at today's midnight, `per 7 days` six midnights earlier; `per month` begins the day after today's date a
    month ago.
    """
    if per.is_exact:
        return now - per.exact + timedelta(microseconds=1)  # half-open at the old end
    today = now.astimezone(ZoneInfo(zone)).date()
    if per.unit == "month":
        months = today.year * 12 + today.month - 1 - per.amount
        first = today.replace(year=months // 12, month=months % 12 + 1, day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        last_day = (following - timedelta(days=1)).day
        day = first.replace(day=min(today.day, last_day)) + timedelta(days=1)
    else:
        day = today - timedelta(days=per.days - 1)
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

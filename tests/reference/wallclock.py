"""Calendar arithmetic by the standard library, for the reference interpreter; it never looks at a clock.

Every instant in and out is aware UTC. `zoneinfo` with fold=0 is exactly the two laws: a wall time that comes twice is
the first one, one that does not exist keeps the offset of before and so moves forward by the gap.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from journey_engine.language.days import Hours
from journey_engine.language.durations import Duration

DAY = timedelta(days=1)


def local(at: datetime, zone: str) -> datetime:
    """The naive wall time at `at`."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instant(wall: datetime, zone: str) -> datetime:
    """The instant of a naive wall time."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def plus(at: datetime, length: Duration, zone: str, sign: int = 1) -> datetime:
    """`length` after `at` (`sign` -1: before)."""
    if length.is_exact:
        return at + sign * length.exact
    wall = local(at, zone)
    if length.unit == "month":
        return instant(datetime.combine(_months(wall.date(), sign * length.amount), wall.time()), zone)
    return instant(wall + sign * length.days * DAY, zone)


def _months(day: date, months: int) -> date:
    """The same day of the month, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_clock(at: datetime, clock: time, zone: str, or_now: bool) -> datetime:
    """The first instant after `at` (`or_now`: or `at` itself) at which some day's `clock` is."""
    today = local(at, zone).date()
    times = [instant(datetime.combine(today + days * DAY, clock), zone) for days in (-1, 0, 1, 2)]
    return min(candidate for candidate in times if candidate > at or (or_now and candidate == at))


def quiet_until(at: datetime, hours: Hours, zone: str) -> datetime | None:
    """The end of the quiet hours in which `at` lies, or None."""
    clock = local(at, zone).time()
    over_midnight = hours.end <= hours.start
    inside = clock >= hours.start or clock < hours.end if over_midnight else hours.start <= clock < hours.end
    return next_clock(at, hours.end, zone, or_now=False) if inside else None


def days_between(earlier: datetime, later: datetime, zone: str) -> int:
    """By how many days the local date went on."""
    return (local(later, zone).date() - local(earlier, zone).date()).days


def midnights(after: datetime, until: datetime, zone: str) -> list[datetime]:
    """The first instants of the local days that begin in (after, until]."""
    first, last = local(after, zone).date(), local(until, zone).date()
    days = [first + number * DAY for number in range((last - first).days + 1)]
    starts = [instant(datetime.combine(day, time()), zone) for day in days]
    return [start for start in starts if after < start <= until]


def window_ends(at: datetime, length: Duration, zone: str) -> list[datetime]:
    """The instants at which something of `at` may fall out of a window of `length`, or into it again.

    There is one, but where a clock is changed at either end (then it may lie anywhere about it, on a half hour or as
    far off as the clock went), and where months differ in length (then it may be a midnight of the days that follow).
    """
    end = plus(at, length, zone)
    found = [end]
    if not length.is_exact and any(_offset(t - DAY, zone) != _offset(t + DAY, zone) for t in (at, end)):
        hour = end.replace(minute=0, second=0, microsecond=0)
        halves = [timedelta(minutes=30) * number for number in range(-8, 9)]
        found += [hour + half for half in halves] + [end + half for half in halves]
    if length.unit == "month":
        found += midnights(end, end + 4 * DAY, zone)
    return found


def _offset(at: datetime, zone: str) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()

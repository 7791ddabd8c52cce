"""When a time rule fires: the instants of a cron schedule and of a date, by the zone's clocks; it knows no present.

Wall times follow two laws: one that comes twice means the first; one that does not exist is moved forward by the gap,
but a cron schedule fires at the first instant after the gap.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from journey_engine.language.days import Offset
from journey_engine.language.triggers import Dated

_SECOND = timedelta(seconds=1)
# Longer than any change of summer time.
_CHANGE = timedelta(hours=3)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive wall time."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def cron_instants(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """The instants (UTC) later than `after` at which the schedule fires, in order, by the clocks of `zone`.

    Ends where the schedule has nothing within fifty years.
    """
    clocks = ZoneInfo(zone)
    last = after
    try:
        for wall in CronSim(cron, (after - _CHANGE).astimezone(clocks).replace(tzinfo=None)):
            at = _fires(wall, clocks)
            if at > last:
                yield at
                last = at
    except CronSimError:
        return


def _fires(wall: datetime, zone: ZoneInfo) -> datetime:
    moved = instant_of(wall, zone)
    if moved.astimezone(zone).replace(tzinfo=None) == wall:
        return moved
    # In a gap: the clocks change somewhere between the two readings.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moved
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        before = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
        low, high = (middle, high) if before else (low, middle)
    return high.replace(microsecond=0)


def date_instants(rule: Dated, zone: str, after: datetime, until: datetime) -> list[tuple[date, datetime]]:
    """The days that a date may be, with the instant (UTC) it then fires at, in (after, until], for members of `zone`.

    Of `every: year` the day is an anniversary.
    """
    clocks = ZoneInfo(zone)
    margin = timedelta(days=6)  # a clock's distance from UTC, and what months differ in
    moved = _days(rule.offset)
    first = (after.astimezone(clocks) - moved - margin).date()
    last = (until.astimezone(clocks) - moved + margin).date()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    found = ((day, date_instant(rule, day, clocks)) for day in days)
    return [(day, at) for day, at in found if after < at <= until]


def date_instant(rule: Dated, day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a date, or an anniversary of it, fires."""
    length, sign = rule.offset.length, -1 if rule.offset.is_before else 1
    if length is None:
        return instant_of(datetime.combine(day, rule.at), zone)
    if length.is_exact:
        return instant_of(datetime.combine(day, rule.at), zone) + sign * length.exact
    moved = _plus_months(day, sign * length.amount) if length.unit == "month" else day + timedelta(sign * length.days)
    return instant_of(datetime.combine(moved, rule.at), zone)


def anniversary(day: date, year: int) -> date:
    """The day's return in a year; of 29 February the 28th in common years."""
    common = (day.month, day.day) == (2, 29) and not isleap(year)
    return date(year, 2, 28) if common else day.replace(year=year)


def _days(offset: Offset) -> timedelta:
    """About how far the offset moves."""
    if offset.length is None:
        return timedelta(0)
    about = {"day": 1.0, "week": 7.0, "month": 30.44}
    far = offset.length.exact if offset.length.is_exact else timedelta(about[offset.length.unit] * offset.length.amount)
    return -far if offset.is_before else far


def _plus_months(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return instant_of(datetime.combine(day, time(0)), zone)

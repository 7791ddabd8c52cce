"""Days that are allowed, windows of a day, and dates moved by an offset, each in a zone; it never looks at a clock.

Where the design leaves room: a due instant that falls on a day which is not allowed keeps the wall time it had there
(a gap moves it forward, of a repeated hour it is the first); a window is [start, end) by the local clock, and one that
spans midnight belongs to the day on which it starts; a calendar offset moves the date before its wall time is read, an
exact one is added to the instant; a date returns every year, also before the year that is written.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache

import holidays

from journey_engine.language.catalog import BusinessCalendar
from journey_engine.language.days import Days, Hours, Offset
from tests.reference.wallclock import DAY, instant, local, plus

FURTHEST = 400  # days: an allowed one comes before
IsAllowed = Callable[[date], bool]


def is_workday(day: date, calendar: BusinessCalendar) -> bool:
    """Opened by hand, or from Monday to Friday and neither closed by hand nor a public holiday."""
    if day in calendar.open:
        return True
    public = calendar.country is not None and day in _holidays(calendar.country)
    return day.weekday() < 5 and day not in calendar.closed and not public


@cache
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def allowed(days: Days | None, calendar: BusinessCalendar) -> IsAllowed:
    """The question whether a date is one of these days; every date is, if none are named."""
    if days is None:
        return lambda _: True
    if days.workdays:
        return lambda day: is_workday(day, calendar)
    return lambda day: day.weekday() in days.numbers


def on_allowed(due: datetime, is_allowed: IsAllowed, zone: str) -> datetime:
    """`due`, or the same wall time on the next allowed day."""
    wall = local(due, zone)
    if is_allowed(wall.date()):
        return due
    later = (wall + number * DAY for number in range(1, FURTHEST))
    return instant(next(one for one in later if is_allowed(one.date())), zone)


def window_opens(at: datetime, hours: Hours, is_allowed: IsAllowed, zone: str) -> datetime:
    """`at`, if it lies in the window of an allowed day; else the next instant at which one begins."""
    wall = local(at, zone)
    clock, today = wall.time(), wall.date()
    over_midnight = hours.end <= hours.start
    if clock >= hours.start and (over_midnight or clock < hours.end) and is_allowed(today):
        return at
    if over_midnight and clock < hours.end and is_allowed(today - DAY):
        return at
    days = (today + number * DAY for number in range(-1, FURTHEST))
    begins = (instant(datetime.combine(day, hours.start), zone) for day in days if is_allowed(day))
    return next(begin for begin in begins if begin > at)


def in_year(day: date, year: int) -> date:
    """The day's return in that year; 29 February is the 28th in a common year."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def moved(at: datetime, offset: Offset, zone: str) -> datetime:
    return at if offset.length is None else plus(at, offset.length, zone, -1 if offset.is_before else 1)


def of_day(day: date, offset: Offset, clock: time | None, zone: str) -> datetime:
    """The instant that a date stands for: `offset` from it, at `clock` (None: midnight)."""
    at = datetime.combine(day, clock or time())
    if offset.length is None:
        return instant(at, zone)
    if offset.length.is_exact:
        return moved(instant(at, zone), offset, zone)
    return instant(datetime.combine(local(moved(instant(at, "UTC"), offset, "UTC"), "UTC").date(), at.time()), zone)


def of_time(at: datetime, offset: Offset, clock: time | None, zone: str) -> datetime:
    """The instant that a point in time stands for: `offset` from it, then at `clock` of that day if there is one."""
    there = moved(at, offset, zone)
    return there if clock is None else instant(datetime.combine(local(there, zone).date(), clock), zone)


def returns_at(day: date, offset: Offset, clock: time | None, zone: str, not_before: datetime) -> datetime:
    """The first yearly return whose instant is not before that one."""
    year = local(not_before, zone).year
    reach = 2 + (offset.length.longest // timedelta(days=365) if offset.length else 0)
    years = range(year - reach, year + reach + 1)
    found = (of_day(in_year(day, one), offset, clock, zone) for one in years)
    return next(target for target in found if target >= not_before)

"""Calendar arithmetic in SQL: lengths, clock times and quiet hours in a zone; it never looks at a clock.

Two laws, shared with Python by one table of golden cases: a wall time that does not exist moves forward by the gap, one
that comes twice means the first. Postgres itself keeps the first law and takes the second of a repeated hour.
Instants are timestamptz, `zone` is a text expression that names an IANA zone Postgres knows.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Interval,
    Time,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
)

from journey_engine.language.days import Hours
from journey_engine.language.durations import Duration

INSTANT = DateTime(timezone=True)
WALL = DateTime(timezone=False)
# Longer than any change of summer time in the zone database (Antarctica/Troll: two hours).
_BEFORE = timedelta(hours=3)
_SECOND: ColumnElement[Any] = literal_column("interval '1 second'", Interval)
# What `changes_its_clock` looks at, less a day on each side.
_CENTURY = (datetime(2000, 2, 1, tzinfo=UTC), datetime(2037, 11, 1, tzinfo=UTC))


def interval(length: Duration, sign: int = 1) -> ColumnElement[Any]:
    """The length as a Postgres interval; days and months stay days and months."""
    return cast(literal(f"{sign * length.amount} {length.unit}"), Interval)


def local(at: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The wall time at an instant."""
    return func.timezone(zone, at, type_=WALL)


def local_date(at: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The wall date at an instant."""
    by_wall = cast(local(at, zone), Date)
    name = zone.value if isinstance(zone, BindParameter) else None
    if name is None or changes_its_clock(name):
        return by_wall
    # Sessions run in UTC, so that this is the date there.
    offset = _CENTURY[0].astimezone(ZoneInfo(name)).utcoffset()
    low, high = (literal(bound, INSTANT) for bound in _CENTURY)
    return case((and_(at > low, at < high), cast(at + literal(offset, Interval), Date)), else_=by_wall)


def instant(wall: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The instant of a wall time, the first one where it comes twice."""
    by_postgres = func.timezone(zone, wall, type_=INSTANT)
    before = by_postgres - literal(_BEFORE, Interval)
    offset = local(before, zone) - local(before, literal("UTC"))
    earlier = func.timezone(literal("UTC"), wall - offset, type_=INSTANT)
    same = case((local(earlier, zone) == wall, earlier))
    # Where the clock was not changed in those hours, which is cheap to know, nothing comes twice.
    unchanged = local(before, zone) + literal(_BEFORE, Interval) == wall
    return case((unchanged, by_postgres), else_=func.least(by_postgres, same, type_=INSTANT))


def plus(
    at: ColumnElement[Any], length: Duration, zone: ColumnElement[Any], sign: int = 1, mostly: str | None = None
) -> ColumnElement[Any]:
    """`length` after `at` (`sign` -1: before): elapsed time for minutes and hours, else the same wall time.

    `mostly`: the zone that most rows have. Where a zone's clock is never changed, days are added as elapsed time: each
    look at a zone takes as long as all the rest of a simple step.
    """
    if length.is_exact:
        return at + _elapsed(sign * length.exact)
    by_wall = instant(local(at, zone) + interval(length, sign), zone)
    known = zone.value if isinstance(zone, BindParameter) else mostly
    if length.unit == "month" or known is None or changes_its_clock(known):
        return by_wall
    days = timedelta(days=sign * length.days)
    if abs(days) > _CENTURY[1] - _CENTURY[0]:
        return by_wall
    low, high = max(_CENTURY[0], _CENTURY[0] - days), min(_CENTURY[1], _CENTURY[1] - days)
    plain = and_(at > literal(low, INSTANT), at < literal(high, INSTANT))
    if mostly is not None:
        plain = and_(zone == mostly, plain)
    return case((plain, at + _elapsed(days)), else_=by_wall)


def _elapsed(length: timedelta) -> ColumnElement[Any]:
    """So much time: an interval without days, for which no calendar is asked."""
    return _SECOND * literal(length.total_seconds(), Double)


def start_of(day: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first instant of a local date."""
    return instant(cast(day, WALL), zone)


def period(at: ColumnElement[Any], unit: str, zone: ColumnElement[Any], later: int = 0) -> ColumnElement[Any]:
    """The first instant of the local day, week (from Monday) or month of `at`, or of the `later`-th one after it."""
    first = func.date_trunc(unit, local(at, zone), type_=WALL)
    return instant(first + cast(literal(f"{later} {unit}"), Interval) if later else first, zone)


def next_clock(at: ColumnElement[Any], clock: time, zone: ColumnElement[Any], or_now: bool) -> ColumnElement[Any]:
    """The first instant after `at` (`or_now`: or `at` itself) at which some day's `clock` is in the zone."""
    today = local_date(at, zone)
    time_of_day = literal(clock, Time)
    days = [instant(cast(today + number, WALL) + time_of_day, zone) for number in (0, 1)]
    later = [case((day >= at if or_now else day > at, day)) for day in days]
    return func.least(*later, type_=INSTANT)


def is_quiet(at: ColumnElement[Any], hours: Hours, zone: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the wall time at `at` lies in [start, end), which spans midnight when it does not end after its start."""
    clock = cast(local(at, zone), Time)
    start, end = literal(hours.start, Time), literal(hours.end, Time)
    if hours.end <= hours.start:
        return or_(clock >= start, clock < end)
    return and_(clock >= start, clock < end)


def quiet_end(at: ColumnElement[Any], hours: Hours, zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The end of the quiet hours in which `at` lies."""
    return next_clock(at, hours.end, zone, or_now=False)


@lru_cache(maxsize=64)
def changes_its_clock(zone: str) -> bool:
    """Whether a zone has had, or has announced, different offsets in this century; Asia/Taipei has not."""
    known = ZoneInfo(zone)
    offsets = {
        datetime(year, month, 15, tzinfo=UTC).astimezone(known).utcoffset()
        for year in range(2000, 2038)
        for month in range(1, 13)
    }
    return len(offsets) > 1

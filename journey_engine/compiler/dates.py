"""Instants of dates in SQL: a member's date or an entry's time, moved by an offset, at a clock time; asks no clock."""

from __future__ import annotations

from datetime import time
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Interval, Time, case, cast, extract, func, literal, null

from journey_engine.compiler import calendar, values
from journey_engine.compiler.calendar import INSTANT, WALL
from journey_engine.language.days import Offset

# 2026-03-01T10:00, with seconds, a fraction, and an offset if it has one; the day is asked separately whether it is.
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
    r"(Z|[+-](0[0-9]|1[0-5]):?[0-5][0-9])?$"
)
_WITH_OFFSET = r"(Z|[+-][0-9]{2}:?[0-9]{2})$"
_MIDNIGHT = time()


def moment(written: ColumnElement[Any], business_zone: str) -> ColumnElement[Any]:
    """The instant a text names: with an offset that one, without it the wall time of the business zone; else null."""
    trimmed = func.btrim(written)
    zoned = cast(trimmed, INSTANT)
    local = calendar.instant(cast(trimmed, WALL), literal(business_zone))
    clock = func.substr(trimmed, 12)
    read = case((clock.regexp_match(_WITH_OFFSET), zoned), else_=local)
    exists = values.day(func.left(trimmed, 10)).is_not(None)
    return case((trimmed.regexp_match(_MOMENT), case((exists, read), else_=null())), else_=null())


def of_day(day: ColumnElement[Any], offset: Offset, clock: time | None, zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The local date's `clock` (midnight, if none is said) in the zone, moved by the offset.

    Days and longer move the date, so that the clock time is that of the day reached; hours and minutes count from it.
    """
    time_of_day, length = literal(clock or _MIDNIGHT, Time), offset.length
    sign = -1 if offset.is_before else 1
    if length is not None and not length.is_exact:
        day = cast(day + calendar.interval(length, sign), Date)
    at = calendar.instant(cast(day, WALL) + time_of_day, zone)
    return calendar.plus(at, length, zone, sign) if length is not None and length.is_exact else at


def of_instant(
    at: ColumnElement[Any], offset: Offset, clock: time | None, zone: ColumnElement[Any]
) -> ColumnElement[Any]:
    """The instant moved by the offset; `clock` then replaces its clock time in the zone."""
    moved = at
    if offset.length is not None:
        moved = calendar.plus(at, offset.length, zone, -1 if offset.is_before else 1)
    if clock is None:
        return moved
    return calendar.instant(cast(calendar.local_date(moved, zone), WALL) + literal(clock, Time), zone)


def next_return(
    day: ColumnElement[Any], offset: Offset, clock: time | None, zone: ColumnElement[Any], at: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Of the yearly returns of `day`, each as `of_day` has it, the first not before `at`.

    29 February returns on the 28th of a common year.
    """
    years = -(-offset.length.longest.days // 365) if offset.length is not None else 0
    this_year = cast(extract("year", calendar.local(at, zone)) - extract("year", day), Integer)
    found: list[ColumnElement[Any]] = []
    for more in range(-years - 1, years + 2):
        back = cast(day + func.make_interval(this_year + more, type_=Interval), Date)
        target = of_day(back, offset, clock, zone)
        found.append(case((target >= at, target)))
    return func.least(*found, type_=INSTANT)

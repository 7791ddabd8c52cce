"""Allowed days and daily windows in SQL: the first instant at or after another that lies in them; it looks at no clock.

A day is the local date in the zone. What is moved to another day keeps the clock time it would have had.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Text, Time, and_, case, cast, extract, func, literal, or_
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT, WALL
from journey_engine.language.days import Hours

MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Allowed:
    """Weekdays (0 is Monday), at least one; `moved`: days whose next allowed day is another than weekdays alone say."""

    weekdays: frozenset[int]
    moved: Mapping[date, date] = field(default_factory=dict[date, date])

    @cached_property
    def exceptions(self) -> ColumnElement[Any]:
        """`moved` as one bound value, looked up by the day's text."""
        return literal({f"{day:%Y-%m-%d}": f"{to:%Y-%m-%d}" for day, to in sorted(self.moved.items())}, JSONB)

    def next_day(self, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """The day itself if it is allowed, else the first one after it."""
        steps = [next(more for more in range(7) if (weekday + more) % 7 in self.weekdays) for weekday in range(7)]
        later = [(weekday + 1, more) for weekday, more in enumerate(steps) if more]
        plain = day
        if later:
            weekday = cast(extract("isodow", day), Integer)
            plain = cast(day + case(dict(later), value=weekday, else_=0), Date)
        if not self.moved:
            return plain
        written = self.exceptions.op("->>")(func.to_char(day, "YYYY-MM-DD"))
        return func.coalesce(cast(cast(written, Text), Date), plain, type_=Date)

    def is_allowed(self, day: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether the day is one of them."""
        return self.next_day(day) == day


EVERY_DAY = Allowed(frozenset(range(7)))


def on_days(at: ColumnElement[Any], allowed: Allowed, zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """`at` if its day is allowed, else the same clock time of the next allowed day."""
    wall = calendar.local(at, zone)
    today = cast(wall, Date)
    moved = calendar.instant(cast(allowed.next_day(today), WALL) + cast(wall, Time), zone)
    return case((allowed.is_allowed(today), at), else_=moved)


def in_window(at: ColumnElement[Any], hours: Hours, allowed: Allowed, zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """`at` if it lies in [start, end) of an allowed day, else the next start on one.

    A window that spans midnight belongs to the day on which it starts.
    """
    wall = calendar.local(at, zone)
    today, clock = cast(wall, Date), cast(wall, Time)
    start, end = literal(hours.start, Time), literal(hours.end, Time)
    if hours.end <= hours.start:
        inside = or_(
            and_(clock >= start, allowed.is_allowed(today)),
            and_(clock < end, allowed.is_allowed(cast(today - 1, Date))),
        )
    else:
        inside = and_(clock >= start, clock < end, allowed.is_allowed(today))
    starts = [
        calendar.instant(cast(allowed.next_day(day), WALL) + start, zone) for day in (today, cast(today + 1, Date))
    ]
    later = [case((each > at, each)) for each in starts]
    return case((inside, at), else_=func.least(*later, type_=INSTANT))

"""Spans of time as reports name them (a quarter, a month, a year of the business zone); it reads no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from journey_engine.errors import UsageError


class NoSuchSpan(UsageError):
    """A span of time was named that is none."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is no span of time.", "Write a year (2017), quarter (2017Q4) or month (2017-11).")


@dataclass(frozen=True, slots=True)
class Span:
    """The instants in [since, until), and what people call it."""

    name: str
    since: datetime
    until: datetime


def span(name: str, zone: str) -> Span:
    """The span called `2017`, `2017Q4` or `2017-11`, from local midnight to local midnight. Raises NoSuchSpan."""
    read = re.fullmatch(r"([0-9]{4})(?:-?Q([1-4])|-(0[1-9]|1[0-2]))?", name.strip().upper())
    if read is None or not 1970 <= int(read[1]) <= 9_000:
        raise NoSuchSpan(name)
    first, months = (1, 12) if read[2] is read[3] else (3 * int(read[2]) - 2, 3) if read[2] else (int(read[3]), 1)
    since = date(int(read[1]), first, 1)
    return Span(name.strip().upper(), midnight(since, zone), midnight(later(since, months), zone))


def last_quarter(now: datetime, zone: str) -> Span:
    """The last quarter that is over at `now`."""
    local = now.astimezone(ZoneInfo(zone))
    year, quarter = (local.year, (local.month - 1) // 3) if local.month > 3 else (local.year - 1, 4)
    return span(f"{year}Q{quarter}", zone)


def before(told: Span, zone: str) -> Span:
    """The span of the same kind before it."""
    local = told.since.astimezone(ZoneInfo(zone)).date()
    if "Q" in told.name:
        return last_quarter(told.since, zone)
    if "-" in told.name:
        return span(f"{later(local, -1):%Y-%m}", zone)
    return span(f"{local.year - 1}", zone)


def months(told: Span, zone: str) -> tuple[Span, ...]:
    """The local months that it touches, in order, each of them whole."""
    first = told.since.astimezone(ZoneInfo(zone)).date().replace(day=1)
    found: list[Span] = []
    while midnight(first, zone) < told.until:
        found.append(span(f"{first:%Y-%m}", zone))
        first = later(first, 1)
    return tuple(found)


def later(first: date, count: int) -> date:
    """The first of the month so many months later."""
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(year, month + 1, 1)


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))

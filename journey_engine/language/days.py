"""Days of the week, offsets from a date, spans of hours and rates, as marketers write them; never looks at a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, PlainSerializer

from journey_engine.language.durations import Duration
from journey_engine.language.words import Miswritten, Words, did_you_mean
from journey_engine.language.written import Definition, ReadBy, clock_time

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {"weekdays": frozenset(range(5)), "weekends": frozenset((5, 6))}


@dataclass(frozen=True, slots=True)
class Days:
    """Which days are meant: `numbers` are days of the week (Monday 0), or `workdays`, by the business calendar."""

    numbers: frozenset[int]
    workdays: bool = False

    @property
    def written(self) -> str | list[str]:
        """As it stands in a file."""
        if self.workdays:
            return "workdays"
        for name, numbers in _GROUPS.items():
            if self.numbers == numbers:
                return name
        return [WEEK[number] for number in sorted(self.numbers)]


def _days(value: Any) -> Any:
    if isinstance(value, Days):
        return value
    if value == "workdays":
        return Days(frozenset(range(7)), workdays=True)
    if isinstance(value, str) and value in _GROUPS:
        return Days(_GROUPS[value])
    words = cast("list[Any]", value) if isinstance(value, list) else [value]
    return Days(frozenset(_day(word) for word in words))


def _day(word: Any) -> int:
    text = str(word).lower()
    for names in (WEEK, _LONG):
        if text in names:
            return names.index(text)
    cure = did_you_mean(text, [*WEEK, *_GROUPS, "workdays"])
    raise Miswritten(
        Words(f"「{word}」不是星期幾。", f"“{word}” is not a day of the week."),
        cure or Words("請寫 weekdays、weekends、workdays 或 [mon, thu]。",
                      "Write weekdays, weekends, workdays, or [mon, thu]."),
    )  # fmt: skip


DaysField = Annotated[Days, ReadBy(_days, lambda days: days.written)]


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed length from an instant: `-3 days`, `2 hours`, `0 days` (length None)."""

    length: Duration | None = None
    is_before: bool = False

    def __str__(self) -> str:
        return "0 days" if self.length is None else f"{'-' if self.is_before else ''}{self.length}"


NO_OFFSET = Offset()


def _offset(value: Any) -> Any:
    if isinstance(value, Offset):
        return value
    text = " ".join(str(value).split()).replace("−", "-")
    if re.fullmatch(r"[+-]?0 (minute|hour|day|week|month)s?", text):
        return NO_OFFSET
    match = re.fullmatch(r"([+-]?)\s?([0-9]+ (?:minute|hour|day|week|month)s?)", text)
    if match is None:
        raise Miswritten(
            Words(f"「{value}」不是前後多久。", f"“{value}” is not an offset."),
            Words("之前寫 -3 days，之後寫 2 hours。", "Write -3 days for before, 2 hours for after."),
        )
    return Offset(Duration.read(match[2]), match[1] == "-")


OffsetField = Annotated[Offset, ReadBy(_offset, str)]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many may enter per business day or clock hour."""

    count: int
    per: Literal["day", "hour"]

    def __str__(self) -> str:
        return f"{self.count} per {self.per}"


def _pace(value: Any) -> Any:
    if isinstance(value, Pace):
        return value
    match = re.fullmatch(r"([1-9][0-9]{0,8}) per (day|hour)", " ".join(str(value).split()))
    if match is None:
        raise Miswritten(
            Words(f"「{value}」不是進入的速度。", f"“{value}” is not a pace."),
            Words("例如寫 5000 per day 或 500 per hour。", "Write for example 5000 per day, or 500 per hour."),
        )
    per: Literal["day", "hour"] = match[2]  # type: ignore[assignment]
    return Pace(int(match[1]), per)


PaceField = Annotated[Pace, ReadBy(_pace, str)]


class Hours(Definition):
    """A daily window of wall time in the member's zone, which may span midnight: start <= local time < end."""

    start: time
    end: time


def _hours(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    start, _, end = value.partition("-")
    try:
        return Hours(start=clock_time(start), end=clock_time(end))
    except Miswritten:
        raise Miswritten(
            Words(f"「{value}」不是一段時間。", f"“{value}” is not a span of hours."),
            Words('寫成 "21:00-09:00"。', 'Write it as "21:00-09:00".'),
        ) from None


HoursField = Annotated[
    Hours, BeforeValidator(_hours), PlainSerializer(lambda h: f"{h.start:%H:%M}-{h.end:%H:%M}", return_type=str)
]


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise Miswritten(
            Words(f"「{value}」不是日期。", f"“{value}” is not a date."),
            Words("日期寫成 2026-12-05。", "Write a date as 2026-12-05."),
        ) from None


DateField = Annotated[date, BeforeValidator(_date), PlainSerializer(lambda day: day.isoformat(), return_type=str)]

"""Days, spans of hours and cron schedules in words; it works out no instant."""

from __future__ import annotations

import re

from journey_engine.language.days import Days, Hours, Offset
from journey_engine.language.words import Words
from journey_engine.saying.values import clock, length, listed, weekday

_GROUPS = {
    frozenset(range(5)): Words("平日（週一到週五）", "weekdays"),
    frozenset((5, 6)): Words("週末", "weekends"),
    frozenset(range(7)): Words("每天", "every day"),
}


def days(which: Days) -> Words:
    """`平日（週一到週五）`, `工作日`, `週一或週四` / `weekdays`, `workdays`, `Mon or Thu`."""
    if which.workdays:
        return Words("工作日", "workdays")
    return _GROUPS.get(which.numbers) or listed([weekday(day) for day in sorted(which.numbers)])


def hours(span: Hours) -> str:
    """`10:00–20:00`."""
    return f"{clock(span.start)}–{clock(span.end)}"


def shifted(what: Words, offset: Offset) -> Words:
    """A date moved by an offset: `「生日」前 3 天` / `3 days before birthday`."""
    if offset.length is None:
        return what
    by = length(offset.length)
    zh, en = ("前", "before") if offset.is_before else ("後", "after")
    return Words(f"{what.zh}{zh} {by.zh}", f"{by.en} {en} {what.en}")


def cron(schedule: str) -> Words:
    """`每週一 10:00` / `every Mon at 10:00`; a schedule that is not that plain is shown as it is written."""
    minute, hour, day, month, of_week = schedule.split()
    if not (minute.isdecimal() and hour.isdecimal() and month == "*"):
        return _as_written(schedule)
    at = f"{int(hour):02}:{int(minute):02}"
    if day == "*" and of_week == "*":
        return Words(f"每天 {at}", f"every day at {at}")
    if day == "*" and (numbers := _week(of_week)):
        on = days(Days(frozenset(numbers)))
        return Words(f"每逢{on.zh} {at}" if len(numbers) > 1 else f"每{on.zh} {at}", f"every {on.en} at {at}")
    if of_week == "*" and day.isdecimal():
        return Words(f"每月 {int(day)} 日 {at}", f"on day {int(day)} of every month at {at}")
    return _as_written(schedule)


def _as_written(schedule: str) -> Words:
    return Words(f"依時間表「{schedule}」", f"by the schedule “{schedule}”")


def _week(written: str) -> list[int]:
    """Days of the week (Monday 0) of a cron field such as `1`, `1-5`, `MON,THU`; empty if it is not that plain."""
    names = {name: str(number) for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
    plain = re.sub("[a-z]{3}", lambda found: names.get(found[0], found[0]), written.lower())
    if re.fullmatch(r"[0-7](-[0-7])?(,[0-7](-[0-7])?)*", plain) is None:
        return []
    numbers: set[int] = set()
    for part in plain.split(","):
        first, _, last = part.partition("-")
        numbers |= {(number - 1) % 7 for number in range(int(first), int(last or first) + 1)}
    return sorted(numbers)

"""Literal cases of calendar arithmetic that SQL and Python must both give; it computes nothing.

Every instant is UTC, written out by hand from the zones' published rules. The two laws behind them: a wall time that
does not exist (the clock went forward) moves forward by the gap, a wall time that comes twice means the first one.
Postgres alone takes the second of a repeated hour, which is why this table exists.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


def utc(text: str) -> datetime:
    """The aware instant written as `2026-03-07T15:00:00Z` or `2026-03-07T15:00Z`."""
    return datetime.fromisoformat(text)


class Plus(NamedTuple):
    """`start` plus `length` in `zone` is `result`."""

    why: str
    start: str
    zone: str
    length: str
    result: str


class Window(NamedTuple):
    """A window `within length` asked at `at` in the business zone `zone` begins (exclusively) at `start`."""

    why: str
    at: str
    zone: str
    length: str
    start: str


class NextClock(NamedTuple):
    """The next `clock` in `zone` after `at` is `result`; with `or_now`, `at` itself may be it."""

    why: str
    at: str
    zone: str
    clock: str
    or_now: bool
    result: str


class Quiet(NamedTuple):
    """`at` lies in the quiet `hours` of `zone` until `end`; None: it does not lie in them."""

    why: str
    at: str
    zone: str
    hours: str
    end: str | None


class DaysBetween(NamedTuple):
    """From `earlier` to `later` the local date of `zone` went on by `days`."""

    why: str
    earlier: str
    later: str
    zone: str
    days: int


class OnDays(NamedTuple):
    """`at`, held to the `days` (0 is Monday; None: working days of `country` with `closed` and `opened`), is `result`.

    A day that is not allowed is moved to the next one at the same clock time of `zone`.
    """

    why: str
    at: str
    zone: str
    days: tuple[int, ...] | None
    result: str
    country: str | None = None
    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


class InWindow(NamedTuple):
    """The first instant not before `at` in the daily window `hours` of `zone`, on the `days` (0 is Monday)."""

    why: str
    at: str
    zone: str
    hours: str
    days: tuple[int, ...]
    result: str


class Target(NamedTuple):
    """A `date` with `offset`, at the clock time `clock`, is `result`; `at`: when it is asked (for `yearly`)."""

    why: str
    date: str
    zone: str
    offset: str | None
    clock: str | None
    result: str
    yearly_from: str | None = None


NEW_YORK = "America/New_York"  # 2026: 8 March 02:00 -> 03:00 (07:00Z); 1 November 02:00 -> 01:00 (06:00Z)
LONDON = "Europe/London"  # 2026: 29 March 01:00 -> 02:00 (01:00Z); 25 October 02:00 -> 01:00 (01:00Z)
TAIPEI = "Asia/Taipei"  # UTC+8, never changes
LORD_HOWE = "Australia/Lord_Howe"  # 2026: 5 April 02:00+11 -> 01:30+10:30; 4 October 02:00+10:30 -> 02:30+11
APIA = "Pacific/Apia"  # 2011: after 29 December (UTC-10) came 31 December (UTC+14)

PLUS = (
    Plus("a plain day", "2026-03-07T16:30:00Z", TAIPEI, "3 days", "2026-03-10T16:30:00Z"),
    Plus("minutes are exact", "2026-03-08T06:50:00Z", NEW_YORK, "90 minutes", "2026-03-08T08:20:00Z"),
    Plus("hours are exact across the gap", "2026-03-07T15:00:00Z", NEW_YORK, "24 hours", "2026-03-08T15:00:00Z"),
    Plus("a day keeps 10:00 across the gap", "2026-03-07T15:00:00Z", NEW_YORK, "1 day", "2026-03-08T14:00:00Z"),
    Plus("02:30 does not exist: 03:30", "2026-03-07T07:30:00Z", NEW_YORK, "1 day", "2026-03-08T07:30:00Z"),
    Plus("the gap's first minute: 03:00", "2026-03-07T07:00:00Z", NEW_YORK, "1 day", "2026-03-08T07:00:00Z"),
    Plus("the minute after the gap", "2026-03-07T08:00:00Z", NEW_YORK, "1 day", "2026-03-08T07:00:00Z"),
    Plus("01:30 comes twice: the first", "2026-10-31T05:30:00Z", NEW_YORK, "1 day", "2026-11-01T05:30:00Z"),
    Plus("from the first 01:30", "2026-11-01T05:30:00Z", NEW_YORK, "1 day", "2026-11-02T06:30:00Z"),
    Plus("from the second 01:30", "2026-11-01T06:30:00Z", NEW_YORK, "1 day", "2026-11-02T06:30:00Z"),
    Plus("02:00 comes once", "2026-10-31T06:00:00Z", NEW_YORK, "1 day", "2026-11-01T07:00:00Z"),
    Plus("a week keeps 10:00 across autumn", "2026-10-28T14:00:00Z", NEW_YORK, "1 week", "2026-11-04T15:00:00Z"),
    Plus("two weeks into the gap", "2026-02-22T07:30:00Z", NEW_YORK, "2 weeks", "2026-03-08T07:30:00Z"),
    Plus("31 January: 28 February", "2026-01-31T15:00:00Z", NEW_YORK, "1 month", "2026-02-28T15:00:00Z"),
    Plus("a month keeps 10:00 across the gap", "2026-02-20T15:00:00Z", NEW_YORK, "1 month", "2026-03-20T14:00:00Z"),
    Plus("a month into the repeated hour", "2026-10-01T05:15:00Z", NEW_YORK, "1 month", "2026-11-01T05:15:00Z"),
    Plus("31 January in a leap year", "2028-01-31T02:00:00Z", TAIPEI, "1 month", "2028-02-29T02:00:00Z"),
    Plus("29 February a year on", "2028-02-29T02:00:00Z", TAIPEI, "12 months", "2029-02-28T02:00:00Z"),
    Plus("the month end is the local one", "2026-01-30T17:00:00Z", TAIPEI, "1 month", "2026-02-27T17:00:00Z"),
    Plus("31 August and six months", "2026-08-31T02:00:00Z", TAIPEI, "6 months", "2027-02-28T02:00:00Z"),
    Plus("01:30 does not exist: 02:30", "2026-03-28T01:30:00Z", LONDON, "1 day", "2026-03-29T01:30:00Z"),
    Plus("09:00 across the gap", "2026-03-28T09:00:00Z", LONDON, "1 day", "2026-03-29T08:00:00Z"),
    Plus("01:30 comes twice: the first", "2026-10-24T00:30:00Z", LONDON, "1 day", "2026-10-25T00:30:00Z"),
    Plus("from the second 01:30", "2026-10-25T01:30:00Z", LONDON, "1 day", "2026-10-26T01:30:00Z"),
    Plus("half an hour is missing", "2026-10-02T15:45:00Z", LORD_HOWE, "1 day", "2026-10-03T15:45:00Z"),
    Plus("10:00 after half an hour", "2026-10-02T23:30:00Z", LORD_HOWE, "1 day", "2026-10-03T23:00:00Z"),
    Plus("half an hour comes twice", "2026-04-03T14:45:00Z", LORD_HOWE, "1 day", "2026-04-04T14:45:00Z"),
    Plus("02:00 after the repeated half", "2026-04-03T15:00:00Z", LORD_HOWE, "1 day", "2026-04-04T15:30:00Z"),
    Plus("30 December 2011 was not there", "2011-12-29T20:00:00Z", APIA, "1 day", "2011-12-30T20:00:00Z"),
    Plus("31 December 2011 was the next day", "2011-12-29T20:00:00Z", APIA, "2 days", "2011-12-30T20:00:00Z"),
    Plus("three days over the missing one", "2011-12-29T20:00:00Z", APIA, "3 days", "2011-12-31T20:00:00Z"),
)

WINDOWS = (
    Window("a plain window", "2026-03-10T02:00:00Z", TAIPEI, "7 days", "2026-03-03T02:00:00Z"),
    Window("hours are exact", "2026-03-09T14:00:00Z", NEW_YORK, "36 hours", "2026-03-08T02:00:00Z"),
    Window("10:00 two days ago, before the gap", "2026-03-09T14:00:00Z", NEW_YORK, "2 days", "2026-03-07T15:00:00Z"),
    Window("02:30 yesterday was 03:30", "2026-03-09T06:30:00Z", NEW_YORK, "1 day", "2026-03-08T07:30:00Z"),
    Window("01:30 yesterday: the first", "2026-11-02T06:30:00Z", NEW_YORK, "1 day", "2026-11-01T05:30:00Z"),
    Window("four weeks before", "2026-11-20T15:00:00Z", NEW_YORK, "4 weeks", "2026-10-23T14:00:00Z"),
    Window("a month before 31 March", "2026-03-31T02:00:00Z", TAIPEI, "1 month", "2026-02-28T02:00:00Z"),
    Window("a month before 31 March, leap year", "2028-03-31T02:00:00Z", TAIPEI, "1 month", "2028-02-29T02:00:00Z"),
    Window("02:15 yesterday, half an hour missing", "2026-10-04T15:15:00Z", LORD_HOWE, "1 day", "2026-10-03T15:45:00Z"),
)

NEXT_CLOCKS = (
    NextClock("later the same day", "2026-03-01T01:00:00Z", TAIPEI, "10:00", False, "2026-03-01T02:00:00Z"),
    NextClock("already past", "2026-03-01T13:00:00Z", TAIPEI, "10:00", False, "2026-03-02T02:00:00Z"),
    NextClock("exactly now, strictly after", "2026-03-01T02:00:00Z", TAIPEI, "10:00", False, "2026-03-02T02:00:00Z"),
    NextClock("exactly now will do", "2026-03-01T02:00:00Z", TAIPEI, "10:00", True, "2026-03-01T02:00:00Z"),
    NextClock("a microsecond late", "2026-03-01T02:00:00.000001Z", TAIPEI, "10:00", True, "2026-03-02T02:00:00Z"),
    NextClock("the local day is not UTC's", "2026-03-01T15:50:00Z", TAIPEI, "23:55", True, "2026-03-01T15:55:00Z"),
    NextClock("midnight", "2026-03-01T15:50:00Z", TAIPEI, "00:00", True, "2026-03-01T16:00:00Z"),
    NextClock("across the gap", "2026-03-07T15:00:00Z", NEW_YORK, "10:00", False, "2026-03-08T14:00:00Z"),
    NextClock("02:30 does not exist", "2026-03-08T05:00:00Z", NEW_YORK, "02:30", False, "2026-03-08T07:30:00Z"),
    NextClock(
        "02:30 is still to come at 03:10", "2026-03-08T07:10:00Z", NEW_YORK, "02:30", True, "2026-03-08T07:30:00Z"
    ),
    NextClock("before the first 01:30", "2026-11-01T05:00:00Z", NEW_YORK, "01:30", True, "2026-11-01T05:30:00Z"),
    NextClock(
        "after the first: not the second", "2026-11-01T05:40:00Z", NEW_YORK, "01:30", True, "2026-11-02T06:30:00Z"
    ),
    NextClock("in the second 01:10", "2026-11-01T06:10:00Z", NEW_YORK, "01:30", True, "2026-11-02T06:30:00Z"),
    NextClock("01:30 moves to 02:30", "2026-03-29T00:10:00Z", LONDON, "01:30", True, "2026-03-29T01:30:00Z"),
    NextClock("02:15 moves to 02:45", "2026-10-03T15:00:00Z", LORD_HOWE, "02:15", True, "2026-10-03T15:45:00Z"),
    NextClock("the missing day's 10:00", "2011-12-29T21:00:00Z", APIA, "10:00", True, "2011-12-30T20:00:00Z"),
)

QUIETS = (
    Quiet("the first minute", "2026-03-01T13:00:00Z", TAIPEI, "21:00-09:00", "2026-03-02T01:00:00Z"),
    Quiet("the minute before", "2026-03-01T12:59:59Z", TAIPEI, "21:00-09:00", None),
    Quiet("after midnight", "2026-03-01T17:00:00Z", TAIPEI, "21:00-09:00", "2026-03-02T01:00:00Z"),
    Quiet("the last moment", "2026-03-02T00:59:59Z", TAIPEI, "21:00-09:00", "2026-03-02T01:00:00Z"),
    Quiet("the end is open", "2026-03-02T01:00:00Z", TAIPEI, "21:00-09:00", None),
    Quiet("a window within one day", "2026-03-01T05:00:00Z", TAIPEI, "12:00-14:00", "2026-03-01T06:00:00Z"),
    Quiet("outside of it in the night", "2026-03-01T18:00:00Z", TAIPEI, "12:00-14:00", None),
    Quiet("a night with a gap", "2026-03-08T06:00:00Z", NEW_YORK, "21:00-09:00", "2026-03-08T13:00:00Z"),
    Quiet("a night with a repeated hour", "2026-11-01T06:30:00Z", NEW_YORK, "21:00-09:00", "2026-11-01T14:00:00Z"),
    Quiet("the end falls into the gap", "2026-03-08T06:00:00Z", NEW_YORK, "23:00-02:30", "2026-03-08T07:30:00Z"),
    Quiet(
        "the first 01:10 until the first 01:30", "2026-11-01T05:10:00Z", NEW_YORK, "23:00-01:30", "2026-11-01T05:30:00Z"
    ),
)

DAYS_BETWEENS = (
    DaysBetween("the same local day", "2026-03-01T02:00:00Z", "2026-03-01T15:59:59Z", TAIPEI, 0),
    DaysBetween("a second over midnight", "2026-03-01T15:59:59Z", "2026-03-01T16:00:00Z", TAIPEI, 1),
    DaysBetween("a day of 23 hours", "2026-03-08T04:59:00Z", "2026-03-09T03:59:00Z", NEW_YORK, 1),
    DaysBetween("nearly two days, one date", "2026-03-01T16:00:00Z", "2026-03-03T15:59:59Z", TAIPEI, 1),
    DaysBetween("the missing day counts", "2011-12-29T20:00:00Z", "2011-12-30T20:00:00Z", APIA, 2),
)

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WEEKDAYS = (0, 1, 2, 3, 4)

# Taiwan 2026: the new year's holidays are 15 to 20 February (Sunday to Friday), 23 February is the first Monday after.
ON_DAYS = (
    OnDays("a Monday is a weekday", "2026-03-02T02:00Z", TAIPEI, WEEKDAYS, "2026-03-02T02:00Z"),
    OnDays("Saturday 10:00: Monday 10:00", "2026-03-07T02:00Z", TAIPEI, WEEKDAYS, "2026-03-09T02:00Z"),
    OnDays("Sunday 23:59: Monday 23:59", "2026-03-08T15:59Z", TAIPEI, WEEKDAYS, "2026-03-09T15:59Z"),
    OnDays("the local day is not UTC's: Saturday", "2026-03-06T16:30Z", TAIPEI, WEEKDAYS, "2026-03-08T16:30Z"),
    OnDays("Monday to the weekend", "2026-03-02T02:00Z", TAIPEI, (5, 6), "2026-03-07T02:00Z"),
    OnDays("Tuesday to Thursday", "2026-03-03T02:00Z", TAIPEI, (0, 3), "2026-03-05T02:00Z"),
    OnDays("Friday to Monday", "2026-03-06T02:00Z", TAIPEI, (0, 3), "2026-03-09T02:00Z"),
    OnDays("one day a week, the day after", "2026-03-03T02:00Z", TAIPEI, (0,), "2026-03-09T02:00Z"),
    OnDays("10:00 across the gap", "2026-03-07T15:00Z", NEW_YORK, WEEKDAYS, "2026-03-09T14:00Z"),
    OnDays("02:30 of a gap: 03:30", "2026-03-07T07:30Z", NEW_YORK, (6,), "2026-03-08T07:30Z"),
    OnDays("01:30 of a repeat: the first", "2026-10-31T05:30Z", NEW_YORK, (6,), "2026-11-01T05:30Z"),
    OnDays("the second 01:30 of an allowed day", "2026-11-01T06:30Z", NEW_YORK, (6,), "2026-11-01T06:30Z"),
    OnDays("no country: weekends only", "2026-02-16T02:00Z", TAIPEI, None, "2026-02-16T02:00Z"),
    OnDays("new year's eve in Taiwan", "2026-02-16T02:00Z", TAIPEI, None, "2026-02-23T02:00Z", "TW"),
    OnDays("the Saturday before it", "2026-02-14T02:00Z", TAIPEI, None, "2026-02-23T02:00Z", "TW"),
    OnDays("the Friday before it", "2026-02-13T02:00Z", TAIPEI, None, "2026-02-13T02:00Z", "TW"),
    OnDays("a worked Saturday of 2000", "2000-04-08T02:00Z", TAIPEI, None, "2000-04-08T02:00Z", "TW"),
    OnDays(
        "closed by name", "2026-03-02T02:00Z", TAIPEI, None, "2026-03-04T02:00Z", None,
        ("2026-03-02", "2026-03-03"),
    ),
    OnDays(
        "open by name on a holiday", "2026-02-16T02:00Z", TAIPEI, None, "2026-02-18T02:00Z", "TW", (),
        ("2026-02-18",),
    ),
    OnDays(
        "open by name on a Saturday", "2026-03-07T02:00Z", TAIPEI, None, "2026-03-07T02:00Z", "TW", (),
        ("2026-03-07",),
    ),
    OnDays("beyond the known years: weekends", "2061-01-01T02:00Z", TAIPEI, None, "2061-01-03T02:00Z", "TW"),
)  # fmt: skip

IN_WINDOWS = (
    InWindow("inside", "2026-03-02T03:00Z", TAIPEI, "10:00-20:00", EVERY_DAY, "2026-03-02T03:00Z"),
    InWindow("at its start", "2026-03-02T02:00Z", TAIPEI, "10:00-20:00", EVERY_DAY, "2026-03-02T02:00Z"),
    InWindow("before it", "2026-03-02T01:59:59Z", TAIPEI, "10:00-20:00", EVERY_DAY, "2026-03-02T02:00Z"),
    InWindow("its end is open", "2026-03-02T12:00Z", TAIPEI, "10:00-20:00", EVERY_DAY, "2026-03-03T02:00Z"),
    InWindow("its last moment", "2026-03-02T11:59:59Z", TAIPEI, "10:00-20:00", EVERY_DAY, "2026-03-02T11:59:59Z"),
    InWindow("inside on Saturday", "2026-03-07T03:00Z", TAIPEI, "10:00-20:00", WEEKDAYS, "2026-03-09T02:00Z"),
    InWindow("Friday after its end", "2026-03-06T12:30Z", TAIPEI, "10:00-20:00", WEEKDAYS, "2026-03-09T02:00Z"),
    InWindow("Sunday before midnight", "2026-03-08T15:00Z", TAIPEI, "22:00-02:00", (6,), "2026-03-08T15:00Z"),
    InWindow("Sunday.s after midnight", "2026-03-08T17:00Z", TAIPEI, "22:00-02:00", (6,), "2026-03-08T17:00Z"),
    InWindow("Saturday's night is not Sunday's", "2026-03-07T17:00Z", TAIPEI, "22:00-02:00", (6,), "2026-03-08T14:00Z"),
    InWindow("it starts in the gap", "2026-03-08T06:30Z", NEW_YORK, "02:30-05:00", EVERY_DAY, "2026-03-08T07:30Z"),
    InWindow("in the first of a repeat", "2026-11-01T05:10Z", NEW_YORK, "01:00-01:30", EVERY_DAY, "2026-11-01T05:10Z"),
    InWindow("in the second of a repeat", "2026-11-01T06:10Z", NEW_YORK, "01:00-01:30", EVERY_DAY, "2026-11-01T06:10Z"),
    InWindow("the first has passed", "2026-11-01T05:40Z", NEW_YORK, "01:00-01:30", EVERY_DAY, "2026-11-02T06:00Z"),
    InWindow("across the gap to Monday", "2026-03-07T23:00Z", NEW_YORK, "10:00-17:00", WEEKDAYS, "2026-03-09T14:00Z"),
)  # fmt: skip

TARGETS = (
    Target("midnight of the member", "2026-03-10", TAIPEI, None, None, "2026-03-09T16:00Z"),
    Target("at ten", "2026-03-10", TAIPEI, None, "10:00", "2026-03-10T02:00Z"),
    Target("three days before, at ten", "2026-03-10", TAIPEI, "-3 days", "10:00", "2026-03-07T02:00Z"),
    Target("a month after the 31st", "2026-01-31", TAIPEI, "1 month", "10:00", "2026-02-28T02:00Z"),
    Target("two hours before ten", "2026-03-10", TAIPEI, "-2 hours", "10:00", "2026-03-10T00:00Z"),
    Target("two hours before midnight", "2026-03-10", TAIPEI, "-2 hours", None, "2026-03-09T14:00Z"),
    Target("a day before, across the gap", "2026-03-09", NEW_YORK, "-1 day", "10:00", "2026-03-08T14:00Z"),
    Target("02:30 does not exist", "2026-03-09", NEW_YORK, "-1 day", "02:30", "2026-03-08T07:30Z"),
    Target("01:30 comes twice: the first", "2026-11-01", NEW_YORK, None, "01:30", "2026-11-01T05:30Z"),
    Target("this year's is to come", "1990-05-20", TAIPEI, None, "10:00", "2026-05-20T02:00Z", "2026-03-01T00:00Z"),
    Target("exactly now is not past", "1990-03-01", TAIPEI, None, "10:00", "2026-03-01T02:00Z", "2026-03-01T02:00Z"),
    Target("this year's has passed", "1990-03-01", TAIPEI, None, "10:00", "2027-03-01T02:00Z", "2026-03-01T02:00:01Z"),
    Target("29 February, common year", "2000-02-29", TAIPEI, None, "10:00", "2026-02-28T02:00Z", "2026-01-01T00:00Z"),
    Target("29 February, leap year", "2000-02-29", TAIPEI, None, "10:00", "2028-02-29T02:00Z", "2027-03-01T00:00Z"),
    Target("a year before", "1990-01-02", TAIPEI, "-3 days", "10:00", "2026-12-30T02:00Z", "2026-12-01T00:00Z"),
    Target("a year after", "1990-12-30", TAIPEI, "1 week", "10:00", "2027-01-06T02:00Z", "2026-12-31T00:00Z"),
    Target("over a year before", "1990-03-10", TAIPEI, "-14 months", "10:00", "2027-01-10T02:00Z", "2026-03-01T00:00Z"),
)  # fmt: skip

# A text as an instant in the business zone of Taipei, New York for those that say so; None: it is none.
MOMENTS = (
    ("2026-03-01T10:00", TAIPEI, "2026-03-01T02:00:00Z"),
    ("2026-03-01 10:00", TAIPEI, "2026-03-01T02:00:00Z"),
    (" 2026-03-01T10:00:30.250 ", TAIPEI, "2026-03-01T02:00:30.250000Z"),
    ("2026-03-01T10:00Z", TAIPEI, "2026-03-01T10:00:00Z"),
    ("2026-03-01T10:00:00-05:00", TAIPEI, "2026-03-01T15:00:00Z"),
    ("2026-03-01T10:00+0530", TAIPEI, "2026-03-01T04:30:00Z"),
    ("2026-03-08T02:30", NEW_YORK, "2026-03-08T07:30:00Z"),
    ("2026-11-01T01:30", NEW_YORK, "2026-11-01T05:30:00Z"),
    ("2026-03-01", TAIPEI, None),
    ("2026-02-29T10:00", TAIPEI, None),
    ("2026-03-01T24:00", TAIPEI, None),
    ("2026-03-01T10:60", TAIPEI, None),
    ("2026-03-01T10:00+25:00", TAIPEI, None),
    ("0000-03-01T10:00", TAIPEI, None),
    ("", TAIPEI, None),
)

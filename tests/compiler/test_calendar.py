"""SQL's calendar against the literal cases it shares with Python."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Date, Engine, cast, literal, select

from journey_engine.compiler import calendar, dates
from journey_engine.compiler.days import MONDAY_TO_FRIDAY, Allowed, in_window, on_days
from journey_engine.language.days import Hours
from journey_engine.language.durations import Duration
from journey_engine.language.verbs import DateOf
from journey_engine.language.workdays import moved_days
from tests.golden.calendar_cases import (
    DAYS_BETWEENS,
    IN_WINDOWS,
    MOMENTS,
    NEXT_CLOCKS,
    ON_DAYS,
    PLUS,
    QUIETS,
    TARGETS,
    WINDOWS,
    utc,
)


def instant(text):
    return literal(utc(text), calendar.INSTANT)


def hours(text):
    start, end = map(time.fromisoformat, text.split("-"))
    return Hours(start=start, end=end)


def rows(database: Engine, expressions):
    with database.connect() as connection:
        return [connection.execute(select(expression)).scalar_one() for expression in expressions]


def test_lengths_are_added_as_the_table_says(database):
    sums = [calendar.plus(instant(case.start), Duration.read(case.length), literal(case.zone)) for case in PLUS]
    assert rows(database, sums) == [utc(case.result) for case in PLUS]


def test_windows_begin_as_the_table_says(database):
    starts = [calendar.plus(instant(case.at), Duration.read(case.length), literal(case.zone), -1) for case in WINDOWS]
    assert rows(database, starts) == [utc(case.start) for case in WINDOWS]


def test_clock_times_come_as_the_table_says(database):
    clocks = [
        calendar.next_clock(instant(case.at), time.fromisoformat(case.clock), literal(case.zone), case.or_now)
        for case in NEXT_CLOCKS
    ]
    assert rows(database, clocks) == [utc(case.result) for case in NEXT_CLOCKS]


def test_quiet_hours_end_as_the_table_says(database):
    asked = [(case, hours(case.hours)) for case in QUIETS]
    quiet = [calendar.is_quiet(instant(case.at), span, literal(case.zone)) for case, span in asked]
    assert rows(database, quiet) == [case.end is not None for case in QUIETS]
    ends = [calendar.quiet_end(instant(case.at), span, literal(case.zone)) for case, span in asked if case.end]
    assert rows(database, ends) == [utc(case.end) for case in QUIETS if case.end]


def test_local_dates_go_on_as_the_table_says(database):
    days = [
        calendar.local_date(instant(case.later), literal(case.zone))
        - calendar.local_date(instant(case.earlier), literal(case.zone))
        for case in DAYS_BETWEENS
    ]
    assert rows(database, days) == [case.days for case in DAYS_BETWEENS]


@pytest.mark.parametrize(("zone", "expected"), [("Asia/Taipei", False), ("America/New_York", True), ("UTC", False)])
def test_zones_with_summer_time_are_known(zone, expected):
    assert calendar.changes_its_clock(zone) is expected


def allowed_days(case):
    if case.days is not None:
        return Allowed(frozenset(case.days))
    closed, opened = (frozenset(map(date.fromisoformat, days)) for days in (case.closed, case.opened))
    return Allowed(MONDAY_TO_FRIDAY, moved_days(case.country, closed, opened))


def test_instants_are_held_to_allowed_days_as_the_table_says(database):
    held = [on_days(instant(case.at), allowed_days(case), literal(case.zone)) for case in ON_DAYS]
    assert rows(database, held) == [utc(case.result) for case in ON_DAYS]


def next_workday(day, country, closed, opened):
    plain = day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())
    return moved_days(country, frozenset(closed), frozenset(opened)).get(day, plain)


def test_working_days_in_python_are_those_of_sql():
    for case in ON_DAYS:
        if case.days is None:
            closed, opened = (map(date.fromisoformat, days) for days in (case.closed, case.opened))
            zone = ZoneInfo(case.zone)
            day = utc(case.at).astimezone(zone).date()
            assert next_workday(day, case.country, closed, opened) == utc(case.result).astimezone(zone).date(), case.why


def test_windows_of_the_day_open_as_the_table_says(database):
    asked = [
        in_window(instant(case.at), hours(case.hours), Allowed(frozenset(case.days)), literal(case.zone))
        for case in IN_WINDOWS
    ]
    assert rows(database, asked) == [utc(case.result) for case in IN_WINDOWS]


def test_dates_with_offsets_are_as_the_table_says(database):
    asked = [target(case) for case in TARGETS]
    assert rows(database, asked) == [utc(case.result) for case in TARGETS]


def target(case):
    clock = time.fromisoformat(case.clock) if case.clock else None
    offset = DateOf(date="birthday", **({"offset": case.offset} if case.offset else {})).offset
    day = cast(literal(case.date), Date)
    if case.yearly_from is None:
        return dates.of_day(day, offset, clock, literal(case.zone))
    return dates.next_return(day, offset, clock, literal(case.zone), instant(case.yearly_from))


def test_texts_are_instants_as_the_table_says(database):
    asked = [dates.moment(literal(text), zone) for text, zone, _ in MOMENTS]
    assert rows(database, asked) == [result and utc(result) for _, _, result in MOMENTS]

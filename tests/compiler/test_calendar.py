"""SQL's calendar against the literal cases it shares with Python."""

from datetime import time

import pytest
from sqlalchemy import Engine, literal, select

from journey_engine.compiler import calendar
from journey_engine.language.days import Hours
from journey_engine.language.durations import Duration
from tests.golden.calendar_cases import DAYS_BETWEENS, NEXT_CLOCKS, PLUS, QUIETS, WINDOWS, utc


def instant(text):
    return literal(utc(text), calendar.INSTANT)


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
    spans = [[time.fromisoformat(clock) for clock in case.hours.split("-")] for case in QUIETS]
    hours = [Hours(start=start, end=end) for start, end in spans]
    asked = list(zip(QUIETS, hours, strict=True))
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

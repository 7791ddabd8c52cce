"""The reference's calendar against the literal cases it shares with SQL."""

from datetime import time

import pytest

from journey_engine.language.days import Hours
from journey_engine.language.durations import Duration
from tests.golden.calendar_cases import DAYS_BETWEENS, NEXT_CLOCKS, PLUS, QUIETS, WINDOWS, utc
from tests.reference.wallclock import days_between, next_clock, plus, quiet_until


def test_lengths_are_added_as_the_table_says():
    got = [plus(utc(case.start), Duration.read(case.length), case.zone) for case in PLUS]
    assert got == [utc(case.result) for case in PLUS]


def test_windows_begin_as_the_table_says():
    got = [plus(utc(case.at), Duration.read(case.length), case.zone, -1) for case in WINDOWS]
    assert got == [utc(case.start) for case in WINDOWS]


def test_clock_times_come_as_the_table_says():
    got = [next_clock(utc(case.at), time.fromisoformat(case.clock), case.zone, case.or_now) for case in NEXT_CLOCKS]
    assert got == [utc(case.result) for case in NEXT_CLOCKS]


@pytest.mark.parametrize("case", QUIETS, ids=lambda case: case.why)
def test_quiet_hours_end_as_the_table_says(case):
    start, end = case.hours.split("-")
    hours = Hours(start=time.fromisoformat(start), end=time.fromisoformat(end))
    assert quiet_until(utc(case.at), hours, case.zone) == (utc(case.end) if case.end else None)


def test_local_dates_go_on_as_the_table_says():
    got = [days_between(utc(case.earlier), utc(case.later), case.zone) for case in DAYS_BETWEENS]
    assert got == [case.days for case in DAYS_BETWEENS]

"""The months of a span are those it touches, whether it begins and ends with them or within them."""

from __future__ import annotations

from datetime import UTC, datetime

from journey_engine.measures.spans import Span, months, span

TAIPEI = "Asia/Taipei"


def test_a_quarter_has_its_three_months() -> None:
    assert [each.name for each in months(span("2026Q4", TAIPEI), TAIPEI)] == ["2026-10", "2026-11", "2026-12"]


def test_an_hour_of_a_day_lies_in_one_month() -> None:
    hour = Span("x", datetime(2026, 11, 20, 4, tzinfo=UTC), datetime(2026, 11, 20, 5, tzinfo=UTC))
    assert [each.name for each in months(hour, TAIPEI)] == ["2026-11"]


def test_the_first_hours_of_a_month_are_of_that_month() -> None:
    weeks = Span("x", datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 10, 31, 17, tzinfo=UTC))  # 1:00 on 1 November
    assert [each.name for each in months(weeks, TAIPEI)] == ["2026-10", "2026-11"]

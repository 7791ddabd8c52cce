"""Purchases by local month, cohorts and repurchase: equal to plain pandas on two shops' real years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from journey_engine.language.catalog import Schema
from journey_engine.measures.buying import bought, bought_event, by_month, covered_to
from journey_engine.measures.cohorts import cohorts
from journey_engine.measures.spans import NoSuchSpan, before, last_quarter, months, span
from tests.compiler.rows import SCHEMA, world
from tests.real_years import NEW_YORK, Year, as_rows


@pytest.fixture(params=["grocer", "gift_shop"])
def year(request: pytest.FixtureRequest) -> Year:
    return request.getfixturevalue(request.param)


def with_firsts(year: Year) -> Any:
    """The frame with each purchase's month as a number, and that of the member's first one."""
    frame = year.frame.assign(month=year.frame["local"].dt.year * 12 + year.frame["local"].dt.month - 1)
    return frame.assign(first=frame.groupby("who")["month"].transform("min"))


def test_a_year_is_told_in_store_time_and_not_in_utc(grocer: Year) -> None:
    said = span("2017", NEW_YORK)
    assert grocer.ask(bought, said, grocer.now).purchases == 155_848
    in_utc = Year(grocer.engine, world(zone="UTC", feeds={"till": "purchase"}), grocer.frame, grocer.now)
    assert in_utc.ask(bought, span("2017", "UTC"), grocer.now).purchases == 155_762


def test_every_months_purchases_buyers_and_value_are_those_of_pandas(year: Year) -> None:
    frame = with_firsts(year)
    each = frame.groupby("month").agg(n=("value", "size"), who=("who", "nunique"), value=("value", "sum"))
    new = frame[frame["month"] == frame["first"]].groupby("month")["who"].nunique()
    wanted = [
        (f"{month // 12}-{month % 12 + 1:02}", row.n, row.who, int(new.get(month, 0)), pytest.approx(row.value))
        for month, row in each.iterrows()
    ]
    found = year.ask(by_month, year.now)
    assert as_rows(found) == wanted
    assert [month.is_whole for month in found[-2:]] == [True, year.now.year == 2018]


def test_cohorts_are_those_of_pandas(year: Year) -> None:
    frame = with_firsts(year)
    frame = frame[frame["month"] <= frame["month"].max() - (year.now.year == 2011)]  # December 2011 is not over
    frame = frame.assign(since=frame["month"] - frame["first"])
    wanted = frame.pivot_table(index="first", columns="since", values="who", aggfunc="nunique", fill_value=0)
    spent = frame.pivot_table(index="first", columns="since", values="value", aggfunc="sum", fill_value=0)
    found = year.ask(cohorts, year.now)
    assert found.through == (date(2017, 12, 1) if year.now.year == 2018 else date(2011, 11, 1))
    assert len(found.cohorts) == len(wanted)
    for cohort, (first, row), (_, value) in zip(found.cohorts, wanted.iterrows(), spent.iterrows(), strict=True):
        ages = frame["month"].max() - first + 1
        assert (cohort.month.year * 12 + cohort.month.month - 1, cohort.members) == (first, row[0])
        assert cohort.active == tuple(int(count) for count in row[:ages])
        assert [float(each) for each in cohort.value] == pytest.approx(list(value[:ages]))
        assert float(cohort.spent_each[-1]) == pytest.approx(value.sum() / row[0])
        assert cohort.retention[0] == 1


def test_a_month_is_whole_only_when_its_purchases_have_arrived(grocer: Year) -> None:
    early = datetime(2017, 6, 15, tzinfo=UTC)
    assert [month.is_whole for month in grocer.ask(by_month, early)] == [True] * 5 + [False]
    assert grocer.ask(covered_to, early) == early
    assert grocer.ask(cohorts, early).through == date(2017, 5, 1)


def test_the_purchase_is_what_rfm_counts_or_else_what_has_money_and_a_key() -> None:
    assert bought_event(world()) == "purchase"
    other = world().model_copy(
        update={"schema_": Schema.model_validate({**SCHEMA, "rfm": {"event": "refund", "within": "90 days"}})}
    )
    assert bought_event(other) == "refund"
    none = world().model_copy(update={"schema_": Schema.model_validate({"attributes": {}, "events": {"visit": {}}})})
    assert bought_event(none) is None


def test_spans_are_local_and_know_the_one_before_and_their_months() -> None:
    quarter = span("2017q4", NEW_YORK)
    assert (quarter.since.astimezone(UTC), quarter.until.astimezone(UTC)) == (
        datetime(2017, 10, 1, 4, tzinfo=UTC), datetime(2018, 1, 1, 5, tzinfo=UTC),
    )  # fmt: skip
    assert [each.name for each in months(quarter, NEW_YORK)] == ["2017-10", "2017-11", "2017-12"]
    assert [before(span(name, NEW_YORK), NEW_YORK).name for name in ("2017Q4", "2017Q1", "2017-01", "2017")] == [
        "2017Q3", "2016Q4", "2016-12", "2016",
    ]  # fmt: skip
    assert last_quarter(datetime(2018, 1, 1, 4, tzinfo=UTC), NEW_YORK).name == "2017Q3"
    assert last_quarter(datetime(2018, 1, 1, 5, tzinfo=UTC), NEW_YORK).name == "2017Q4"
    for wrong in ("2017Q5", "2017-13", "last year", ""):
        with pytest.raises(NoSuchSpan):
            span(wrong, NEW_YORK)

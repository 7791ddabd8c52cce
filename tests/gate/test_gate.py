"""The gate's verdicts: what holds a feed, what a person's release does, and that a broken rule is no failed one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from journey_engine.data.release import StagedRowsLost, release
from journey_engine.gate import holds
from journey_engine.gate.mistakes import BrokenSuite, NothingToRelease
from journey_engine.reading.mistakes import MissingColumn
from tests.orders_shop import HEADER, NOW, Shop, expectation

ENOUGH = expectation(
    "as many rows as usual",
    "expect_table_row_count_to_be_between",
    "critical",
    min_value={"$PARAMETER": "usual_rows * 0.6"},
)
NO_ZERO = expectation("amount is 0", "expect_column_values_to_not_match_regex", column="amount", regex="^0$")


def orders(day: int, count: int, amount: str = "5") -> str:
    return HEADER + "".join(f"{day}-{n},A,2026-03-{day:02} 10:00,{amount},x\n" for n in range(count))


def days(shop: Shop, *counts: int, first: int = 1) -> list[str]:
    """Import one file a day, each in the night after it; returns the statuses."""
    statuses: list[str] = []
    for number, count in enumerate(counts, start=first):
        shop.file(f"{number}.csv", orders(number, count))
        now = datetime(2026, 3, number, 18, tzinfo=UTC)
        statuses.append(shop.load(f"{number}.csv", now=now, day=date(2026, 3, number)).status)
    return statuses


def let_through(shop: Shop, what: int | str, now: datetime = NOW):
    with shop.engine.begin() as connection:
        return release(connection, what, "林經理", "the till was closed for the typhoon", now, project=shop.project)


def test_a_batch_forty_percent_smaller_than_usual_is_held_and_yesterday_stays(shop):
    shop.expects(ENOUGH)
    assert days(shop, 10, 10, 10, 6, 5) == ["landed", "landed", "landed", "landed", "held"]
    assert shop.one("select count(*) from events") == 36
    assert shop.covered() == datetime(2026, 3, 4, 16, tzinfo=UTC)
    with shop.engine.connect() as connection:
        (held,) = holds.open_holds(connection)
    assert (held.scope, held.name) == ("feed", "orders")
    assert held.reason == "as many rows as usual (5)."
    assert "journeys release orders --by NAME" in held.cure


def test_a_released_batch_lands_its_good_rows_and_coverage_goes_on_over_what_came_since(shop, figures):
    shop.expects(ENOUGH, NO_ZERO)
    days(shop, 10, 10)
    shop.file("3.csv", orders(3, 3) + "3-9,A,2026-03-03 10:00,0,x\n")
    assert shop.load("3.csv", now=datetime(2026, 3, 3, 18, tzinfo=UTC), day=date(2026, 3, 3)).status == "held"
    assert days(shop, 9, first=4) == ["landed"]
    assert shop.covered() == datetime(2026, 3, 2, 16, tzinfo=UTC)
    ((held, report),) = let_through(shop, "orders")
    assert report is not None
    assert figures(report) == (4, 3, 0, 1)
    assert shop.one("select count(*) from events") == 32
    assert shop.covered() == datetime(2026, 3, 4, 16, tzinfo=UTC)
    assert shop.rows("select released_by, release_reason, released_at from holds where id = :id", id=held.id) == [
        ("林經理", "the till was closed for the typhoon", NOW)
    ]
    assert shop.rows("select reasons, status from quarantine") == [(["amount is 0"], "open")]
    with pytest.raises(NothingToRelease, match="feed orders"):
        let_through(shop, "orders")


def test_a_corrected_batch_of_the_same_day_closes_the_hold(shop):
    shop.expects(ENOUGH)
    days(shop, 10, 10, 2)
    shop.file("3b.csv", orders(3, 11))
    now = datetime(2026, 3, 3, 20, tzinfo=UTC)
    assert shop.load("3b.csv", now=now, day=date(2026, 3, 3)).status == "landed"
    assert shop.covered() == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert shop.rows("select released_by from holds") == [("import",)]
    assert shop.one("select count(*) from events") == 31
    assert shop.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []


def test_a_held_batch_imported_again_is_still_held_once(shop):
    shop.expects(ENOUGH)
    days(shop, 10, 10, 2)
    assert days(shop, 2, first=3) == ["held"]
    assert shop.one("select count(*) from holds") == 1


def test_a_hold_whose_staged_rows_are_gone_says_so(shop):
    shop.expects(ENOUGH)
    days(shop, 10, 10, 2)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("drop schema staging cascade")
    with pytest.raises(StagedRowsLost, match="journeys import orders"):
        let_through(shop, "orders")
    assert shop.one("select count(*) from events") == 20


def test_old_data_is_held_as_stale_unless_its_day_was_asked_for(shop):
    shop.file("a.csv", orders(1, 3))
    report = shop.load("a.csv")
    assert report.status == "held"
    assert report.verdict.reasons == ("資料過舊：應每日更新 (the newest event is of 2026-03-01 02:00 UTC)",)
    assert shop.load("a.csv", day=date(2026, 3, 1)).status == "landed"


def test_too_many_repeated_ids_hold_the_batch_and_a_few_are_set_aside(shop, figures):
    shop.expects(
        expectation("order twice", "expect_column_values_to_be_unique", "critical", column="order_id", mostly=0.5)
    )
    shop.file("a.csv", orders(10, 8) + "10-0,A,2026-03-10 10:00,5,x\n")
    assert figures(shop.load("a.csv")) == (9, 7, 0, 2)
    shop.file("b.csv", orders(10, 2) + orders(10, 2).removeprefix(HEADER))
    assert shop.load("b.csv").status == "held"


def test_a_pair_of_columns_repeated_is_set_aside_as_great_expectations_counts_it(shop, figures):
    rule = "expect_compound_columns_to_be_unique"
    shop.expects(expectation("pair twice", rule, column_list=["customer", "store"]))
    shop.file(
        "a.csv",
        HEADER
        + "1,A,2026-03-10 10:00,5,x\n2,A,2026-03-10 10:00,5,x\n3,A,2026-03-10 10:00,5,y\n"
        + "4,B,2026-03-10 10:00,5,\n5,B,2026-03-10 10:00,5,\n",
    )
    report = shop.load()
    assert report.verdict.outcomes[0].unexpected == 2
    assert figures(report) == (5, 3, 0, 2)


ROWS = [
    ("expect_column_values_to_match_regex", {"column": "amount", "regex": "^[0-9.]+$"}),
    ("expect_column_values_to_not_match_regex", {"column": "store", "regex": "^y"}),
    ("expect_column_values_to_be_in_set", {"column": "store", "value_set": ["x", "y"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "store", "value_set": ["z"]}),
    ("expect_column_values_to_not_be_null", {"column": "store"}),
    ("expect_column_value_lengths_to_be_between", {"column": "customer", "min_value": 2, "max_value": 3}),
    ("expect_column_values_to_be_unique", {"column": "order_id"}),
]


@pytest.mark.parametrize(("type_", "kwargs"), ROWS, ids=[type_ for type_, _ in ROWS])
def test_as_many_rows_are_set_aside_as_great_expectations_counts_unexpected(shop, type_, kwargs):
    shop.expects(expectation("the rule", type_, **kwargs))
    shop.file(
        "a.csv",
        HEADER
        + "1,AA,2026-03-10 10:00,5,x\n2,A,2026-03-10 10:00,5.5,y\n3,AAA,2026-03-10 10:00,-5,z\n"
        + "4,BBBB,2026-03-10 10:00,x,\n4,BB,2026-03-10 10:00,,yy\n",
    )
    report = shop.load()
    unexpected = report.verdict.outcomes[0].unexpected
    assert unexpected
    assert report.reasons["the rule"] == unexpected


def test_a_rule_that_cannot_be_worked_out_is_an_error_and_not_a_failed_rule(shop):
    shop.expects(expectation("odd", "expect_column_values_to_match_regex", column="amount", regex="(["))
    shop.file("a.csv", orders(10, 2))
    with pytest.raises(BrokenSuite, match="The rule “odd” could not be worked out") as told:
        shop.load()
    assert "orders.json" in told.value.where
    assert shop.one("select count(*) from events") == 0
    shop.expects()
    assert shop.load().status == "landed"
    assert shop.rows("select status from batches order by id") == [("rejected",), ("landed",)]


def test_a_rule_over_a_column_that_is_not_there_names_the_suite(shop):
    shop.expects(expectation("phone", "expect_column_values_to_not_be_null", column="phone"))
    shop.file("a.csv", orders(10, 2))
    with pytest.raises(MissingColumn, match="Missing column phone, which the suite orders names"):
        shop.load()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "it is not JSON"),
        ('{"expectations": [{"type": "x", "kwargs": {}}]}', "must say it in words"),
        ('{"expectations": [{"type": "x", "severity": "grave", "meta": {"rule": "r"}}]}', "the severity grave is none"),
    ],
)
def test_a_suite_that_is_none_is_told_with_its_file(shop, content, words):
    (shop.folder / "expectations" / "orders.json").write_text(content)
    shop.file("a.csv", orders(10, 2))
    with pytest.raises(BrokenSuite, match=words):
        shop.load()


def test_every_suite_of_the_repository_reads_and_has_words(shop):
    from pathlib import Path

    from journey_engine.gate import suites

    folder = Path(__file__).resolve().parents[2] / "expectations"
    for path in sorted(folder.glob("*.json")):
        suite = suites.read(folder, path.stem)
        assert suite.name == json.loads(path.read_text(encoding="utf-8"))["name"]
        assert suite.expectations


def test_a_small_batch_is_judged_in_well_under_two_seconds(shop):
    import time

    shop.expects(ENOUGH, NO_ZERO)
    shop.file("a.csv", orders(9, 50))
    shop.load("a.csv", now=NOW - timedelta(days=1))
    shop.file("b.csv", orders(10, 4000))
    begun = time.process_time()
    shop.load("b.csv")
    assert time.process_time() - begun < 1.5

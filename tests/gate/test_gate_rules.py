"""The gate's rules: what we count is what Great Expectations counts; shares and volumes against what is usual."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from journey_engine.data import staging
from journey_engine.data.release import release
from journey_engine.data.staging import table_of
from journey_engine.gate import gate, suites
from journey_engine.gate.marking import mark
from journey_engine.gate.mistakes import BrokenSuite
from journey_engine.gate.row_rules import outcome
from tests.orders_shop import HEADER, NOW, Shop, expectation

B_IS_X = {"type": "comparison", "column": {"name": "b"}, "operator": "==", "parameter": "x"}
# Every way a rule of Great Expectations leaves rows out: nulls, pairs, lists, conditions, and shares.
EVERY_KIND: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "a", "mostly": 0.8}),
    ("expect_column_values_to_be_null", {"column": "a"}),
    ("expect_column_values_to_match_regex", {"column": "a", "regex": "^[0-9]+$"}),
    ("expect_column_values_to_not_match_regex", {"column": "b", "regex": "^x", "mostly": 0.2}),
    ("expect_column_values_to_be_in_set", {"column": "b", "value_set": ["x", "y"], "mostly": 0.75}),
    ("expect_column_values_to_not_be_in_set", {"column": "b", "value_set": ["z"]}),
    ("expect_column_value_lengths_to_be_between", {"column": "a", "min_value": 1, "max_value": 1}),
    ("expect_column_values_to_be_unique", {"column": "a", "mostly": 0.4}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "a", "column_B": "b"}),
    (
        "expect_column_pair_values_to_be_equal",
        {"column_A": "a", "column_B": "b", "ignore_row_if": "either_value_is_missing"},
    ),
    (
        "expect_column_values_to_match_regex",
        {"column": "a", "regex": "^1", "row_condition": B_IS_X},
    ),
    (
        "expect_column_values_to_be_unique",
        {"column": "a", "row_condition": B_IS_X},
    ),
]
CELLS = [
    ("1", "x"),
    ("1", "x"),
    ("2", "y"),
    ("22", "x"),
    (None, "z"),
    ("q", None),
    (None, None),
    ("x", "x"),
    ("1", "z"),
]


def test_every_count_share_and_verdict_is_that_of_great_expectations(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        staging.make_schema(connection)
        connection.execute(text("create table staging.batch_7 (_row bigint, a text, b text)"))
        rows = [{"row": number, "a": a, "b": b} for number, (a, b) in enumerate(CELLS, 1)]
        connection.execute(text("insert into staging.batch_7 values (:row, :a, :b)"), rows)
    written = [expectation(f"{place}", kind, **kwargs) for place, (kind, kwargs) in enumerate(EVERY_KIND)]
    shop.expects(*written)
    suite = suites.read(shop.settings.expectations, "orders")
    table = table_of(7, ["a", "b"])
    rules = gate.judge(shop.engine.url, table, suite, {}).rows
    with shop.engine.begin() as connection:
        marked = mark(connection, table, rules, suite.path)
    counted = zip(suite.expectations, marked.concerned, marked.broken, strict=True)
    ours = [outcome(rule, marked.read, concerned, broken, None) for rule, concerned, broken in counted]
    theirs = by_great_expectations(shop, written)
    assert [(each.unexpected, each.share, each.passed) for each in ours] == theirs
    assert [each.unexpected for each in ours] == [2, 7, 2, 4, 2, 2, 1, 3, 2, 7, 5, 2, 2]


def by_great_expectations(shop: Shop, written: list[dict[str, Any]]) -> list[tuple[int, float, bool]]:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    url = shop.engine.url.update_query_dict({"options": "-c search_path=staging"})
    source = context.data_sources.add_postgres("pg", connection_string=url.render_as_string(hide_password=False))
    batch = source.add_table_asset("batch", table_name="batch_7").add_batch_definition_whole_table("all")
    found = [batch.get_batch().validate(gx.ExpectationSuite(name="s", expectations=[rule])) for rule in written]
    source.get_engine().dispose()
    results = [each.results[0] for each in found]
    return [
        (r.result["unexpected_count"], round((r.result["unexpected_percent"] or 0) / 100, 6), bool(r.success))
        for r in results
    ]


def orders(day: int, count: int, **cells: int) -> str:
    """A file of orders of that day; `no_store` of them have no store."""
    stores = ["" if n < cells.get("no_store", 0) else "x" for n in range(count)]
    return HEADER + "".join(f"{day}-{n},A,2026-03-{day:02} 10:00,5,{store}\n" for n, store in enumerate(stores))


def day_of(shop: Shop, day: int, content: str):
    shop.file(f"{day}.csv", content)
    return shop.load(f"{day}.csv", now=datetime(2026, 3, day, 18, tzinfo=UTC), day=date(2026, 3, day))


STORE = expectation("no store", "expect_column_values_to_not_be_null", "critical", column="store", mostly=0.5)
STORE["meta"]["usual"] = {"times": 2, "above": "10%"}


def test_a_share_far_above_what_is_usual_holds_the_batch_though_the_fixed_limit_allows_it(shop: Shop) -> None:
    shop.expects(STORE)
    for day in (2, 3, 4):
        assert day_of(shop, day, orders(day, 20, no_store=2)).status == "landed"
    assert day_of(shop, 5, orders(5, 20, no_store=4)).status == "landed"
    held = day_of(shop, 6, orders(6, 20, no_store=5))
    assert held.status == "held"
    assert held.verdict.reasons == ("no store (5 of 20 rows, 25.0% where 10.0% is usual)",)


def test_before_three_batches_nothing_is_usual(shop: Shop) -> None:
    shop.expects(STORE)
    assert [day_of(shop, day, orders(day, 20, no_store=n)).status for day, n in ((2, 0), (3, 0), (4, 9))] == [
        "landed"
    ] * 3


def test_a_quiet_sunday_is_held_against_sundays(shop: Shop) -> None:
    asked = {"$PARAMETER": "weekday_rows * 0.6"}
    shop.expects(
        expectation("rows as on this weekday", "expect_table_row_count_to_be_between", "critical", min_value=asked)
    )
    sundays, days = (1, 8, 15, 22, 29), range(1, 29)
    found = {day: day_of(shop, day, orders(day, 2 if day in sundays else 10)).status for day in days}
    # The first Sundays but one are held against the days before: nobody knows yet that Sundays are quiet.
    assert [found[day] for day in sundays[:4]] == ["landed", "held", "held", "held"]
    assert {found[day] for day in days if day not in sundays} == {"landed"}
    with shop.engine.begin() as connection:
        assert len(release(connection, "orders", "林經理", "Sundays are quiet", NOW, project=shop.project)) == 3
    assert shop.one("select count(*) from events") == 24 * 10 + 4 * 2
    assert day_of(shop, 29, orders(29, 2)).status == "landed"
    assert day_of(shop, 30, orders(30, 5)).status == "held"


def test_dates_ahead_are_set_aside_and_too_many_of_them_hold_the_batch(shop: Shop, figures: Any) -> None:
    shop.feed["members"] = {"attributes": {"birthday": "store"}}
    shop.expects(
        expectation(
            "born in the future", "expect_column_values_to_not_lie_ahead", "critical", column="store", mostly=0.5
        )
    )
    row = "{n},C{n},2026-03-10 10:00,5,{born}\n"
    born = ["1990-01-01", "2026-03-10", "2026-03-12", ""]
    shop.file("a.csv", HEADER + "".join(row.format(n=n, born=cell) for n, cell in enumerate(born)))
    report = shop.load("a.csv")
    assert figures(report) == (4, 3, 0, 1)
    assert report.verdict.outcomes[0].share == round(1 / 3, 6)
    shop.file("b.csv", HEADER + "".join(row.format(n=n, born="2027-01-01") for n in range(3)))
    assert shop.load("b.csv").status == "held"


def test_orphans_are_counted_as_a_share(shop: Shop, figures: Any) -> None:
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n")
    shop.load("a.csv")
    shop.feed["member"]["create"] = "no"
    shop.expects(expectation("member unknown", "expect_member_to_be_known", "critical", mostly=0.5))
    shop.file("b.csv", HEADER + "2,A,2026-03-10 10:00,5,x\n3,B,2026-03-10 10:00,5,x\n")
    report = shop.load("b.csv")
    assert figures(report) == (2, 1, 0, 1)
    assert report.reasons["member unknown"] == 1
    shop.file("c.csv", HEADER + "4,C,2026-03-10 10:00,5,x\n5,B,2026-03-10 10:00,5,x\n")
    held = shop.load("c.csv")
    assert (held.status, held.verdict.reasons[0]) == ("held", "member unknown (2 of 2 rows)")


def test_the_newest_of_a_column_is_counted_from_the_end_of_the_covered_day(shop: Shop) -> None:
    shop.expects(expectation("stale till", "expect_column_newest_to_be_within", "critical", column="at", hours=12))
    shop.file("a.csv", HEADER + "1,A,2026-03-01 11:00,5,x\n2,A,2026-03-01 13:00,5,x\n")
    assert shop.load("a.csv", day=date(2026, 3, 1)).status == "landed"
    shop.file("b.csv", HEADER + "3,A,2026-03-02 11:59,5,x\n")
    held = shop.load("b.csv", day=date(2026, 3, 2))
    assert held.verdict.reasons == ("stale till (the newest is of 2026-03-02 03:59 UTC)",)


def test_a_rule_that_was_worked_out_before_is_worked_out_anew_where_it_says_something_else(
    shop: Shop, figures: Any
) -> None:
    for batch, (allowed, landed) in enumerate(((["x"], 3), (["y"], 1), (["x"], 3))):
        shop.expects(expectation("store", "expect_column_values_to_be_in_set", column="store", value_set=allowed))
        rows = (f"{batch}-{n},A,2026-03-10 10:00,5,{store}\n" for n, store in enumerate("xyxx"))
        shop.file("a.csv", HEADER + "".join(rows))
        assert figures(shop.load("a.csv")) == (4, landed, 0, 4 - landed)


def test_a_rule_of_severity_info_counts_and_sets_nothing_aside(shop: Shop, figures: Any) -> None:
    shop.expects(expectation("no store", "expect_column_values_to_not_be_null", "info", column="store"))
    shop.file("a.csv", orders(10, 4, no_store=3))
    report = shop.load("a.csv")
    assert figures(report) == (4, 4, 0, 0)
    assert (report.verdict.outcomes[0].unexpected, report.verdict.outcomes[0].share) == (3, 0.75)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (expectation("r", "expect_column_newest_to_be_within", column="at"), "lacks hours"),
        (expectation("r", "expect_member_to_be_known", column="at"), "does not know column; it takes mostly"),
        (expectation("r", "expect_column_newest_to_be_within", column="at", hours="a day"), "`hours` is a number"),
        (expectation("r", "expect_column_values_to_be_unique", column="at", mostly="most"), "`mostly` is a number"),
        ({**STORE, "meta": {"rule": "r", "usual": {"above": "1%"}}}, "of which only `times` is needed"),
        ({**STORE, "meta": {"rule": "r", "usual": 3}}, "`usual` is written as"),
        (expectation("r", "expect_colum_values_to_be_unique", column="at"), "expect_colum_values_to_be_unique"),
    ],
)
def test_a_rule_that_is_miswritten_is_told_with_its_suite(shop: Shop, rule: dict[str, Any], words: str) -> None:
    shop.expects(rule)
    shop.file("a.csv", orders(10, 2))
    with pytest.raises(BrokenSuite, match=words) as told:
        shop.load("a.csv", now=NOW + timedelta(hours=1))
    assert "orders.json" in told.value.where


@pytest.mark.parametrize("page", ["DATA.md", "DATA.en.md"])
def test_the_rules_in_the_guide_are_rules_that_great_expectations_and_we_take(shop: Shop, page: str) -> None:
    guide = (Path(__file__).resolve().parents[2] / "journeys" / page).read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    rules = json.loads(block)
    shop.expects(*rules)
    shop.feed["members"] = {"attributes": {"birthday": "birthday"}}
    shop.file("a.csv", HEADER.replace("store", "store,birthday") + "1,A,2026-03-10 10:00,5,x,1990-01-01\n")
    verdict = shop.load("a.csv").verdict
    assert [(each.rule, each.passed) for each in verdict.outcomes][:5] == [
        (rule["meta"]["rule"], rule["type"] != "expect_member_to_be_known") for rule in rules
    ]

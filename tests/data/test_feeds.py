"""One import end to end: what lands, what is there already, what is set aside, and how far the feed covers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from journey_engine.gate.mistakes import NoSuchSuite
from journey_engine.reading.mistakes import NoSuchFeed, NoSuchFile
from tests.orders_shop import HEADER, NOW, expectation

THREE = HEADER + (
    "007,0912345678,2026-03-10 10:00:00,120.50,信義\n"
    "008,0912345678,2026-03-10 11:00:00,30,信義\n"
    "009,A-2,2026-03-10 12:30:00,10,\n"
)


def test_rows_become_members_and_events_as_they_were_written(shop, figures):
    shop.file("a.csv", THREE)
    assert figures(shop.load()) == (3, 3, 0, 0)
    assert shop.rows("select value from identities where kind = 'customer_number' order by 1") == [
        ("0912345678",),
        ("A-2",),
    ]
    assert shop.rows("select name, at, value, properties, source from events order by at") == [
        (
            "purchase",
            datetime(2026, 3, 10, 2, 0, tzinfo=UTC),
            Decimal("120.50"),
            {"order_id": "007", "store": "信義"},
            "orders",
        ),
        (
            "purchase",
            datetime(2026, 3, 10, 3, 0, tzinfo=UTC),
            Decimal("30"),
            {"order_id": "008", "store": "信義"},
            "orders",
        ),
        ("purchase", datetime(2026, 3, 10, 4, 30, tzinfo=UTC), Decimal("10"), {"order_id": "009"}, "orders"),
    ]


def test_the_same_file_twice_adds_nothing_and_says_so(shop, figures):
    shop.file("a.csv", THREE)
    shop.load()
    again = shop.load()
    assert again.status == "already"
    assert figures(again) == (3, 0, 3, 0)
    assert shop.one("select count(*) from events") == 3
    assert shop.one("select count(*) from batches") == 1


def test_a_file_that_overlaps_an_earlier_one_adds_only_what_is_new(shop, figures):
    shop.file("a.csv", THREE)
    shop.load("a.csv")
    shop.file("b.csv", THREE + "010,A-2,2026-03-10 13:00:00,5,\n")
    assert figures(shop.load("b.csv")) == (4, 1, 3, 0)
    assert shop.one("select count(*) from events") == 4


def test_one_order_twice_in_a_file_is_one_event(shop, figures):
    shop.file("a.csv", THREE + "009,A-2,2026-03-10 12:30:00,10,\n")
    assert figures(shop.load()) == (4, 3, 1, 0)


def test_without_a_key_twins_in_a_file_are_two_events_and_an_overlap_adds_none_twice(shop, figures):
    del shop.feed["brings"][0]["key"]
    twin = "1,A,2026-03-10 10:00:00,5,x\n"
    shop.file("a.csv", HEADER + twin + twin + "2,A,2026-03-10 10:00:00,5,x\n")
    assert figures(shop.load("a.csv")) == (3, 3, 0, 0)
    shop.file("b.csv", HEADER + "3,A,2026-03-10 10:05:00,5,x\n" + twin + twin + twin)
    assert figures(shop.load("b.csv")) == (4, 2, 2, 0)
    assert shop.rows("select properties, count(*) from events group by 1 order by 2 desc") is not None
    assert shop.one("select count(*) from events") == 5


def test_lines_of_one_basket_are_one_event_with_the_sum_and_each_line_counts_as_landed(shop, figures):
    shop.feed["brings"][0] |= {"one_per": "order_id", "value": "sum of amount"}
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:01,5,x\n1,A,2026-03-10 10:00,7.5,x\n2,B,2026-03-10 09:00,1,y\n")
    report = shop.load()
    assert figures(report) == (3, 3, 0, 0)
    assert report.counts["purchase"] == 2
    assert shop.rows("select at, value from events order by value desc") == [
        (datetime(2026, 3, 10, 2, 0, tzinfo=UTC), Decimal("12.5")),
        (datetime(2026, 3, 10, 1, 0, tzinfo=UTC), Decimal("1")),
    ]


def test_rows_that_no_where_picks_add_nothing_and_the_totals_still_add_up(shop, figures):
    shop.feed["brings"][0]["where"] = "amount > 0 and store in ('x', 'y')"
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n2,A,2026-03-10 10:00,-5,x\n3,A,,5,z\n")
    assert figures(shop.load()) == (3, 1, 2, 0)


def test_every_bad_row_is_set_aside_with_all_its_reasons_and_its_text(shop, figures):
    shop.expects(
        expectation("amount is 0", "expect_column_values_to_not_match_regex", column="amount", regex="^0+$"),
        expectation("no store", "expect_column_values_to_not_be_null", column="store"),
        expectation("order twice", "expect_column_values_to_be_unique", column="order_id"),
        expectation("odd store", "expect_column_values_to_be_in_set", "info", column="store", value_set=["x"]),
    )
    shop.file(
        "a.csv",
        HEADER
        + "1,A,2026-03-10 10:00,5,x\n"
        + "2,A,2026-02-30 10:00,0,\n"
        + "3,,2026-03-10 10:00,abc,y\n"
        + "4,A,2026-03-11 02:06,5,x\n"
        + "5,A,2026-03-11 02:04,5,x\n"
        + "6,A,2026-03-10 10:00,5,x\n6,B,2026-03-10 10:00,5,x\n",
    )
    report = shop.load()
    assert figures(report) == (7, 2, 0, 5)
    assert shop.rows("select row_number, reasons from quarantine order by 1") == [
        (2, ["amount is 0", "no store", "at is no date and time"]),
        (3, ["customer is missing", "amount is no number"]),
        (4, ["at lies more than 5 minutes ahead"]),
        (6, ["order twice"]),
        (7, ["order twice"]),
    ]
    assert report.reasons["order twice"] == 2
    assert shop.one("select content from quarantine where row_number = 2") == {
        "order_id": "2", "customer": "A", "at": "2026-02-30 10:00", "amount": "0", "store": None,
    }  # fmt: skip
    # Up to 5 minutes ahead is a clock that runs fast: it happened when it arrived.
    assert shop.one("select at from events where properties ->> 'order_id' = '5'") == NOW


def test_a_basket_that_names_two_members_is_set_aside(shop, figures):
    shop.feed["brings"][0] |= {"one_per": "order_id", "value": "sum of amount"}
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n1,B,2026-03-10 10:00,5,x\n2,B,2026-03-10 10:00,5,x\n")
    report = shop.load()
    assert figures(report) == (3, 1, 0, 2)
    assert list(report.reasons) == ["rows of one order_id name different members"]


def test_unknown_members_are_set_aside_where_the_feed_creates_none(shop, figures):
    shop.feed["member"]["create"] = "no"
    shop.file("a.csv", THREE)
    report = shop.load()
    assert figures(report) == (3, 0, 0, 3)
    assert report.reasons == {"no member is known by this customer_number": 3}


def test_an_own_offset_wins_and_the_first_of_a_repeated_hour_is_meant(shop):
    shop.feed["brings"][0]["at"]["zone"] = "America/New_York"
    shop.file(
        "a.csv",
        HEADER
        + "1,A,2025-11-02 01:30:00,1,x\n"
        + "2,A,2025-03-09 02:30:00,1,x\n"
        + "3,A,2025-07-01T10:00:00+08:00,1,x\n"
        + "4,A,2025/7/1 10:00,1,x\n",
    )
    shop.load(now=datetime(2025, 11, 2, 12, tzinfo=UTC))
    assert shop.rows("select properties ->> 'order_id', at from events order by 1") == [
        ("1", datetime(2025, 11, 2, 5, 30, tzinfo=UTC)),
        ("2", datetime(2025, 3, 9, 7, 30, tzinfo=UTC)),
        ("3", datetime(2025, 7, 1, 2, 0, tzinfo=UTC)),
        ("4", datetime(2025, 7, 1, 14, 0, tzinfo=UTC)),
    ]


def test_an_accepted_import_covers_to_the_end_of_its_newest_day(shop):
    shop.file("a.csv", THREE)
    shop.load(now=datetime(2026, 3, 11, 1, tzinfo=UTC))
    assert shop.covered() == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


def test_a_file_of_today_covers_no_more_than_now(shop):
    shop.file("a.csv", THREE)
    noon = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
    shop.load(now=noon)
    assert shop.covered() == noon


def test_coverage_stands_before_a_day_that_never_came_and_catches_up_when_it_does(shop):
    for day in (8, 9, 10):
        shop.file(f"{day}.csv", HEADER + f"{day},A,2026-03-{day:02} 10:00,5,x\n")
    shop.load("8.csv", day=date(2026, 3, 8))
    assert shop.covered() == datetime(2026, 3, 8, 16, tzinfo=UTC)
    shop.load("10.csv", day=date(2026, 3, 10))
    assert shop.covered() == datetime(2026, 3, 8, 16, tzinfo=UTC)
    shop.load("9.csv", day=date(2026, 3, 9))
    assert shop.covered() == datetime(2026, 3, 10, 16, tzinfo=UTC)


def test_a_pattern_with_several_files_reports_their_sum_and_one_with_a_day_reads_only_that(shop, figures):
    shop.feed["from"]["file"] = "data/orders-{day:%Y%m%d}.csv"
    shop.file("orders-20260309.csv", HEADER + "1,A,2026-03-09 10:00,5,x\n")
    shop.file("orders-20260310.csv", HEADER + "2,A,2026-03-10 10:00,5,x\n3,A,2026-03-10 10:00,5,x\n")
    assert figures(shop.load(day=date(2026, 3, 10))) == (2, 2, 0, 0)
    with pytest.raises(NoSuchFile, match=r"orders-20260311\.csv"):
        shop.load(day=date(2026, 3, 11))
    assert figures(shop.load(now=datetime(2026, 3, 10, 18, tzinfo=UTC))) == (3, 1, 2, 0)


def test_a_dry_run_says_what_would_land_and_leaves_nothing(shop, figures):
    shop.file("a.csv", THREE)
    report = shop.load(only_try=True)
    assert report.status == "tried"
    assert figures(report) == (3, 3, 0, 0)
    assert (
        shop.one(
            "select (select count(*) from events) + (select count(*) from batches) + (select count(*) from members)"
        )
        == 0
    )
    assert shop.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []


def test_nothing_is_left_in_staging_after_a_landing(shop):
    shop.file("a.csv", THREE)
    shop.load()
    assert shop.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []


def test_names_that_are_not_there_are_told(shop):
    with pytest.raises(NoSuchFile, match="data/"):
        shop.load()
    (shop.folder / "expectations" / "orders.json").unlink()
    with pytest.raises(NoSuchSuite, match=r"orders\.json"):
        shop.load()
    shop.feed["feed"] = "orders"
    from journey_engine.data.feeds import import_feed

    with pytest.raises(NoSuchFeed, match="Did you mean orders"):
        import_feed(shop.engine, shop.project, shop.settings, "order", NOW)

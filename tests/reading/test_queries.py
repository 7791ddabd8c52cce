"""Feeds out of another database: streamed, read-only, on from the watermark; its address is shown to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from journey_engine.data.feeds import import_feed
from journey_engine.reading.mistakes import BrokenQuery, EmptyFile, NoSuchSource, NotADatabase
from journey_engine.settings import load
from tests.orders_shop import NOW

SHOP = "create schema shop; create table shop.orders (id int, who text, at timestamptz, amount numeric(8, 2), s text)"


@pytest.fixture
def orders(shop):
    """The shop's own database stands in a schema of the test's; a function imports from it."""
    shop.feed["from"] = {"sql": "select id as order_id, who as customer, at, amount, s as store from shop.orders -- x",
                         "database": "till", "watermark": "at"}  # fmt: skip
    shop.address = shop.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(SHOP)

    def run(**more):
        settings = replace(shop.settings, sources=(("till", shop.address),))
        return import_feed(shop.engine, shop.project, settings, "orders", NOW, **more)

    return run


def put(shop, *rows):
    add = text("insert into shop.orders values (:a, :b, :c, :d, 'x')")
    with shop.engine.begin() as connection:
        for row in rows:
            connection.execute(add, dict(zip("abcd", row, strict=True)))


def at(hour, minute=0):
    return datetime(2026, 3, 10, hour, minute, tzinfo=UTC)


def mark(shop):
    return shop.rows("select mark from watermarks")


def test_a_query_goes_on_from_its_watermark_and_finds_the_equal_rows_already_there(shop, orders, figures):
    put(shop, (1, "A", at(1), 5), (2, "B", at(2), 7.5), (3, "C", at(2), 1))
    assert figures(orders()) == (3, 3, 0, 0)
    assert mark(shop) == [("2026-03-10 02:00:00+00:00",)]
    put(shop, (4, "D", at(2), 2), (5, "A", at(3), 2), (0, "late", at(1), 9), (6, "E", None, 3))
    report = orders()
    assert figures(report) == (5, 2, 2, 1)
    assert report.reasons == {"at is no date and time": 1}
    assert shop.rows("select value::text, at from events order by at, id")[-1] == ("2.00", at(3))
    assert mark(shop) == [("2026-03-10 03:00:00+00:00",)]


def test_when_the_database_has_nothing_later_nothing_is_written(shop, orders, figures):
    put(shop, (1, "A", at(1), 5))
    orders()
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("delete from shop.orders")
    report = orders()
    assert (report.status, figures(report)) == ("already", (0, 0, 0, 0))
    assert shop.one("select count(*) from batches") == 1


def test_a_query_that_never_gave_a_row_is_told(shop, orders):
    with pytest.raises(EmptyFile):
        orders()
    assert mark(shop) == []


def test_the_mark_stands_while_a_batch_is_held_and_moves_when_it_is_released(shop, orders):
    from journey_engine.data.release import release

    shop.feed["arrives"] = "live"
    put(shop, (1, "A", at(1), 5))
    assert orders().status == "held"
    assert mark(shop) == []
    with shop.engine.begin() as connection:
        release(connection, "orders", "mei", "the till was off", NOW, project=shop.project)
    assert mark(shop) == [("2026-03-10 01:00:00+00:00",)]


def test_a_trial_leaves_the_mark_where_it_was(shop, orders):
    put(shop, (1, "A", at(1), 5))
    assert orders(only_try=True).status == "tried"
    assert mark(shop) == []


def test_marks_that_are_numbers_are_compared_as_numbers(shop, orders):
    shop.feed["from"]["watermark"] = "order_id"
    put(shop, (9, "A", at(1), 5), (10, "B", at(1), 5))
    orders()
    assert mark(shop) == [("10",)]
    put(shop, (8, "late", at(1), 5), (11, "B", at(1), 5))
    assert orders().read == 2


def test_the_query_may_stand_in_a_file_and_may_hold_a_percent_sign(shop, orders):
    (shop.folder / "orders.sql").write_text(
        "select id as order_id, who as customer, at, amount, s as store from shop.orders where who like 'A%';\n"
    )
    shop.feed["from"]["sql"] = "orders.sql"
    put(shop, (1, "Anna", at(1), 5), (2, "Ben", at(1), 5))
    assert orders().read == 1
    put(shop, (3, "Amy", at(2), 5))
    assert orders().landed == 1


def test_a_query_cannot_write(shop, orders):
    shop.feed["from"]["sql"] = "with gone as (delete from shop.orders returning *) select * from gone"
    with pytest.raises(BrokenQuery):
        orders()
    shop.feed["from"]["sql"] = (
        "select nextval('shop.n') as order_id, 'A' as customer, now() as at, 1 as amount, 1 as store"
    )
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("create sequence shop.n")
    with pytest.raises(BrokenQuery, match="read-only"):
        orders()


def test_neither_errors_nor_books_show_the_address(shop, orders):
    with pytest.raises(NoSuchSource, match="JOURNEYS_SOURCE_TILL"):
        import_feed(shop.engine, shop.project, shop.settings, "orders", NOW)
    told = []
    here = "me:s3cret@127.0.0.1:1/d"
    for address, kind in ((f"oracle://{here}", NotADatabase), (f"postgresql://{here}", BrokenQuery),
                          ("s3cret", NotADatabase), (f"mysql://{here}", BrokenQuery)):  # fmt: skip
        shop.address = address
        with pytest.raises(kind) as error:
            orders()
        told.append(str(error.value))
    told += [str(row) for row in shop.rows("select source, verdict from batches")]
    assert len(told) == 9
    assert not any("s3cret" in each for each in told)
    assert "s3cret" not in repr(replace(shop.settings, sources=(("till", "s3cret"),)))


def test_the_environment_names_databases_by_capitals(tmp_path):
    settings = load(tmp_path, {"JOURNEYS_SOURCE_SHOP_DB": "postgresql://x/y"})
    assert settings.source("shop_db") == "postgresql://x/y"
    assert settings.source("till") is None

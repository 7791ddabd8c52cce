"""Whatever statement a process is killed at: lists, marks and books stand as before, and the next one goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journey_engine.data import retaining
from journey_engine.data.feeds import import_feed
from journey_engine.language.catalog import Policy
from tests.data.killing import importing, kill_at, sweeping
from tests.orders_shop import HEADER, NOW, Shop

NAMES = "customer,name,points\n"
LATER = NOW + timedelta(days=1)
LAST = "update batches when new.status = 'landed'"
# Everything that an import lands, but for the batches that did not.
KEPT = {
    "members": "select id, attributes, zone, changed_at, merged_into from members order by id",
    "identities": "select kind, value, member_id from identities order by 1, 2",
    "events": "select member_id, name, at, value, source, batch_id from events order by id",
    "event_keys": "select source, key from event_keys order by 1, 2",
    "feed_members": "select feed, member_id, batch_id from feed_members order by 1, 2",
    "watermarks": "select feed, mark, batch_id from watermarks order by 1",
    "coverage": "select feed, covered_to from coverage order by 1",
    "quarantine": "select q.batch_id, q.status from quarantine q join batches b on b.id = q.batch_id"
    " where b.status = 'landed' order by q.id",
    "batches": "select id, read, landed, already, quarantined, counts from batches where status = 'landed' order by id",
}


def kept(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    return {table: shop.rows(query) for table, query in KEPT.items()}


@pytest.mark.parametrize(
    ("missing", "statements"),
    [
        ("clear", ["update members", "delete feed_members", "insert feed_members", LAST]),
        ("event line", ["insert events", LAST]),
    ],
)
def test_a_snapshot_killed_at_any_statement_finds_the_missing_once(shop, figures, missing, statements) -> None:
    shop.feed |= {"brings": [], "mode": "snapshot", "missing_at_most": "50%", "missing": missing}
    shop.feed["members"] = {"attributes": {"name": "name", "points": "points"}}
    shop.feed |= {"covers": None}
    shop.file("a.csv", NAMES + "A,美,1\nB,蘭,2\nD,松,4\n")
    shop.load()
    shop.file("a.csv", NAMES + "A,美,1\nC,竹,3\nD,松,5\n")
    before = kept(shop)
    for statement in statements:
        kill_at(shop.engine, statement, importing, shop.project, shop.settings, "orders", LATER)
        assert kept(shop) == before, statement

    report = shop.load(now=LATER)
    assert (figures(report), report.counts["missing"]) == ((3, 2, 1, 0), 1)
    listed = "select i.value from feed_members join identities i using (member_id) order by 1"
    assert shop.rows(listed) == [("A",), ("C",), ("D",)]
    events = [("B", "line", LATER)] if missing != "clear" else []
    assert shop.rows("select i.value, e.name, e.at from events e join identities i using (member_id)") == events
    hers = shop.one("select attributes from members join identities i on i.member_id = members.id where value = 'B'")
    assert hers == ({} if missing == "clear" else {"name": "蘭", "points": "2"})
    assert shop.load(now=LATER).status == "already"
    assert shop.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []


def test_a_mark_moves_with_the_landing_or_not_at_all(shop, figures) -> None:
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("create schema till; create table till.orders (n int, who text, at timestamptz)")
        connection.exec_driver_sql(
            "insert into till.orders select n, 'C' || mod(n, 7), '2026-03-10'::timestamptz + n * interval '1 minute'"
            " from generate_series(1, 40) n"
        )
    shop.feed["from"] = {
        "sql": "select n as order_id, who as customer, at, n as amount, 's' as store from till.orders"
        " where n <= (select max(n) from till.upto)",
        "database": "till",
        "watermark": "at",
    }
    address = shop.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    settings = replace(shop.settings, sources=(("till", address),))

    def load(upto: int) -> Any:
        with shop.engine.begin() as connection:
            connection.exec_driver_sql(
                f"create table if not exists till.upto (n int); insert into till.upto values ({upto})"
            )
        return import_feed(shop.engine, shop.project, settings, "orders", NOW)

    assert figures(load(20)) == (20, 20, 0, 0)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("insert into till.upto values (40)")
    before = kept(shop)
    assert before["watermarks"][0][1] == "2026-03-10 00:20:00+00:00"
    for statement in ("insert event_keys", "insert events", "update watermarks", LAST):
        kill_at(shop.engine, statement, importing, shop.project, settings, "orders", NOW)
        assert kept(shop) == before, statement

    assert figures(load(40)) == (21, 20, 1, 0), "the row at the mark is read again, and is there already"
    assert shop.rows("select mark from watermarks") == [("2026-03-10 00:40:00+00:00",)]
    assert shop.rows("select count(*), count(distinct value), sum(value)::int from events") == [(40, 40, 820)]


def test_a_sweep_killed_between_its_pieces_has_taken_whole_pieces_and_the_next_takes_the_rest(shop, figures) -> None:
    days = [1, 40, 50, 60, 100]
    rows = "".join(f"{n},A,{NOW - timedelta(days=n):%Y-%m-%d %H:%M:%S},{n},x\n" for n in days)
    shop.feed["arrives"] = "weekly"
    shop.file("a.csv", HEADER + rows + "7,A,never,1,x\n8,A,never,1,x\n9,A,never,1,x\n")
    assert figures(shop.load()) == (8, 5, 0, 3)
    policy = Policy.model_validate({"zone": "Asia/Taipei", "retention": {"events": "45 days", "quarantine": "1 day"}})
    later = datetime(2026, 3, 13, tzinfo=UTC)

    kill_at(shop.engine, "delete events when old.value = 60", sweeping, policy, later)
    assert shop.rows("select value::int from events order by 1") == [(1,), (40,), (60,), (100,)]
    kill_at(shop.engine, "update quarantine when old.row_number = 7", sweeping, policy, later)
    assert shop.rows("select value::int from events order by 1") == [(1,), (40,)]
    emptied = shop.rows("select row_number, status, content = '{}' from quarantine order by 1")
    assert emptied == [(6, "dropped", True), (7, "open", False), (8, "open", False)]

    assert retaining.sweep(shop.engine, policy, later) == {"quarantine": 2}
    assert retaining.sweep(shop.engine, policy, later) == {}
    assert shop.rows("select read, landed, already, quarantined from batches") == [(8, 5, 0, 3)]
    assert shop.one("select count(*) from event_keys") == 5
    shop.file("b.csv", HEADER + rows)
    assert figures(shop.load("b.csv")) == (5, 0, 5, 0), "what was swept does not come back"

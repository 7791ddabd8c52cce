"""A load that makes most of a table lands what any load lands, and every index and key is there again."""

from __future__ import annotations

import pytest

from journey_engine.data import first_load
from tests.orders_shop import HEADER

MEMBERS = {
    "attributes": {"name": "name", "points": "points"},
    "identities": {"line": "line_id"},
    "consents": {"promotion": "agrees"},
}
HEAD = "order_id,customer,at,amount,store,name,points,line_id,agrees\n"
FILE = (
    HEAD
    + 'o1,A,2026-03-10 09:30,100,s1,王,"1,204",U1,是\n'
    + "o2,A,2026-03-10 10:30:05,50,,王,7,U1,否\n"
    + "o1,B,2026-03-10 11:00:00Z,9,s2,,,U2,\n"
    + "o3,C,2026/3/10,x,s2,陳,1,U3,是\n"
)
KEYS = """
select i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid), k.conname, pg_get_constraintdef(k.oid)
from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = i.indexrelid
and k.contype in ('p', 'u') where i.indrelid::regclass::text in ('members', 'identities', 'consent_log', 'event_keys',
'events')
union all select conrelid::regclass::text, confrelid::regclass::text, conname, pg_get_constraintdef(oid)
from pg_constraint where contype = 'f' and confrelid::regclass::text = 'members'
order by 1, 2, 3
"""


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every load of an empty table is one, however few rows it has."""
    monkeypatch.setattr(first_load, "_MANY", 1)


def test_a_first_load_lands_what_the_file_says_and_leaves_all_indexes_as_they_were(shop, figures, first):
    before = shop.rows(KEYS)
    shop.feed["members"] = MEMBERS
    shop.file("a.csv", FILE)
    report = shop.load("a.csv")
    assert figures(report) == (4, 3, 0, 1)
    assert report.reasons == {"amount is no number": 1}
    assert dict(report.counts) == {"members": 2, "identities": 2, "attributes": 1, "consents": 1, "purchase": 2}
    assert shop.rows(KEYS) == before
    query = "select i.value, m.attributes from members m join identities i on i.member_id = m.id order by kind, value"
    assert shop.rows(query) == [
        ("A", {"name": "王", "points": "7"}), ("B", {}), ("U1", {"name": "王", "points": "7"}), ("U2", {}),
    ]  # fmt: skip
    assert shop.rows("select granted, batch_id, row_number from consent_log") == [(False, report.batch, 2)]
    events = "select value, properties, to_char(at, 'HH24:MI:SS') from events order by id"
    assert shop.rows(events) == [
        (100, {"store": "s1", "order_id": "o1"}, "01:30:00"), (50, {"order_id": "o2"}, "02:30:05"),
    ]  # fmt: skip
    shop.file("b.csv", FILE + "o4,A,2026-03-10 12:00,1,s1,王,7,U1,否\n")
    assert figures(shop.load("b.csv")) == (5, 1, 3, 1)


def test_two_rows_that_give_one_line_account_to_two_numbers_are_found_to_be_one_person_in_a_first_load_too(shop, first):
    shop.feed |= {"brings": [], "members": {"identities": {"line": "line_id"}}}
    shop.file("a.csv", "customer,line_id\nA,U1\nB,U1\n")
    shop.load("a.csv")
    assert shop.rows("select count(*) from members where merged_into is null") == [(1,)]
    assert shop.rows("select kind, value from identities order by 1, 2") == [
        ("customer_number", "A"), ("customer_number", "B"), ("line", "U1"),
    ]  # fmt: skip


def test_a_line_account_that_somebody_has_is_given_to_nobody_else_in_a_first_load(shop, first):
    shop.feed |= {"brings": [], "members": {"identities": {"line": "line_id"}}}
    shop.file("a.csv", "customer,line_id\nA,U1\n")
    shop.load("a.csv")
    shop.file("b.csv", "customer,line_id\n" + "".join(f"B{n},U{n}\n" for n in range(1, 31)))
    shop.load("b.csv")
    assert shop.rows("select count(*) from members where merged_into is null") == [(30,)]
    owners = "select value from identities where member_id = (select member_id from identities where value = 'A')"
    assert shop.rows(f"{owners} order by 1") == [("A",), ("B1",), ("U1",)]


def test_what_two_entries_of_a_feed_say_of_one_order_happened_once_in_a_first_load_too(shop, figures, first):
    shop.feed["brings"] = [*shop.feed["brings"], {**shop.feed["brings"][0], "where": "store = 's1'"}]
    shop.file("a.csv", HEADER + "1,A,2026-03-10 09:00,5,s1\n2,A,2026-03-10 10:00,5,s2\n")
    assert figures(shop.load("a.csv")) == (2, 2, 0, 0)
    assert shop.rows("select properties ->> 'order_id' from events order by 1") == [("1",), ("2",)]


def test_a_load_goes_the_ordinary_way_while_somebody_reads_the_tables(shop, figures, first):
    shop.feed["members"] = MEMBERS
    shop.file("a.csv", FILE)
    with shop.engine.connect() as reader:
        reader.exec_driver_sql("select from members")
        assert figures(shop.load("a.csv")) == (4, 3, 0, 1)
        reader.rollback()

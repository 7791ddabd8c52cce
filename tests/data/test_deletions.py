"""Deleted rows of a delta: events are taken back once and do not return; a member's row clears what was brought."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.orders_shop import HEADER

HEAD = HEADER.strip() + ",status\n"


@pytest.fixture
def orders(shop):
    shop.feed["deleted"] = "status = 'D'"
    return shop


def values(shop):
    return [value for (value,) in shop.rows("select value from events order by value")]


def test_a_deleted_row_takes_back_the_event_of_its_key(orders, figures):
    orders.file("a.csv", HEAD + "1,A,2026-03-10 10:00,5,x,A\n2,A,2026-03-10 11:00,7,x,A\n3,B,2026-03-10 11:00,9,x,A\n")
    orders.load("a.csv")
    orders.file("b.csv", HEAD + "2,A,,,,D\n")
    report = orders.load("b.csv")
    assert (figures(report), report.counts["retracted"]) == ((1, 1, 0, 0), 1)
    assert values(orders) == [Decimal(5), Decimal(9)]
    query = "select value, properties, source, retracted_by from retracted_events"
    assert orders.rows(query) == [(Decimal(7), {"order_id": "2", "store": "x"}, "orders", report.batch)]


def test_the_same_deletion_again_adds_nothing_and_an_older_file_does_not_bring_the_event_back(orders, figures):
    orders.file("a.csv", HEAD + "1,A,2026-03-10 10:00,5,x,A\n2,A,2026-03-10 11:00,7,x,A\n")
    orders.load("a.csv")
    orders.file("b.csv", HEAD + "2,A,,,,D\n")
    orders.load("b.csv")
    orders.file("c.csv", HEAD + "2,A,,,,D\n1,A,2026-03-10 10:00,5,x,A\n2,A,2026-03-10 11:00,7,x,A\n")
    assert figures(orders.load("c.csv")) == (3, 0, 3, 0)
    assert values(orders) == [Decimal(5)]


def test_what_was_deleted_before_it_came_does_not_come_and_makes_no_member(orders, figures):
    orders.file("a.csv", HEAD + "8,A,2026-03-10 10:00,5,x,A\n9,A,,,,D\n7,nobody,,,,D\n")
    assert figures(orders.load("a.csv")) == (3, 2, 1, 0)
    assert orders.one("select count(*) from members") == 1
    orders.file("b.csv", HEAD + "9,A,2026-03-10 10:00,5,x,A\n")
    assert figures(orders.load("b.csv")) == (1, 0, 1, 0)


def test_in_one_file_the_deletion_wins_wherever_it_stands(orders):
    orders.file("a.csv", HEAD + "1,A,,,,D\n1,A,2026-03-10 10:00,5,x,A\n2,A,2026-03-10 10:00,6,x,A\n2,A,,,,D\n")
    orders.load("a.csv")
    assert values(orders) == []


def test_another_members_event_of_the_same_number_is_not_touched(orders):
    orders.file("a.csv", HEAD + "1,A,2026-03-10 10:00,5,x,A\n")
    orders.load("a.csv")
    orders.file("b.csv", HEAD + "1,B,,,,D\n")
    orders.load("b.csv")
    assert values(orders) == [Decimal(5)]


def test_lines_of_a_basket_are_taken_back_with_it(orders):
    orders.feed["brings"] = [
        {"event": "purchase", "one_per": "order_id", "at": {"from": "at", "zone": "UTC"}, "value": "sum of amount"},
        {"event": "line", "at": {"from": "at", "zone": "UTC"}, "key": ["order_id", "store"], "value": "amount",
         "properties": {"sku": "order_id", "quantity": "store"}},
    ]  # fmt: skip
    orders.file("a.csv", HEAD + "1,A,2026-03-10 10:00,5,01,A\n1,A,2026-03-10 10:00,6,2,A\n2,A,2026-03-10 10:00,7,1,A\n")
    orders.load("a.csv")
    orders.file("b.csv", HEAD + "1,A,,,01,D\n1,A,,,2,D\n")
    assert orders.load("b.csv").counts["retracted"] == 3
    assert orders.rows("select name, value from events order by name") == [
        ("line", Decimal(7)),
        ("purchase", Decimal(7)),
    ]


def test_a_deleted_members_row_clears_what_the_feed_brought_unless_a_later_row_speaks(orders, figures):
    orders.feed |= {"brings": [], "members": {"attributes": {"name": "store"}, "consents": {"promotion": "amount"}}}
    orders.file("a.csv", HEAD + ",A,,no,美,A\n,B,,no,蘭,A\n,C,,no,竹,A\n")
    orders.load("a.csv")
    orders.file("b.csv", HEAD + ",A,,,,D\n,B,,,,D\n,B,,no,蘭,A\n,X,,,,D\n")
    report = orders.load("b.csv")
    assert (figures(report), report.counts["cleared"]) == ((4, 1, 3, 0), 1)
    query = "select i.value, m.attributes from identities i join members m on m.id = i.member_id order by 1"
    assert orders.rows(query) == [("A", {}), ("B", {"name": "蘭"}), ("C", {"name": "竹"})]
    assert orders.one("select count(*) from consents where not granted") == 3

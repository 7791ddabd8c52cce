"""Codes that were used: once each, for whoever was given them, however often and by whomever they are brought."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sqlalchemy import text

from journey_engine.data.redeeming import Redemption, redeem_codes
from journey_engine.inbox.inbox import take_all
from tests.compiler.rows import at
from tests.orders_shop import NOW, Shop

REDEEMED = "receipt,code,at,amount\n"


@pytest.fixture
def pool(shop: Shop) -> Shop:
    """Mei has G-1, Ann has G-2, nobody has G-3."""
    with shop.engine.begin() as connection:
        connection.execute(
            text(
                "insert into members (member_key, created_at, changed_at) values ('mei', :at, :at), ('ann', :at, :at)"
            ),
            {"at": at("2026-03-01 00:00")},
        )
        connection.execute(
            text(
                "insert into coupon_codes (pool, code, batch_id, enrolment_id, member_id, drawn_at, held) values"
                " ('gift', 'G-1', 1, 1, 1, :at, 1), ('gift', 'G-2', 1, 2, 2, :at, 1),"
                " ('gift', 'G-3', 1, null, null, null, 0)"
            ),
            {"at": at("2026-03-01 00:00")},
        )
    shop.feed["member"] = {"by": "coupon", "from": "code"}
    shop.feed["brings"] = [
        {
            "event": "redeem",
            "at": {"from": "at", "zone": "Asia/Taipei"},
            "key": "receipt",
            "value": "amount",
            "properties": {"code": "code"},
        }
    ]
    return shop


def used(shop: Shop) -> list[tuple[str, bool, int]]:
    """(code, used, how often again)."""
    return shop.rows("select code, redeemed_at is not null, redeemed_again from coupon_codes order by id")


EVENTS = "select member_id, name, of, value, properties, source from events order by id"


def test_a_feed_of_used_codes_finds_members_by_them(pool, figures):
    pool.file("a.csv", REDEEMED + "r1, g-1,2026-03-10 10:00,120\nr2,G-9,2026-03-10 11:00,5\n")
    report = pool.load()
    assert figures(report) == (2, 1, 0, 1)
    assert report.reasons == {"no member is known by this coupon": 1, "code is no coupon code": 1}
    assert pool.rows(EVENTS) == [(1, "redeem", "gift", Decimal("120"), {"code": "G-1"}, "orders")]
    assert used(pool) == [("G-1", True, 0), ("G-2", False, 0), ("G-3", False, 0)]


def test_a_code_counts_once_and_says_how_often_it_came_again(pool):
    pool.file("a.csv", REDEEMED + "r1,G-1,2026-03-10 10:00,120\nr2,G-1,2026-03-10 09:00,5\n")
    pool.load("a.csv")
    pool.file("b.csv", REDEEMED + "r1,G-1,2026-03-10 10:00,120\nr3,G-1,2026-03-10 12:00,7\n")
    pool.load("b.csv")
    assert pool.rows(EVENTS) == [(1, "redeem", "gift", Decimal("5"), {"code": "G-1"}, "orders")]
    assert used(pool)[0] == ("G-1", True, 2)


def test_orders_that_carry_a_code_say_whose_it_was(pool, figures):
    """Ann's number is on the receipt, and the code was Mei's."""
    with pool.engine.begin() as connection:
        connection.execute(text("insert into identities values ('customer_number', 'A-2', 2)"))
    pool.feed["member"] = {"by": "customer_number", "from": "customer"}
    pool.feed["brings"][0] |= {"where": "code is known"}
    pool.file("a.csv", "receipt,customer,code,at,amount\nr1,A-2,G-1,2026-03-10 10:00,120\nr2,A-2,,2026-03-10 11:00,5\n")
    assert figures(pool.load()) == (2, 1, 1, 0)
    assert [row[:3] for row in pool.rows(EVENTS)] == [(1, "redeem", "gift")]


def test_uses_that_come_one_by_one_say_what_became_of_each(pool):
    when = at("2026-03-10 10:00")
    told = [
        Redemption("1", "g-1 ", when, Decimal(9)),
        Redemption("2", "G-1", when),
        Redemption("3", "G-3", when),
        Redemption("4", "G-9", when),
        Redemption("1", "G-2", when),
    ]
    with pool.engine.begin() as connection:
        assert redeem_codes(connection, "shop", told) == ["redeemed", "again", "not given", "no such code", "already"]
        assert redeem_codes(connection, "shop", told[:2]) == ["already", "already"]
    assert used(pool) == [("G-1", True, 1), ("G-2", False, 0), ("G-3", True, 0)]
    assert pool.rows(EVENTS) == [(1, "redeem", "gift", Decimal(9), {"code": "G-1"}, "shop")]


def test_a_shop_that_tells_of_a_use_needs_to_know_nobody(pool):
    told = [("1", "g-1"), ("2", "G-1"), ("3", "G-3"), ("4", "G-9")]
    with pool.engine.begin() as connection:
        for key, code in told:
            body = {"event": "redeem", "at": "2026-03-10T10:00:00+08:00", "value": "12", "properties": {"code": code}}
            connection.execute(
                text(
                    "insert into inbox (source, webhook_event_id, body, received_at)"
                    " values ('shop', :key, cast(:body as jsonb), :now)"
                ),
                {"key": key, "body": json.dumps(body), "now": NOW},
            )
        taken = take_all(connection, NOW)
    assert taken.members == {1}
    assert taken.counts == {
        "redeem": 1,
        "refused: this code was used before": 1,
        "refused: nobody was given this code": 1,
        "refused: no such coupon code": 1,
    }
    assert pool.rows(EVENTS) == [(1, "redeem", "gift", Decimal(12), {"code": "G-1"}, "shop")]
    assert pool.one("select count(*) from inbox where taken_at is null") == 0

"""What answers a member's words goes by her reply token or not at all, unless its rule may push."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from journey_engine.store.tables.delivery import intents, reply_tokens
from tests.line.shop import NOON, Shop


def answer(shop: Shop, member: int, message: str = "digest", *, free: bool = True, at: datetime = NOON) -> int:
    row: dict[str, Any] = {"journey": "replies", "step": "hours", "member_id": member, "message": message, "at": at}
    more = {"expires_at": at + timedelta(minutes=1), "priority": 100, "entry": {}, "free": free}
    with shop.engine.begin() as connection:
        made = insert(intents).values(**row, **more).returning(intents.c.id)
        return connection.execute(made).scalar_one()


def token(shop: Shop, member: int, name: str = "t", age: int = 0) -> None:
    with shop.engine.begin() as connection:
        issued = connection.execute(text("select clock_timestamp()")).scalar_one() - timedelta(seconds=age)
        row = {"token": name, "member_id": member, "event_id": name, "issued_at": issued}
        connection.execute(insert(reply_tokens).values(row))


def test_without_a_token_it_is_not_sent_and_says_why(shop: Shop) -> None:
    alone = answer(shop, shop.member(1))
    late = shop.member(2)
    token(shop, late, age=50)
    stale = answer(shop, late)
    report = shop.send()

    assert shop.told() == {alone: "skipped: no reply token", stale: "skipped: no reply token"}
    assert report.requests == {}


def test_a_rule_that_may_push_needs_no_token(shop: Shop) -> None:
    pushed = answer(shop, shop.member(1), free=False)

    assert shop.send().requests == {"push": 1}
    assert shop.told() == {pushed: "accepted"}


def test_an_answer_of_no_visit_is_kept_back_by_what_keeps_back_any_message(shop: Shop) -> None:
    stranger = answer(shop, shop.member(1, friend=False), free=False)
    old = answer(shop, shop.member(2), free=False, at=NOON - timedelta(minutes=2))
    shop.send()

    assert shop.told() == {stranger: "skipped: not a friend", old: "skipped: expired"}

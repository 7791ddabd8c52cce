"""Coupon codes in messages: as drawn on arrival, left out when expired, and given back when nothing was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from journey_engine.language.project import Project
from tests.line.shop import NOON, Shop

LATER = (NOON + timedelta(days=10)).isoformat()
CODE = {"gift": {"code": "G-1", "until": "2026-03-12", "expires_at": LATER}}


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    shop = make_shop(
        messages={
            "gift": {
                "topic": "promotion",
                "say": [{"text": "序號 {coupon.gift}，{coupon.gift.expires as date} 前有效"}],
            },
            "soft": {"topic": "promotion", "say": [{"text": "序號 {coupon.gift|請洽門市}"}]},
        }
    )
    pools = {"coupons": {"gift": {"coupon": "gift", "title": "禮券", "make": {"count": 9, "pattern": "G-????????"}}}}
    shop.project = Project.model_validate({**shop.project.model_dump(by_alias=True, exclude_unset=True), **pools})
    return shop


def due(
    shop: Shop, member: int, message: str, codes: Any = CODE, step: str = "first", enrolment: int | None = None
) -> int:
    """An intent whose codes were drawn; the pool knows of it."""
    intent = shop.due(member, message, step=step, enrolment=enrolment)
    shop.run("update intents set codes = cast(:codes as jsonb) where id = :id", codes=json.dumps(codes), id=intent)
    for pool, told in codes.items():
        shop.run(
            "insert into coupon_codes (pool, code, batch_id, enrolment_id, member_id, drawn_at, expires_at, held)"
            " select :pool, :code, 1, enrolment_id, member_id, at, :until, 1 from intents where id = :id"
            " on conflict (upper(code)) do update set held = coupon_codes.held + 1",
            pool=pool, code=told["code"], until=LATER, id=intent,
        )  # fmt: skip
    return intent


def pool(shop: Shop) -> list[tuple[str, bool, int]]:
    """(code, somebody's, held) of every code."""
    return shop.run("select code, enrolment_id is not null, held from coupon_codes order by id")


def test_a_message_carries_the_code_that_was_drawn(shop: Shop) -> None:
    [mei] = shop.members(1)
    due(shop, mei, "gift")
    assert shop.send().accepted == 1
    assert shop.got(1) == ["序號 G-1，2026年3月12日 前有效"]
    assert pool(shop) == [("G-1", True, 1)]


def test_without_a_code_a_message_says_its_default_or_does_not_go(shop: Shop) -> None:
    mei, ann = shop.members(2)
    first, second = due(shop, mei, "gift", {}), due(shop, ann, "soft", {})
    shop.send()
    assert shop.told() == {first: "skipped: no coupon code: gift", second: "accepted"}
    assert shop.got(2) == ["序號 請洽門市"]


def test_a_code_that_has_expired_is_not_sent(shop: Shop) -> None:
    [mei] = shop.members(1)
    over = {"gift": {"code": "G-1", "until": "2026-03-01", "expires_at": (NOON - timedelta(hours=1)).isoformat()}}
    intent = due(shop, mei, "gift", over)
    shop.send()
    assert shop.told() == {intent: "skipped: no coupon code: gift"}


def test_what_was_never_sent_goes_back_to_the_pool(shop: Shop) -> None:
    stranger = shop.member(1, friend=False)
    intent = due(shop, stranger, "gift")
    shop.send()
    assert shop.told() == {intent: "skipped: not a friend"}
    assert pool(shop) == [("G-1", False, 0)]
    assert shop.run("select codes from intents") == [(None,)]


def test_a_code_that_another_message_of_the_visit_carried_stays_hers(shop: Shop) -> None:
    [mei] = shop.members(1)
    visit = shop.enrol(mei)
    first = due(shop, mei, "gift", enrolment=visit)
    shop.send()
    shop.run("update friendships set status = 'blocked'")
    second = due(shop, mei, "soft", step="second", enrolment=visit)
    assert pool(shop) == [("G-1", True, 2)]
    shop.send()
    assert shop.told() == {first: "accepted", second: "skipped: not a friend"}
    assert pool(shop) == [("G-1", True, 1)]


def test_a_code_that_was_used_stays_used_when_its_message_is_skipped(shop: Shop) -> None:
    stranger = shop.member(1, friend=False)
    due(shop, stranger, "gift")
    shop.run("update coupon_codes set redeemed_at = drawn_at")
    shop.send()
    assert pool(shop) == [("G-1", True, 0)]

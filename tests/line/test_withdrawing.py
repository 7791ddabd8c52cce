"""Members who leave, withdraw or sleep while an answer of LINE is still owed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.line.shop import BRISK, NOON, Shop
from tests.sandbox_fixtures import user

HASTY = replace(BRISK, patience=0.0)  # one attempt for what fails


@pytest.mark.parametrize("reason", ["left", "consent", "erased"])
def test_who_withdraws_after_an_unclear_push_is_not_pushed_to_again(shop: Shop, reason: str) -> None:
    member = shop.member(1)
    intent = shop.due(member)
    shop.sandbox.fault("500_before", endpoint="push")
    shop.send(pace=HASTY)
    withdraw(shop, member, reason)
    shop.sandbox.heal()

    assert shop.send(NOON + timedelta(minutes=5)).unknown == 1
    assert (shop.told(), shop.got(1)) == ({intent: "unknown"}, [])


def test_who_withdraws_before_any_attempt_reached_line_is_simply_skipped(shop: Shop) -> None:
    member = shop.member(1)
    intent = shop.due(member)
    shop.sandbox.fault("429_rate", endpoint="push")
    shop.send(pace=HASTY)
    withdraw(shop, member, "consent")
    shop.sandbox.heal()

    assert shop.send(NOON + timedelta(minutes=5)).skipped == {"no consent": 1}
    assert (shop.told(), shop.requests()[0][1]) == ({intent: "skipped: no consent"}, "dissolved")


def test_an_unclear_multicast_is_finished_unchanged_though_one_withdrew(shop: Shop) -> None:
    first, *_ = shop.members(3)
    for member in (first, first + 1, first + 2):
        shop.due(member)
    shop.sandbox.fault("500_before", endpoint="multicast")
    shop.send(pace=HASTY)
    withdraw(shop, first, "consent")
    shop.sandbox.heal()

    assert shop.send(NOON + timedelta(minutes=5)).accepted == 3
    assert [taken.to for taken in shop.sandbox.ledger()] == [[user(1), user(2), user(3)]]


def test_an_unclear_request_is_not_tried_again_in_quiet_hours(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "21:00-09:00"})
    evening = datetime.fromisoformat("2026-03-02T20:59:00+08:00")
    shop.due(shop.member(1), at=evening)
    shop.sandbox.fault("500_before", endpoint="push")
    shop.send(evening, HASTY)
    shop.sandbox.heal()

    assert shop.send(evening + timedelta(minutes=2)).open == 1
    assert shop.send(evening + timedelta(hours=12, minutes=2)).accepted == 1


def withdraw(shop: Shop, member: int, reason: str) -> None:
    """Let the member leave her journey, withdraw consent, or be erased."""
    statements = {
        "left": "update enrolments set ended_at = :now, end_reason = 'leave' where member_id = :m",
        "consent": "insert into consents values (:m, 'promotion', false, :now, 'form')",
        "erased": "update members set erased_at = :now where id = :m",
    }
    shop.run(statements[reason], m=member, now=NOON)

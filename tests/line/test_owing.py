"""More requests are owed than one look takes: what cannot go stands before nobody who can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.line.shop import BRISK, NOON, Shop

ONCE = replace(BRISK, patience=0.0, first_backoff=600, longest_backoff=600)
TWO = replace(BRISK, batch=2)


def left_in_doubt(shop: Shop) -> None:
    """LINE has answered nothing clear to anything, and all of it is owed again."""
    shop.sandbox.fault("500_before", endpoint="push")
    shop.send(pace=ONCE)
    shop.sandbox.heal()
    shop.run("update requests set next_attempt_at = clock_timestamp()")


def test_what_is_given_up_does_not_end_the_drain(shop: Shop) -> None:
    members = [shop.member(number, name=f"第{number}位") for number in range(1, 6)]
    late = [shop.due(member, "hello", expires=timedelta(hours=1)) for member in members[:4]]
    kept = shop.due(members[4], "hello")
    left_in_doubt(shop)

    report = shop.send(NOON + timedelta(hours=2), TWO)

    assert (report.unknown, report.accepted, report.open) == (4, 1, 0)
    assert shop.told() == {**dict.fromkeys(late, "unknown"), kept: "accepted"}


def test_those_in_their_quiet_hours_stand_before_nobody(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "22:00-08:00"})
    asleep = [shop.member(number, name=f"第{number}位", zone="America/Los_Angeles") for number in (1, 2, 3)]
    waiting = [shop.due(member, "hello") for member in asleep]
    goes = shop.due(shop.member(4, name="第4位"), "hello")
    left_in_doubt(shop)

    report = shop.send(NOON + timedelta(hours=3), TWO)  # 23:00 in Los Angeles

    assert (report.accepted, report.open) == (1, 3)
    assert shop.told() == {**dict.fromkeys(waiting, "frozen"), goes: "accepted"}
    assert shop.send(NOON + timedelta(hours=12), TWO).accepted == 3

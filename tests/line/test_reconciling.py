"""The month held against LINE's figures: a day is asked about once, and what LINE counted otherwise stays in sight."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest

from journey_engine.line.quota import Figures
from journey_engine.line.reconciling import Reconciled, reconcile
from tests.line.shop import NOON, Shop
from tests.sandbox_fixtures import user

TUESDAY = NOON + timedelta(days=1)
MONDAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def on_monday(shop: Shop) -> None:
    shop.sandbox.post("clock", {"now": _ms(NOON)})


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def send_to(shop: Shop, *members: int) -> None:
    for member in members:
        shop.due(member)
    shop.send()


def test_a_day_is_asked_about_when_line_has_counted_it_and_once(shop: Shop) -> None:
    shop.sandbox.post("quota", {"limit": 500})
    send_to(shop, *shop.members(3))
    assert reconcile(shop.engine, shop.channel, shop.project.policy, NOON).days == {}
    shop.sandbox.post("clock", {"now": _ms(TUESDAY)})
    told = reconcile(shop.engine, shop.channel, shop.project.policy, TUESDAY)
    assert told.days == {(MONDAY, "multicast"): (3, 3)}
    assert told.different == 0
    assert told.figures == Figures(500, 3)
    assert shop.run("select day, endpoint, ours, lines from quota_checks") == [(MONDAY, "multicast", 3, 3)]
    assert shop.run("select quota_limit, quota_used from channels") == [(500, 3)]
    assert reconcile(shop.engine, shop.channel, shop.project.policy, TUESDAY).days == {}


def test_who_had_blocked_the_account_is_not_counted_by_line(shop: Shop) -> None:
    members = shop.members(3)
    shop.sandbox.block(user(2))
    send_to(shop, *members)
    shop.sandbox.post("clock", {"now": _ms(TUESDAY)})
    told = reconcile(shop.engine, shop.channel, shop.project.policy, TUESDAY)
    assert (told.days, told.different) == ({(MONDAY, "multicast"): (3, 2)}, 1)


def test_a_silent_line_changes_nothing(shop: Shop) -> None:
    send_to(shop, *shop.members(1))
    shop.sandbox.fault("down")
    told = reconcile(shop.engine, shop.channel, shop.project.policy, TUESDAY)
    assert told.silent
    assert shop.run("select count(*) from quota_checks") == [(0,)]


async def _within_a_loop(shop: Shop) -> Reconciled:
    return reconcile(shop.engine, shop.channel, shop.project.policy, NOON)


def test_who_asks_may_be_running_a_loop(shop: Shop) -> None:
    assert asyncio.run(_within_a_loop(shop)).figures == Figures(None, 0)

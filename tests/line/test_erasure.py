"""Members who are erased while messages to them wait, are under way, or went out: nothing is sent twice, all counts."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from journey_engine.measures.journeys import standing
from journey_engine.members import erasing
from tests import beside
from tests.line.eraser import erasing_until
from tests.line.shop import BRISK, NOON, Shop
from tests.sandbox_fixtures import user

HASTY = replace(BRISK, patience=0.0)  # one attempt for what fails
SOON = NOON + timedelta(minutes=5)


def forget(shop: Shop, *members: int) -> erasing.Forgotten:
    return erasing.forget(shop.engine, shop.project, members, "陳怡君", "asked by mail", NOON)


def open_erasures(shop: Shop) -> int:
    """How many are left when those that can be are ended, as each tick does it."""
    erasing.finish(shop.engine, SOON)
    return shop.run("select count(*) from erasures where finished_at is null")[0][0]


def test_what_waits_for_her_is_skipped_at_once_and_never_sent(shop: Shop) -> None:
    member = shop.member(1, name="美美")
    intent = shop.due(member, step="second")
    forget(shop, member)
    assert shop.told() == {intent: "skipped: erased"}
    shop.send(SOON)
    assert (shop.got(1), open_erasures(shop)) == ([], 0)


def test_an_unclear_push_is_given_up_and_forgotten(shop: Shop) -> None:
    member = shop.member(1)
    intent = shop.due(member)
    shop.sandbox.fault("500_before", endpoint="push")
    shop.send(pace=HASTY)
    forget(shop, member)
    assert open_erasures(shop) == 1
    shop.sandbox.heal()

    assert shop.send(SOON).unknown == 1
    assert (shop.told(), shop.got(1)) == ({intent: "unknown"}, [])
    assert open_erasures(shop) == 0
    assert shop.run("select recipients, body from requests") == [(["(erased)"], None)]
    assert shop.run("select recipient, entry from intents") == [(None, {})]


def test_a_push_that_never_reached_line_is_dissolved_and_skipped(shop: Shop) -> None:
    member = shop.member(1)
    intent = shop.due(member)
    shop.sandbox.fault("429_rate", endpoint="push")
    shop.send(pace=HASTY)
    forget(shop, member)
    shop.sandbox.heal()

    shop.send(SOON)
    assert (shop.told(), shop.got(1)) == ({intent: "skipped: erased"}, [])
    assert open_erasures(shop) == 0
    assert shop.run("select status, recipients, body from requests") == [("dissolved", ["(erased)"], None)]


def test_an_unclear_multicast_is_finished_unchanged_and_then_names_her_no_more(shop: Shop) -> None:
    first, *_ = shop.members(3)
    for member in (first, first + 1, first + 2):
        shop.due(member)
    shop.sandbox.fault("500_before", endpoint="multicast")
    shop.send(pace=HASTY)
    forget(shop, first)
    shop.sandbox.heal()

    assert shop.send(SOON).accepted == 3
    assert [taken.to for taken in shop.sandbox.ledger()] == [[user(1), user(2), user(3)]]
    assert open_erasures(shop) == 0
    assert shop.run("select recipients, body from requests") == [(["(erased)", user(2), user(3)], None)]


def figures(shop: Shop) -> Any:
    with shop.engine.begin() as connection:
        told = standing(connection, "welcome")
    ledger = shop.run("select day, topic, endpoint, reserved, released from quota_ledger order by 1, 2, 3")
    quota = shop.run("select quota_used from channels")
    events = shop.run('select name, "of", count(*), sum(value) from events group by 1, 2 order by 1, 2')
    return told, ledger, quota, events


def test_sends_quota_funnel_and_goals_are_the_same_before_and_after(shop: Shop) -> None:
    shop.crowd(12, "hello", "sale")
    shop.send()
    before = figures(shop)
    forget(shop, *(row[0] for row in shop.run("select id from members where id % 2 = 0")))
    assert figures(shop) == before
    assert before[3], "nothing was sent"


@pytest.mark.parametrize(("at", "erased"), [("tracing.empty", 0), ("finish", 6)])
def test_an_erasure_that_is_killed_has_erased_all_or_nobody(shop: Shop, at: str, erased: int) -> None:
    shop.crowd(6, "hello")
    shop.send()
    url = shop.engine.url.render_as_string(hide_password=False)
    killed = beside.start(erasing_until, url, range(1, 7), at)
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    assert shop.run("select count(*) from members where erased_at is not null") == [(erased,)]
    assert shop.run("select count(*) from identities") == [(6 - erased,)]
    assert shop.run("select count(*) from erasures where finished_at is null") == [(erased,)]
    assert open_erasures(shop) == 0

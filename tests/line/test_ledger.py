"""The quota's ledger: what was reserved and given back adds up with what was accepted, topic by topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from journey_engine.language.catalog import Policy
from journey_engine.line.ledger import kept
from tests.line.shop import NOON, Shop

BOOK = "select day::text, topic, endpoint, reserved, released from quota_ledger order by 1, 2, 3"


def test_what_is_sent_is_booked_by_day_topic_and_endpoint(shop: Shop) -> None:
    for member in shop.members(3, name="小美"):
        shop.due(member, "sale")
        shop.due(member, "receipt")
    shop.send()
    assert shop.run("select quota_used from channels") == [(sum(row[3] for row in shop.run(BOOK)),)]
    late = NOON + timedelta(hours=11, minutes=30)  # half past midnight of the next day where LINE counts
    shop.due(shop.member(4), "digest", at=late)
    shop.send(late)
    assert shop.run(BOOK)[-1] == ("2026-03-03", "news", "push", 1, 0)


def test_what_line_refuses_is_given_back(shop: Shop) -> None:
    shop.due(shop.member(1, known=False), "sale")
    shop.send()
    assert shop.run(BOOK) == [("2026-03-02", "promotion", "push", 1, 1)]


def test_a_split_multicast_gives_back_what_its_bad_ids_took(shop: Shop) -> None:
    shop.crowd(8, "sale", unknown={3})
    shop.send()
    assert shop.run(BOOK) == [("2026-03-02", "promotion", "multicast", 8, 1)]
    assert shop.run("select quota_used from channels") == [(7,)]


def test_a_withdrawn_request_is_given_back(shop: Shop) -> None:
    member = shop.member(1)
    shop.due(member, "sale")
    shop.sandbox.fault("429_rate")
    shop.send()
    shop.run("update friendships set status = 'blocked'")
    shop.sandbox.heal()
    shop.send(NOON + timedelta(minutes=5))
    assert shop.run(BOOK) == [("2026-03-02", "promotion", "push", 1, 1)]


@pytest.mark.parametrize(("share", "left"), [("50%", {"service": 2, "news": 0}), ("0%", {"service": 0, "news": 0})])
def test_a_share_is_kept_as_far_as_its_topic_has_not_used_it(make_shop: Callable[..., Shop], share, left) -> None:
    shop = make_shop()
    shop.run("insert into quota_ledger values ('sandbox', '2026-03-01', 'service', 'push', 4, 1)")
    shop.run("insert into quota_ledger values ('sandbox', '2026-02-28', 'service', 'push', 4, 1)")
    shop.run("insert into quota_ledger values ('sandbox', '2026-03-01', 'news', 'push', 9, 0)")
    rules = {"zone": "Asia/Taipei", "quota": {"limit": 10, "reserve": {"service": share, "news": "20%"}}}
    with shop.engine.connect() as connection:
        assert kept(connection, "sandbox", Policy.model_validate(rules), NOON, 10) == left

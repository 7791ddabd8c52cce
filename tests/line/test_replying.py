"""A fresh reply token carries what is due to its member: free, once, and never a second way after a doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from journey_engine.line.holding import MONTHLY
from tests.line.shop import BRISK, NOON, Shop
from tests.sandbox_fixtures import user


def writes(shop: Shop, member: int, number: int, age: str = "0 seconds") -> str:
    """Let the friend write; the token that comes with it, as the webhook notes it."""
    event = shop.sandbox.act(user(number), "write", text="嗨")["events"][0]
    shop.run(
        "insert into reply_tokens (token, member_id, event_id, issued_at)"
        " values (:token, :member, :event, clock_timestamp() - cast(:age as interval))",
        token=event["replyToken"], member=member, event=event["webhookEventId"], age=age,
    )  # fmt: skip
    return event["replyToken"]


def endpoints(shop: Shop) -> list[str]:
    return [taken.endpoint for taken in shop.sandbox.ledger()]


def test_what_is_due_goes_by_a_fresh_token_and_costs_nothing(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": 1})
    member, other = shop.member(1, name="美"), shop.member(2)
    writes(shop, member, 1)
    for message in ("sale", "hello"):
        shop.due(member, message)
    shop.due(other, "sale")

    report = shop.send()

    assert (report.accepted, report.requests) == (3, {"reply": 1, "push": 1})
    assert shop.run("select quota_used from channels") == [(1,)]
    assert shop.sandbox.ledger()[endpoints(shop).index("reply")].retry_key is None
    assert shop.run("select count(*) from reply_tokens t join requests r on r.id = t.request_id") == [(1,)]


def test_a_token_of_46_seconds_is_not_tried(shop: Shop) -> None:
    member = shop.member(1)
    writes(shop, member, 1, "46 seconds")
    shop.due(member)

    assert shop.send().requests == {"push": 1}


def test_quiet_hours_do_not_bind_a_reply_and_do_bind_what_follows_a_refused_one(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(policy={"quiet_hours": "21:00-09:00"})
    night = datetime.fromisoformat("2026-03-02T22:30:00+08:00")
    first, second = shop.members(2)
    writes(shop, first, 1)
    replied, refused = shop.due(first), shop.due(second)
    shop.run(
        "insert into reply_tokens (token, member_id, event_id, issued_at) values ('worn', :m, 'e', clock_timestamp())",
        m=second,
    )

    shop.send(night)

    assert shop.told() == {replied: "accepted", refused: "pending: quiet hours"}
    assert [(endpoint, status) for endpoint, status, _ in shop.requests()] == [
        ("reply", "accepted"), ("reply", "dissolved"),
    ]  # fmt: skip


def test_a_refused_reply_is_pushed_with_a_key(shop: Shop) -> None:
    member = shop.member(1)
    shop.run(
        "insert into reply_tokens (token, member_id, event_id, issued_at) values ('worn', :m, 'e', clock_timestamp())",
        m=member,
    )
    shop.due(member)

    assert shop.send().requests == {"reply": 1, "push": 1}
    assert [taken.retry_key is None for taken in shop.sandbox.ledger()] == [False]
    assert shop.run("select quota_used from channels") == [(1,)]


def test_an_unclear_reply_is_unknown_at_once_and_nobody_asks_again(shop: Shop) -> None:
    member = shop.member(1)
    writes(shop, member, 1)
    intent = shop.due(member)
    shop.sandbox.fault("500_after", endpoint="reply")

    report = shop.send()

    assert (report.unknown, report.requests, shop.told()) == (1, {"reply": 1}, {intent: "unknown"})
    shop.sandbox.heal()
    assert shop.send(NOON + timedelta(minutes=5)).requests == {}


def test_a_reply_whose_sender_died_is_unknown(shop: Shop) -> None:
    member = shop.member(1)
    writes(shop, member, 1)
    intent = shop.due(member)
    shop.sandbox.fault("401", endpoint="reply")
    shop.send(pace=replace(BRISK, patience=0))
    assert shop.told() == {intent: "pending"}, "a refused token of ours stops the channel, and the reply is dissolved"

    shop.run("update holds set released_at = :now", now=NOON)
    shop.sandbox.heal()
    shop.run("update requests set status = 'attempting', lease_until = clock_timestamp() where endpoint = 'reply'")
    shop.run("update intents set status = 'frozen', request_id = (select max(id) from requests)")
    shop.send()
    assert shop.told() == {intent: "unknown"}


@pytest.mark.parametrize("kind", ["429_rate", "401"])
def test_a_token_that_line_did_not_look_at_carries_the_next_attempt_while_it_is_fresh(shop: Shop, kind: str) -> None:
    member = shop.member(1)
    writes(shop, member, 1)
    shop.due(member)
    shop.sandbox.fault(kind, endpoint="reply", count=1)

    shop.send()
    shop.run("update holds set released_at = since")
    shop.send()

    assert endpoints(shop) == ["reply"]
    assert shop.run("select status from requests order by id") == [("dissolved",), ("accepted",)]
    assert shop.run("select used_at is not null, request_id from reply_tokens") == [
        (True, shop.run("select max(id) from requests")[0][0])
    ]


def test_a_channel_without_quota_goes_on_replying(shop: Shop) -> None:
    first, second = shop.members(2)
    writes(shop, first, 1)
    free, paid = shop.due(first), shop.due(second)
    shop.sandbox.post("quota", {"limit": 5, "used": 5})
    shop.run(
        "insert into holds (scope, name, reason, cure, since) values ('channel', 'sandbox', :reason, '', :now)",
        reason=MONTHLY, now=NOON,
    )  # fmt: skip

    report = shop.send()
    assert (report.accepted, report.requests, report.paused) == (1, {"reply": 1}, MONTHLY)
    assert shop.told() == {free: "accepted", paid: "pending"}

    writes(shop, second, 2)
    shop.run("insert into holds (scope, name, reason, cure, since) values ('channel', 'sandbox', 'x', '', :n)", n=NOON)
    assert shop.send().requests == {}, "held for another reason, too"


@pytest.mark.parametrize("endpoint", ["push", "reply"])
def test_a_drain_ends_and_says_so_when_lines_rate_limit_outlasts_its_patience(shop: Shop, endpoint: str) -> None:
    """There is always something to be tried again: a backoff ends, or a token that LINE did not look at is as good."""
    for number in (1, 2, 3):
        member = shop.member(number, name=f"第{number}位")
        shop.due(member, "hello", step="second")
        if endpoint == "reply":
            writes(shop, member, number)
    shop.sandbox.fault("429_rate", endpoint=endpoint)

    report = shop.send(pace=replace(BRISK, first_backoff=0.01, longest_backoff=0.02, patience=0.3))

    assert report.accepted == 0
    assert (report.paused or "").startswith("LINE takes no more for now: 429 ")
    shop.sandbox.heal()
    assert (shop.send().accepted, shop.send().paused) == (3, None)
    shop.assert_ledgers_agree()


def test_a_drain_that_will_not_wait_for_the_next_attempt_says_so(shop: Shop) -> None:
    """Its patience would be over before: it ends at once, for the same reason."""
    shop.due(shop.member(1))
    shop.sandbox.fault("429_rate", endpoint="push")

    report = shop.send(pace=replace(BRISK, first_backoff=60, longest_backoff=60, patience=30))

    assert (report.requests, report.open) == ({"push": 1}, 1)
    assert (report.paused or "").startswith("LINE takes no more for now: 429 ")

"""A survey goes through the sandbox: asked by push, answered by taps and words, carried on by reply tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine.inbox import inbox
from journey_engine.sandbox.beside import Sandbox
from tests.inbox.surveyed import NPS, project
from tests.line.shop import NOON, Shop
from tests.sandbox_fixtures import user


@pytest.fixture
def shop(database: Engine, sandbox: Sandbox) -> Shop:
    return Shop(database, sandbox, project({**NPS, "cool_down": "30 days"}, rules=None))


def lives(shop: Shop, number: int, do: str, at: datetime = NOON, is_fresh: bool = True, **more: Any) -> None:
    """The friend does something, and it comes in through the webhook; its token is good unless it is not fresh."""
    told = shop.sandbox.act(user(number), do, **more)["events"]
    events = [{**event, "timestamp": int(at.timestamp() * 1000)} for event in told]
    with shop.engine.begin() as connection:
        inbox.store(connection, events, at)
        inbox.take(connection, at, shop.project)
    for event in events if is_fresh else ():
        shop.run(
            "insert into reply_tokens (token, member_id, event_id, issued_at)"
            " select :token, member_id, :event, clock_timestamp() from identities where value = :user",
            token=event["replyToken"], event=event["webhookEventId"], user=user(number),
        )  # fmt: skip


def taps(shop: Shop, number: int, label: str, at: datetime = NOON, is_fresh: bool = True) -> None:
    """She taps the button with this label below the last message."""
    ledger = shop.sandbox.ledger()
    labels = [each["action"]["label"] for each in ledger[-1].messages[-1]["quickReply"]["items"]]
    lives(shop, number, "tap", at, is_fresh, acceptance=len(ledger) - 1, action=labels.index(label))


def test_the_whole_survey_costs_one_message(shop: Shop) -> None:
    member = shop.member(1)
    shop.due(member, "nps_recommend")
    shop.send()
    taps(shop, 1, "9")
    shop.send()
    taps(shop, 1, "好")
    shop.send()
    lives(shop, 1, "write", text="多一點麵包")
    shop.send()

    assert shop.got(1) == ["您有多想推薦我們？", "店員的服務？", "哪裡可以更好？", "本週新聞"]
    assert [taken.endpoint for taken in shop.sandbox.ledger()] == ["push", "reply", "reply", "reply"]
    assert shop.run("select quota_used from channels") == [(1,)]
    assert shop.run("select properties ->> 'answer' from events where name = 'answer' order by id") == [
        ("9",), ("4",), ("多一點麵包",)
    ]  # fmt: skip


def test_a_question_has_its_buttons_below_it(shop: Shop) -> None:
    shop.due(shop.member(1), "nps_recommend")
    shop.send()

    buttons = shop.sandbox.ledger()[0].messages[0]["quickReply"]["items"]
    assert [each["action"]["label"] for each in buttons] == [str(score) for score in range(11)]
    assert buttons[9]["action"]["data"] == "journeys:tap:nps_recommend:score_9"


def test_the_next_question_comes_by_push_when_the_token_is_too_old_and_the_thanks_do_not(shop: Shop) -> None:
    shop.due(shop.member(1), "nps_recommend")
    shop.send()
    taps(shop, 1, "2", is_fresh=False)
    shop.send()
    taps(shop, 1, "很差", is_fresh=False)
    shop.send()
    taps(shop, 1, "略過", is_fresh=False)
    shop.send()

    assert shop.got(1) == ["您有多想推薦我們？", "店員的服務？", "哪裡可以更好？"]
    assert list(shop.told().values())[-1] == "skipped: no reply token"


def test_a_number_out_of_range_is_asked_about_once_and_only_for_free(shop: Shop) -> None:
    shop.due(shop.member(1), "nps_recommend")
    shop.send()
    for _ in range(2):
        lives(shop, 1, "write", text="12")
        shop.send()

    assert shop.got(1) == ["您有多想推薦我們？"] * 2


# ---- cool-down ----------------------------------------------------------------------------------------------------
def test_of_two_journeys_that_ask_at_once_one_does(shop: Shop) -> None:
    member = shop.member(1)
    first = shop.due(member, "nps_recommend")
    second = shop.due(member, "nps_recommend", journey="again")
    other = shop.due(shop.member(2), "nps_recommend")
    shop.send()

    assert shop.told() == {first: "accepted", second: "skipped: asked lately", other: "accepted"}


@pytest.mark.parametrize(("days", "fate"), [(29, "skipped: asked lately"), (30, "accepted")])
def test_who_was_asked_is_asked_again_after_the_cool_down(shop: Shop, days: int, fate: str) -> None:
    member = shop.member(1)
    shop.due(member, "nps_recommend")
    shop.send()
    at = NOON + timedelta(days=days)
    again = shop.due(member, "nps_recommend", at=at)
    shop.send(at)

    assert shop.told()[again] == fate


def test_a_survey_without_a_cool_down_is_asked_as_often_as_journeys_say(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop()
    shop.project = project(NPS, rules=None)
    member = shop.member(1)
    both = {shop.due(member, "nps_recommend"), shop.due(member, "nps_recommend", journey="again")}
    shop.send()

    assert shop.told() == dict.fromkeys(both, "accepted")


def test_a_question_counts_among_the_messages_of_its_topic(shop: Shop) -> None:
    policy = type(shop.project.policy).model_validate({"zone": "Asia/Taipei", "caps": {"service": "1 per day"}})
    shop.project = shop.project.model_copy(update={"policy": policy})
    member = shop.member(1)
    asked = shop.due(member, "nps_recommend")
    held = shop.due(member, "nps_staff", at=NOON + timedelta(minutes=1))
    shop.send(NOON + timedelta(minutes=1))

    assert shop.told() == {asked: "accepted", held: "skipped: capped"}

"""What friends do reaches the webhook as LINE would send it, on good days and on bad ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from linebot.v3.webhook import SignatureValidator

from journey_engine.sandbox import SECRET
from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.deliveries import UNKNOWN_TYPE, signature
from tests.line_openapi import needs_openapi, validate_event
from tests.sandbox.receivers import Receiver, receiving
from tests.sandbox_fixtures import user


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    """A webhook that the sandbox knows; events come in one request each, without waiting for company."""
    with receiving() as one:
        sandbox.post("webhook", {"url": one.url, "gather": 0.0, "again_after": 0.01})
        yield one
        sandbox.post("webhook", {"url": None})


def follow_all(sandbox: Sandbox, *numbers: int) -> list[str]:
    """These users follow, in one go; the ids of the events."""
    done = sandbox.post("act", {"acts": [{"user": user(number), "do": "follow"} for number in numbers]})["done"]
    return [each["events"][0]["webhookEventId"] for each in done]


def ids(events: list[Any]) -> list[str]:
    return [event["webhookEventId"] for event in events]


@needs_openapi
def test_a_friends_acts_are_posted_as_line_signs_them(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.act(user(1), "follow", name="小美")
    sandbox.act(user(1), "write", text="你好")
    sandbox.act(user(1), "block")
    receiver.await_(lambda r: len(r.events) == 3)

    validator = SignatureValidator(SECRET)
    assert all(validator.validate(body.decode(), headers["x-line-signature"]) for headers, body in receiver.requests)
    assert [event["type"] for event in receiver.events] == ["follow", "message", "unfollow"]
    assert receiver.events == [event for _, event in sandbox.taps()]
    assert [validate_event(event) for event in receiver.events] == [[], [], []]
    assert {body["destination"] for body in receiver.bodies} == {"U0000000000000000000000000000b07a"}


def test_signatures_equal_the_published_ones(shared: Path) -> None:
    vectors = json.loads((shared / "line-samples" / "signature_vectors.json").read_text(encoding="utf-8"))
    checked = [each for each in vectors if "secret" in each and isinstance(each.get("body"), str)]

    assert len(checked) >= 3
    for each in checked:
        assert (signature(each["secret"], each["body"].encode()) == each["signature"]) is each["valid"]


def test_several_users_events_come_in_one_request(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"batch": 3})
    sent = follow_all(sandbox, *range(1, 8))
    receiver.await_(lambda r: len(r.events) == 7)

    assert [len(body["events"]) for body in receiver.bodies] == [3, 3, 1]
    assert ids(receiver.events) == sent


def test_a_request_that_fails_is_lost_unless_redelivery_is_on(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [500]
    follow_all(sandbox, 1)
    receiver.await_(lambda _: sandbox.get("webhook")["counts"].get("lost") == 1)

    assert len(receiver.requests) == 1
    assert sandbox.get("webhook")["waiting"] == 0


def test_redelivery_repeats_the_event_with_its_id_and_token_and_says_so(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"redeliver": 3})
    receiver.answers = [500, 503]
    follow_all(sandbox, 1)
    receiver.await_(lambda _: sandbox.get("webhook")["counts"].get("delivered") == 1)

    first, *others = receiver.events
    assert [event["deliveryContext"]["isRedelivery"] for event in receiver.events] == [False, True, True]
    assert len({event["webhookEventId"] for event in receiver.events}) == 1
    assert {event["replyToken"] for event in others} == {first["replyToken"]}
    assert [posted["status"] for posted in sandbox.get("webhook")["recent"]] == [200, 503, 500]


def test_a_receiver_too_slow_has_not_heard(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"redeliver": 5, "timeout": 0.05})
    receiver.delay = 0.3
    follow_all(sandbox, 1)
    receiver.await_(lambda r: len(r.requests) >= 1)
    receiver.delay = 0.0
    receiver.await_(lambda _: sandbox.get("webhook")["counts"].get("delivered") == 1)

    assert "request_timeout" in [posted["note"] for posted in sandbox.get("webhook")["recent"]]
    assert receiver.events[-1]["deliveryContext"]["isRedelivery"] is True


def test_nobody_there_is_told_as_such_and_asked_again(sandbox: Sandbox) -> None:
    with receiving() as gone:
        address = gone.url
    sandbox.post("webhook", {"url": address, "redeliver": 1_000, "again_after": 0.01})
    sent = follow_all(sandbox, 1, 2)
    with receiving() as back:
        sandbox.post("webhook", {"url": back.url})
        back.await_(lambda r: len(r.events) >= 2)

        assert set(ids(back.events)) == set(sent)
    sandbox.post("webhook", {"url": None})


def test_a_duplicate_has_the_same_id_and_comes_in_a_later_request(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"duplicate": 1.0})
    sent = follow_all(sandbox, 1, 2)
    receiver.await_(lambda r: len(r.events) == 4)

    assert [ids(body["events"]) for body in receiver.bodies] == [sent, sent]
    assert not any(event["deliveryContext"]["isRedelivery"] for event in receiver.events)


def test_reordered_events_are_all_there(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"reorder": 1.0, "seed": 3})
    sent = follow_all(sandbox, *range(1, 21))
    receiver.await_(lambda r: len(r.events) == 20)

    assert sorted(ids(receiver.events)) == sorted(sent)
    assert ids(receiver.events) != sent


def test_unknown_types_and_empty_requests_come_on_demand(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"unknown": 1.0, "empty": 1.0})
    follow_all(sandbox, 1)
    receiver.await_(lambda _: sandbox.get("webhook")["counts"].get("delivered") == 1)

    assert receiver.bodies[0]["events"] == []
    assert sorted(event["type"] for event in receiver.events) == ["follow", UNKNOWN_TYPE]


def test_on_standby_there_is_no_token(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("webhook", {"standby": True})
    follow_all(sandbox, 1)
    receiver.await_(lambda r: len(r.events) == 1)

    assert receiver.events[0]["mode"] == "standby"
    assert "replyToken" not in receiver.events[0]


@needs_openapi
def test_any_event_of_lines_can_be_told(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.befriend(user(1))
    unsent = {"type": "unsend", "unsend": {"messageId": "325708"}}
    watched = {"type": "videoPlayComplete", "videoPlayComplete": {"trackingId": "spring"}}
    sandbox.act(user(1), "tell", event=unsent)
    sandbox.act(user(1), "tell", event=watched)
    receiver.await_(lambda r: len(r.events) == 2)

    assert [event["type"] for event in receiver.events] == ["unsend", "videoPlayComplete"]
    assert ["replyToken" in event for event in receiver.events] == [False, True]
    assert [validate_event(event) for event in receiver.events] == [[], []]


def test_verifying_posts_no_event_and_tells_the_answer(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [200, 418]

    told = [sandbox.post("webhook/verify")["status"] for _ in range(2)]

    assert told == [200, 418]
    assert [body["events"] for body in receiver.bodies] == [[], []]


def test_without_a_webhook_nothing_is_owed_to_one_that_comes_later(sandbox: Sandbox) -> None:
    follow_all(sandbox, 1, 2)
    with receiving() as receiver:
        sandbox.post("webhook", {"url": receiver.url, "gather": 0.0})
        (sent,) = follow_all(sandbox, 3)
        receiver.await_(lambda r: len(r.events) == 1)

        assert ids(receiver.events) == [sent]
        sandbox.post("webhook", {"url": None})


def test_what_is_held_back_survives_a_restart(tmp_path: Path) -> None:
    with receiving() as receiver:
        with Sandbox(tmp_path / "j.jsonl") as sandbox:
            sandbox.post("webhook", {"url": receiver.url, "gather": 0.0, "hold": True})
            sent = follow_all(sandbox, 1, 2, 3)
        with Sandbox(tmp_path / "j.jsonl") as sandbox:
            assert sandbox.get("webhook")["waiting"] == 3
            sandbox.post("webhook", {"hold": False})
            receiver.await_(lambda r: len(r.events) == 3)
            receiver.await_(lambda _: sandbox.get("webhook")["waiting"] == 0)

    assert ids(receiver.events) == sent


def test_what_was_under_way_when_the_sandbox_ended_is_redelivered(tmp_path: Path) -> None:
    with receiving() as receiver:
        receiver.delay = 0.5
        with Sandbox(tmp_path / "j.jsonl") as sandbox:
            sandbox.post("webhook", {"url": receiver.url, "gather": 0.0})
            follow_all(sandbox, 1)
            receiver.await_(lambda r: len(r.requests) == 1)
        receiver.delay = 0.0
        with Sandbox(tmp_path / "j.jsonl") as sandbox:
            receiver.await_(lambda _: sandbox.get("webhook")["counts"].get("delivered") == 1)

    assert [event["deliveryContext"]["isRedelivery"] for event in receiver.events] == [False, True]


@pytest.mark.parametrize(
    "given", [{"url": "ftp://x"}, {"rate": 1}, {"duplicate": 2}, {"batch": 0}, {"hold": 1}, {"secret": ""}, [1]]
)
def test_an_impossible_webhook_is_refused(sandbox: Sandbox, given: Any) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="This is no webhook"):
        sandbox.post("webhook", given)

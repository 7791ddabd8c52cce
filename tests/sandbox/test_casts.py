"""Broadcasts and narrowcasts as LINE documents them, through the official SDK."""

from __future__ import annotations

import uuid

import pytest
from linebot.v3.messaging import (
    BroadcastRequest,
    Filter,
    GenderDemographicFilter,
    MessagingApi,
    NarrowcastRequest,
    TextMessage,
)

from journey_engine.sandbox.beside import Sandbox
from tests.sandbox.test_sending import multicast_of, push_of, raw, refused
from tests.sandbox_fixtures import user

HELLO = [TextMessage(text="大家好")]


def crowd(sandbox: Sandbox, count: int) -> None:
    sandbox.befriend(*(user(number) for number in range(count)))


def test_a_broadcast_goes_to_every_friend_and_is_billed_for_each(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 5)
    sandbox.befriend({"id": user(7), "status": "blocked"})

    line.broadcast(BroadcastRequest(messages=HELLO))

    (taken,) = sandbox.ledger()
    assert (taken.endpoint, taken.to) == ("broadcast", [user(number) for number in range(5)])
    assert line.get_message_quota_consumption().total_usage == 5
    assert sandbox.get("ledger/summary")["acceptances"] == 1


def test_a_broadcast_over_the_months_limit_reaches_nobody(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 5)
    sandbox.post("quota", {"limit": 4})

    assert refused(line.broadcast, BroadcastRequest(messages=HELLO))[:2] == (
        429,
        {"message": "You have reached your monthly limit."},
    )
    assert sandbox.ledger() == []


@pytest.mark.parametrize(("verb", "accepted"), [("broadcast", 200), ("narrowcast", 202)])
def test_a_key_of_a_cast_that_was_accepted_answers_409(sandbox: Sandbox, verb: str, accepted: int) -> None:
    crowd(sandbox, 60)
    body, key = {"messages": [{"type": "text", "text": "x"}]}, str(uuid.uuid4())

    first, again = (raw(sandbox, body, verb, **{"x-line-retry-key": key}) for _ in range(2))

    assert (first.status_code, first.json()) == (accepted, {})
    assert (again.status_code, again.json()) == (409, {"message": "The retry key is already accepted"})
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert len(sandbox.ledger()) == 1


def test_a_narrowcast_waits_is_sent_and_succeeds(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 60)

    said = line.narrowcast_with_http_info(NarrowcastRequest(messages=HELLO))
    number = said.headers["x-line-request-id"]

    phases = []
    for _ in range(3):
        phases.append(line.get_narrowcast_progress(number).phase)
        sandbox.time.let_pass(1.0)
    done = line.get_narrowcast_progress(number)
    assert (said.status_code, phases) == (202, ["waiting", "sending", "succeeded"])
    assert (done.success_count, done.failure_count, done.target_count) == (60, 0, 60)
    assert done.completed_time > done.accepted_time


def test_a_narrowcast_to_fewer_than_fifty_fails_and_reaches_nobody(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 60)

    said = line.narrowcast_with_http_info(NarrowcastRequest(messages=HELLO, limit={"max": 49}))
    sandbox.time.let_pass(2.0)

    failed = line.get_narrowcast_progress(said.headers["x-line-request-id"])
    assert (failed.phase, failed.error_code) == ("failed", 2)
    assert line.get_message_quota_consumption().total_usage == 0


def test_a_narrowcast_reserves_all_it_reaches_for_until_it_is_sent(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 49)
    sandbox.post("quota", {"limit": 50})
    monthly = (429, {"message": "You have reached your monthly limit."})

    line.narrowcast(NarrowcastRequest(messages=HELLO))

    assert refused(line.multicast, multicast_of(user(1), user(2)))[:2] == monthly
    assert refused(line.narrowcast, NarrowcastRequest(messages=HELLO, limit={"max": 2}))[:2] == monthly
    line.push_message(push_of())
    sandbox.time.let_pass(2.0)
    line.multicast(multicast_of(user(1), user(2)))
    assert line.get_message_quota_consumption().total_usage == 3


def test_a_narrowcast_can_be_told_to_stay_below_what_is_left(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 60)
    sandbox.post("quota", {"limit": 55})
    assert refused(line.narrowcast, NarrowcastRequest(messages=HELLO))[0] == 429

    line.narrowcast(NarrowcastRequest(messages=HELLO, limit={"upToRemainingQuota": True}))

    assert [len(taken.to) for taken in sandbox.ledger()] == [55]


def test_a_filter_needs_a_reach_of_a_hundred(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 99)
    women = NarrowcastRequest(
        messages=HELLO, filter=Filter(demographic=GenderDemographicFilter(type="gender", oneOf=["female"]))
    )

    assert refused(line.narrowcast, women)[:2] == (
        403,
        {"message": "The number of recipients is less than the minimum"},
    )
    crowd(sandbox, 100)
    assert line.narrowcast_with_http_info(women).status_code == 202


def test_an_audience_nobody_made_and_a_request_nobody_sent_are_refused(sandbox: Sandbox, line: MessagingApi) -> None:
    body = {"messages": [{"type": "text", "text": "x"}], "recipient": {"type": "audience", "audienceGroupId": 1}}

    assert raw(sandbox, body, "narrowcast").status_code == 400
    assert refused(line.get_narrowcast_progress, str(uuid.uuid4()))[0] == 404

"""Faults on order: what the caller hears, and what the ledger says was accepted all the same."""

from __future__ import annotations

import time

import httpx
import pytest
import urllib3
from linebot.v3.messaging import MessagingApi
from pydantic.v1 import ValidationError

from journey_engine.sandbox.beside import Sandbox
from tests.sandbox.test_sending import KEY, multicast_of, push_of, refused
from tests.sandbox_fixtures import user

BROKEN = (urllib3.exceptions.ProtocolError, urllib3.exceptions.MaxRetryError, urllib3.exceptions.ReadTimeoutError)


@pytest.fixture(autouse=True)
def _friend(sandbox: Sandbox) -> None:
    sandbox.befriend(user(1))


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("500_before", 500, "Internal server error"),
        ("401", 401, "Authentication failed due to the following reason: invalid token."),
        ("429_rate", 429, "The API rate limit has been exceeded. Try again later."),
        ("429_monthly", 429, "You have reached your monthly limit."),
        ("429_same_user", 429, "Too many messages were sent to the same user."),
    ],
)
def test_a_refusal_on_order_accepts_nothing(
    sandbox: Sandbox, line: MessagingApi, kind: str, status: int, message: str
) -> None:
    sandbox.fault(kind, count=1)

    heard, body, _ = refused(line.push_message, push_of(), x_line_retry_key=KEY)

    assert (heard, body["message"][: len(message)]) == (status, message)
    assert sandbox.ledger() == []
    line.push_message(push_of(), x_line_retry_key=KEY)
    assert len(sandbox.ledger()) == 1


def test_500_after_accepting_is_an_acceptance_that_only_a_retry_can_see(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.fault("500_after", count=1)

    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 500

    assert len(sandbox.ledger()) == 1
    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 409
    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize(
    ("kind", "accepted"), [("reset_before", 0), ("reset_after", 1), ("reset_midway", 1), ("down", 0)]
)
def test_a_cut_connection_says_nothing_of_what_was_accepted(
    sandbox: Sandbox, line: MessagingApi, kind: str, accepted: int
) -> None:
    sandbox.fault(kind, endpoint="push")

    with pytest.raises(BROKEN):
        line.push_message(push_of(), x_line_retry_key=KEY)

    assert len(sandbox.ledger()) == accepted
    sandbox.heal()
    answer = 200 if accepted == 0 else refused(line.push_message, push_of(), x_line_retry_key=KEY)[0]
    assert answer == (409 if accepted else 200)


@pytest.mark.parametrize(("kind", "accepted"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_timeout_leaves_the_caller_in_doubt(sandbox: Sandbox, line: MessagingApi, kind: str, accepted: int) -> None:
    sandbox.fault(kind, count=1)

    with pytest.raises(BROKEN):
        line.push_message(push_of(), x_line_retry_key=KEY, _request_timeout=0.2)

    assert len(sandbox.ledger()) == accepted


def test_an_odd_answer_is_an_acceptance_that_the_sdk_cannot_read(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.fault("odd_after", count=1)

    with pytest.raises(ValidationError):
        line.push_message(push_of(), x_line_retry_key=KEY)

    assert len(sandbox.ledger()) == 1


def test_a_slow_answer_still_comes(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.fault("slow", count=1, seconds=0.3)
    started = time.monotonic()

    line.push_message(push_of())

    assert time.monotonic() - started >= 0.3
    assert len(sandbox.ledger()) == 1


def test_a_fault_keeps_to_its_endpoint_and_its_count(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.fault("500_before", endpoint="multicast", count=2)

    line.push_message(push_of())
    heard = [refused(line.multicast, multicast_of(user(1)))[0] for _ in range(2)]
    line.multicast(multicast_of(user(1)))

    assert heard == [500, 500]
    assert sandbox.get("status")["faults"][0]["struck"] == 2


def test_a_fault_after_accepting_waits_for_a_request_that_is_accepted(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.fault("500_after", count=1)

    assert refused(line.push_message, push_of(user(99)))[0] == 400
    assert refused(line.push_message, push_of())[0] == 500


def test_the_same_seed_strikes_the_same_requests(sandbox: Sandbox) -> None:
    def heard() -> list[int]:
        sandbox.heal()
        sandbox.fault("500_before", rate=0.5, seed=7)
        body = {"to": user(1), "messages": [{"type": "text", "text": "x"}]}
        with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {sandbox.token}"}) as client:
            return [client.post(f"{sandbox.url}/v2/bot/message/push", json=body).status_code for _ in range(40)]

    first, second = heard(), heard()

    assert first == second
    assert 10 <= first.count(500) <= 30


def test_an_impossible_fault_is_refused_with_the_possible_ones(sandbox: Sandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="timeout_after"):
        sandbox.fault("meteor")
    with pytest.raises(httpx.HTTPStatusError, match="This is no fault"):
        sandbox.fault("500_before", rate=2)

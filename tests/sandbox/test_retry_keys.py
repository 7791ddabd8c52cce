"""A retry key is accepted once in 24 hours, whatever happened around it."""

from __future__ import annotations

from linebot.v3.messaging import MessagingApi

from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.retry_keys import RetryKeys
from tests.sandbox.test_sending import KEY, OTHER_KEY, multicast_of, push_of, raw, refused
from tests.sandbox_fixtures import user

DAY = 24 * 3600


def test_a_key_accepted_before_answers_409_with_the_first_requests_id(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    first = line.push_message_with_http_info(push_of(), x_line_retry_key=KEY)

    status, body, headers = refused(line.push_message, push_of(), x_line_retry_key=KEY)

    assert status == 409
    assert body["message"] == "The retry key is already accepted"
    assert [message["id"] for message in body["sentMessages"]] == [first.data.sent_messages[0].id]
    assert [message["quoteToken"] for message in body["sentMessages"]] == [first.data.sent_messages[0].quote_token]
    assert headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert len(sandbox.ledger()) == 1


def test_a_multicasts_409_carries_no_sent_messages(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    line.multicast(multicast_of(user(1)), x_line_retry_key=KEY)

    status, body, _ = refused(line.multicast, multicast_of(user(1)), x_line_retry_key=KEY)

    assert (status, body) == (409, {"message": "The retry key is already accepted"})


def test_a_key_holds_for_24_hours_and_then_sends_again(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    line.push_message(push_of(), x_line_retry_key=KEY)

    sandbox.time.let_pass(DAY - 60)
    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 409

    sandbox.time.let_pass(61)
    line.push_message(push_of(), x_line_retry_key=KEY)
    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 409
    assert len(sandbox.ledger()) == 2


def test_a_calendar_moved_by_a_simulation_does_not_age_keys(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    line.push_message(push_of(), x_line_retry_key=KEY)

    sandbox.post("clock", {"offset_seconds": 30 * DAY})
    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 409

    sandbox.post("clock", {"age_seconds": DAY})
    line.push_message(push_of(), x_line_retry_key=KEY)
    assert len(sandbox.ledger()) == 2


def test_a_refused_request_leaves_its_key_free(sandbox: Sandbox, line: MessagingApi) -> None:
    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 400
    sandbox.befriend(user(1))

    line.push_message(push_of(), x_line_retry_key=KEY)

    assert len(sandbox.ledger()) == 1


def test_an_accepted_key_answers_409_even_when_the_quota_is_spent_or_the_friend_is_gone(
    sandbox: Sandbox, line: MessagingApi
) -> None:
    sandbox.befriend(user(1))
    sandbox.post("quota", {"limit": 1})
    line.push_message(push_of(), x_line_retry_key=KEY)

    assert refused(line.push_message, push_of(), x_line_retry_key=KEY)[0] == 409
    assert refused(line.push_message, push_of(), x_line_retry_key=OTHER_KEY)[0] == 429


def test_a_key_reused_with_another_body_is_counted_for_the_tester(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    line.push_message(push_of(words="一"), x_line_retry_key=KEY)

    refused(line.push_message, push_of(words="一"), x_line_retry_key=KEY)
    assert sandbox.get("ledger/summary")["key_with_other_body"] == 0

    refused(line.push_message, push_of(words="二"), x_line_retry_key=KEY)
    assert sandbox.get("ledger/summary")["key_with_other_body"] == 1


def test_a_key_is_a_hexadecimal_uuid_in_either_case(sandbox: Sandbox) -> None:
    sandbox.befriend(user(1))
    body = {"to": user(1), "messages": [{"type": "text", "text": "x"}]}

    assert raw(sandbox, body, **{"x-line-retry-key": "not-a-key"}).status_code == 400
    assert raw(sandbox, body, **{"x-line-retry-key": KEY.upper()}).status_code == 200
    assert raw(sandbox, body, **{"x-line-retry-key": KEY}).status_code == 409


def test_old_keys_are_let_go() -> None:
    keys = RetryKeys()
    for number in range(1_000):
        keys.add(number.to_bytes(16), number, 1_000_000.0)
    keys.add((5_000).to_bytes(16), 1_000, 1_000_000.0 + DAY + 1)
    keys.add((5_001).to_bytes(16), 1_001, 1_000_000.0 + 2 * DAY + 2)

    assert len(keys) == 2
    assert keys.find((5_000).to_bytes(16), 1_000_000.0 + 2 * DAY + 0.5) == 1_000
    assert keys.find((5_000).to_bytes(16), 1_000_000.0 + 2 * DAY + 1) is None

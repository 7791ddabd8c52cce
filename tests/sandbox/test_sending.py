"""Push, multicast and reply through the official SDK: every answer of LINE's that a sender must tell apart."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    MessagingApi,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    TextMessage,
)

from journey_engine.sandbox.beside import Sandbox
from tests.line_openapi import needs_openapi, validate_answer
from tests.sandbox_fixtures import user

KEY = "123e4567-e89b-12d3-a456-426614174000"
OTHER_KEY = "00000000-0000-4000-8000-000000000001"
BEARER = {"auth_settings": ["Bearer"]}
RATE = "The API rate limit has been exceeded. Try again later."
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def push_of(to: str = user(1), words: str = "您好") -> PushMessageRequest:
    return PushMessageRequest(to=to, messages=[TextMessage(text=words)])


def multicast_of(*to: str) -> MulticastRequest:
    return MulticastRequest(to=list(to), messages=[TextMessage(text="您好")])


def refused(call: Any, *given: Any, **more: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, JSON body and headers of the refusal that a call meets."""
    with pytest.raises(ApiException) as caught:
        call(*given, **more)
    error = caught.value
    return error.status, json.loads(error.body), {name.lower(): value for name, value in error.headers.items()}


def raw(sandbox: Sandbox, body: bytes | Any, path: str = "push", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"authorization": f"Bearer {sandbox.token}", "content-type": "application/json", **headers}
    return httpx.post(
        f"{sandbox.url}/v2/bot/message/{path}", content=content, headers=said, trust_env=False, verify=False
    )


def test_a_push_to_a_friend_is_accepted_with_an_id_per_message(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    request = PushMessageRequest(to=user(1), messages=[TextMessage(text="一"), TextMessage(text="二")])

    answer = line.push_message_with_http_info(request, x_line_retry_key=KEY)

    assert answer.status_code == 200
    assert [message.id for message in answer.data.sent_messages] == ["500000000000000000", "500000000000000001"]
    assert all(message.quote_token for message in answer.data.sent_messages)
    (taken,) = sandbox.ledger()
    assert taken.request_id == answer.headers["x-line-request-id"]
    assert REQUEST_ID.fullmatch(taken.request_id)
    assert (taken.endpoint, taken.to, taken.missed, taken.retry_key) == ("push", [user(1)], [], KEY)
    assert [message["text"] for message in taken.messages] == ["一", "二"]


def test_a_blocked_and_a_deleted_friend_answer_200_and_cost_nothing(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend({"id": user(1), "status": "blocked"}, {"id": user(2), "status": "deleted"}, user(3))

    line.push_message(push_of(user(1)))
    line.push_message(push_of(user(2)))
    line.multicast(multicast_of(user(1), user(2), user(3)))

    assert [taken.missed for taken in sandbox.ledger()] == [[user(1)], [user(2)], [user(1), user(2)]]
    assert line.get_message_quota_consumption().total_usage == 1
    assert sandbox.get(f"friends/{user(1)}/chat")["entries"] == []


def test_an_unknown_user_fails_a_push(sandbox: Sandbox, line: MessagingApi) -> None:
    status, body, headers = refused(line.push_message, push_of(user(9)))

    assert (status, body) == (400, {"message": "Failed to send messages"})
    assert REQUEST_ID.fullmatch(headers["x-line-request-id"])
    assert sandbox.ledger() == []


def test_one_unknown_user_fails_a_whole_multicast_unless_told_otherwise(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))

    assert refused(line.multicast, multicast_of(user(1), user(9)))[:2] == (400, {"message": "Failed to send messages"})
    assert sandbox.ledger() == []

    sandbox.post("settings", {"drops_unknown": True})
    line.multicast(multicast_of(user(1), user(9)))

    assert [taken.to for taken in sandbox.ledger()] == [[user(1)]]


def test_a_multicast_answers_an_empty_object(sandbox: Sandbox) -> None:
    sandbox.befriend(*[user(number) for number in range(500)])
    body = {"to": [user(number) for number in range(500)], "messages": [{"type": "text", "text": "您好"}]}

    answer = raw(sandbox, body, "multicast")

    assert (answer.status_code, answer.json()) == (200, {})
    assert len(sandbox.ledger()[0].to) == 500


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ([], "The request body has 1 error(s)"),
        ([user(number) for number in range(501)], "The request body has 1 error(s)"),
        ([user(1), user(1)], "The request body has 1 error(s)"),
        ([user(1), "Uxyz"], "The property, 'to[1]', in the request body is invalid (line: -, column: -)"),
        (user(1), "The property, 'to', in the request body is invalid (line: -, column: -)"),
    ],
)
def test_a_multicast_needs_1_to_500_different_user_ids(sandbox: Sandbox, to: Any, said: str) -> None:
    sandbox.befriend(user(1))

    answer = raw(sandbox, {"to": to, "messages": [{"type": "text", "text": "您好"}]}, "multicast")

    assert (answer.status_code, answer.json()["message"]) == (400, said)


def test_bad_messages_are_refused_with_each_fault_named(sandbox: Sandbox) -> None:
    sandbox.befriend(user(1))

    answer = raw(sandbox, {"to": user(1), "messages": [{"type": "text", "text": ""}, {"type": "fax"}]})

    assert answer.status_code == 400
    assert answer.json()["message"] == "The request body has 2 error(s)"
    assert answer.json()["details"][0] == {"message": "May not be empty", "property": "messages[0].text"}
    assert answer.json()["details"][1]["property"] == "messages[1].type"


def test_a_body_that_is_no_json_is_refused_with_its_place(sandbox: Sandbox) -> None:
    answer = raw(sandbox, b'{"to":\n oops}')

    assert answer.status_code == 400
    assert answer.json() == {"message": "The request body could not be parsed as JSON (line: 2, column: 2)"}


def test_another_media_type_is_refused(sandbox: Sandbox, line: MessagingApi) -> None:
    said = {"Content-Type": "text/plain"}

    heard = refused(line.api_client.call_api, "/v2/bot/message/push", "POST", header_params=said, body="x", **BEARER)

    assert heard[:2] == (415, {"message": "The content type, text/plain, is not supported"})


def test_a_body_over_2_mb_is_refused(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))

    status, body, _ = refused(line.push_message, push_of(words="a" * (2 * 1024 * 1024)))

    assert (status, body["message"][:36]) == (413, "Request exceeds the max size of 2MB.")
    assert sandbox.ledger() == []


def test_a_reply_takes_no_retry_key(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    token = sandbox.act(user(1), "write", text="hi")["events"][0]["replyToken"]
    reply = ReplyMessageRequest(replyToken=token, messages=[TextMessage(text="您好")])

    heard = refused(line.reply_message, reply, _headers={"X-Line-Retry-Key": KEY})

    assert heard[:2] == (400, {"message": "The 'X-Line-Retry-Key' header is not supported by this endpoint"})
    assert sandbox.ledger() == []
    line.reply_message(reply)


@pytest.mark.parametrize("token", ["", "Bearer wrong", "sandbox-channel-access-token"])
def test_a_wrong_token_answers_401(sandbox: Sandbox, token: str) -> None:
    sandbox.befriend(user(1))

    answer = raw(sandbox, {"to": user(1), "messages": [{"type": "text", "text": "x"}]}, authorization=token)

    assert answer.status_code == 401
    assert answer.json()["message"].startswith("Authentication failed due to the following reason: ")
    assert sandbox.ledger() == []


def test_the_sdk_hears_401_as_unauthorized(sandbox: Sandbox) -> None:
    with ApiClient(Configuration(host=sandbox.url, access_token="expired")) as client:
        assert refused(MessagingApi(client).push_message, push_of())[0] == 401


@needs_openapi
def test_every_answer_has_the_shape_of_lines_own_files(sandbox: Sandbox) -> None:
    sandbox.befriend(user(1))
    good = {"to": user(1), "messages": [{"type": "text", "text": "x"}]}
    answers = [
        raw(sandbox, good, **{"x-line-retry-key": KEY}),
        raw(sandbox, good, **{"x-line-retry-key": KEY}),
        raw(sandbox, {**good, "to": user(2)}),
        raw(sandbox, {**good, "messages": []}),
    ]

    assert [answer.status_code for answer in answers] == [200, 409, 400, 400]
    assert [validate_answer("push", one.status_code, one.json()) for one in answers] == [[], [], [], []]


def test_a_reply_is_free_and_its_token_serves_once(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    event = sandbox.act(user(1), "write", text="在嗎？")["events"][0]
    request = ReplyMessageRequest(reply_token=event["replyToken"], messages=[TextMessage(text="在的")])

    sent = line.reply_message(request)

    assert len(sent.sent_messages) == 1
    assert line.get_message_quota_consumption().total_usage == 0
    assert refused(line.reply_message, request)[:2] == (400, {"message": "Invalid reply token"})
    assert [(taken.endpoint, taken.to) for taken in sandbox.ledger()] == [("reply", [user(1)])]


def test_a_reply_goes_out_when_the_months_limit_is_reached(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    sandbox.post("quota", {"limit": 5, "used": 5})
    event = sandbox.act(user(1), "write", text="在嗎？")["events"][0]

    line.reply_message(ReplyMessageRequest(reply_token=event["replyToken"], messages=[TextMessage(text="在的")]))

    assert refused(line.push_message, push_of())[:2] == (429, {"message": "You have reached your monthly limit."})
    assert [taken.endpoint for taken in sandbox.ledger()] == ["reply"]


def test_a_reply_token_dies_after_a_minute(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    event = sandbox.act(user(1), "write", text="在嗎？")["events"][0]
    sandbox.time.let_pass(61)

    request = ReplyMessageRequest(reply_token=event["replyToken"], messages=[TextMessage(text="在的")])

    assert refused(line.reply_message, request)[:2] == (400, {"message": "Invalid reply token"})


def test_validation_costs_no_quota_and_says_what_is_wrong(sandbox: Sandbox) -> None:
    for name in ("reply", "push", "multicast", "narrowcast", "broadcast"):
        good = raw(sandbox, {"messages": [{"type": "text", "text": "x"}]}, f"validate/{name}")
        bad = raw(sandbox, {"messages": [{"type": "text"}]}, f"validate/{name}")
        assert (good.status_code, good.json(), bad.status_code) == (200, {}, 400)

    assert sandbox.ledger() == []


def test_a_path_line_does_not_have_answers_404(sandbox: Sandbox) -> None:
    assert raw(sandbox, {}, "pigeon").status_code == 404


def test_the_rate_of_an_endpoint_is_its_own_and_refills() -> None:
    with Sandbox(rates={"push": 3.0}) as sandbox:
        sandbox.befriend(user(1))
        body = {"to": user(1), "messages": [{"type": "text", "text": "x"}]}
        sandbox.channel.instants._source = lambda: 1_000_000.0  # no time passes between these requests

        statuses = [raw(sandbox, body).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert raw(sandbox, body).json() == {"message": RATE}
        assert raw(sandbox, {**body, "to": [user(1)]}, "multicast").status_code == 200

        sandbox.channel.instants._source = lambda: 1_000_000.4
        assert [raw(sandbox, body).status_code for _ in range(2)] == [200, 429]

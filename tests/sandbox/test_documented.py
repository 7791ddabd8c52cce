"""The sandbox held against LINE's documents: every status and text they name, through the official SDK."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from linebot.v3.insight import ApiClient as InsightClient
from linebot.v3.insight import Configuration as InsightConfiguration
from linebot.v3.insight import Insight
from linebot.v3.messaging import (
    BroadcastRequest,
    ChatReference,
    MarkMessagesAsReadByTokenRequest,
    MarkMessagesAsReadRequest,
    MessagingApi,
    ShowLoadingAnimationRequest,
    TextMessage,
    ValidateMessageRequest,
)

from journey_engine.sandbox import limits
from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.buckets import Buckets
from tests.line_openapi import needs_openapi, validate_answer, validate_body
from tests.sandbox.test_casts import HELLO, crowd
from tests.sandbox.test_reading import moved_to
from tests.sandbox.test_sending import push_of, raw, refused
from tests.sandbox_fixtures import user

TOO_FAST = {"message": "The API rate limit has been exceeded. Try again later."}


@pytest.fixture
def insight(sandbox: Sandbox) -> Iterator[Insight]:
    configuration = InsightConfiguration(host=sandbox.url, access_token=sandbox.token)
    with InsightClient(configuration) as client:
        yield Insight(client)


def asked(sandbox: Sandbox, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {sandbox.token}"}
    return httpx.request(method, f"{sandbox.url}/v2/bot/{path}", json=body, headers=headers, trust_env=False)


def test_sixty_casts_an_hour_and_no_more(sandbox: Sandbox, line: MessagingApi) -> None:
    for _ in range(60):
        line.broadcast(BroadcastRequest(messages=HELLO))

    assert refused(line.broadcast, BroadcastRequest(messages=HELLO))[:2] == (429, TOO_FAST)
    sandbox.time.let_pass(60.0)
    line.broadcast(BroadcastRequest(messages=HELLO))
    assert refused(line.broadcast, BroadcastRequest(messages=HELLO))[0] == 429


@pytest.mark.parametrize(
    ("endpoint", "allowed", "seconds"),
    [
        ("push", 2_000, 1),
        ("reply", 2_000, 1),
        ("profile", 2_000, 1),
        ("followers/ids", 2_000, 1),
        ("message/validate/push", 2_000, 1),
        ("message/quota", 2_000, 1),
        ("multicast", 200, 1),
        ("chat/loading/start", 100, 1),
        ("narrowcast", 60, 3_600),
        ("broadcast", 60, 3_600),
        ("insight/followers", 60, 3_600),
        ("insight/demographic", 60, 3_600),
        ("insight/message/delivery", 60, 3_600),
        ("insight/message/event", 60, 3_600),
        ("insight/message/event/aggregation", 60, 3_600),
    ],
)
def test_each_endpoint_has_the_documented_rate(endpoint: str, allowed: int, seconds: int) -> None:
    buckets = Buckets()
    taken = [buckets.take(endpoint, 0.0) for _ in range(allowed + 1)]

    assert taken == [True] * allowed + [False]
    assert buckets.take(endpoint, seconds / allowed * 1.01)
    assert not buckets.take(endpoint, seconds / allowed * 1.01)


def test_a_clock_that_was_set_back_does_not_freeze_a_bucket() -> None:
    buckets = Buckets({"push": 2.0})
    assert [buckets.take("push", 90_000.0) for _ in range(3)] == [True, True, False]

    assert not buckets.take("push", 0.0)
    assert [buckets.take("push", 1.0) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("verb", ["reply", "push", "multicast", "narrowcast", "broadcast"])
def test_every_kind_of_request_can_be_validated_without_cost(sandbox: Sandbox, line: MessagingApi, verb: str) -> None:
    validate = getattr(line, f"validate_{verb}")

    validate(ValidateMessageRequest(messages=HELLO))
    status, body, _ = refused(validate, ValidateMessageRequest(messages=[TextMessage(text="字" * 5_001)]))[:3]

    assert (status, body["message"]) == (400, "The request body has 1 error(s)")
    assert sandbox.ledger() == []


def test_only_a_verified_account_is_told_who_its_friends_are(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 3)
    sandbox.post("settings", {"verified": False})

    assert refused(line.get_followers)[:2] == (
        403,
        {"message": "Access to this API is not available for your account"},
    )
    sandbox.post("settings", {"verified": True})
    assert len(line.get_followers().user_ids) == 3


def test_a_setting_leaves_the_others_as_they_are(sandbox: Sandbox) -> None:
    sandbox.post("settings", {"drops_unknown": True})

    assert sandbox.post("settings", {"verified": False}) == {"drops_unknown": True, "verified": False}


def test_the_loading_animation_runs_its_seconds(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 2)

    said = line.show_loading_animation_with_http_info(ShowLoadingAnimationRequest(chatId=user(1), loadingSeconds=5))

    def loads() -> bool:
        return httpx.get(f"{sandbox.url}/sandbox/friends/{user(1)}/chat", trust_env=False).json()["friend"]["loading"]

    assert (said.status_code, loads()) == (202, True)
    sandbox.time.let_pass(5.0)
    assert loads() is False


@pytest.mark.parametrize("body", [{"loadingSeconds": 7}, {"loadingSeconds": 65}, {"chatId": None}])
def test_a_loading_animation_is_5_to_60_seconds_in_a_friends_chat(sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert asked(sandbox, "POST", "chat/loading/start", {"chatId": user(1), **body}).status_code == 400


def test_messages_are_marked_as_read_by_the_token_of_one(sandbox: Sandbox, line: MessagingApi) -> None:
    crowd(sandbox, 2)
    events = [sandbox.act(user(1), "write", text=words)["events"][0] for words in ("一", "二", "三")]

    line.mark_messages_as_read_by_token(
        MarkMessagesAsReadByTokenRequest(markAsReadToken=events[1]["message"]["markAsReadToken"])
    )

    chat = httpx.get(f"{sandbox.url}/sandbox/friends/{user(1)}/chat", trust_env=False).json()
    assert [entry["number"] <= chat["friend"]["read"] for entry in chat["entries"]] == [True, True, False]
    line.mark_messages_as_read(MarkMessagesAsReadRequest(chat=ChatReference(userId=user(1))))
    assert httpx.get(f"{sandbox.url}/sandbox/friends/{user(1)}/chat", trust_env=False).json()["friend"]["read"] == 3
    wrong = MarkMessagesAsReadByTokenRequest(markAsReadToken="sandbox-read-9")
    assert refused(line.mark_messages_as_read_by_token, wrong)[0] == 400


def test_insight_of_followers_and_deliveries_is_ready_on_the_next_day(
    sandbox: Sandbox, line: MessagingApi, insight: Insight
) -> None:
    crowd(sandbox, 3)
    sandbox.befriend({"id": user(2), "status": "blocked"})
    moved_to(sandbox, datetime(2027, 3, 10, 3, 0, tzinfo=UTC))
    line.push_message(push_of())
    line.broadcast(BroadcastRequest(messages=HELLO))
    assert insight.get_number_of_followers(var_date="20270310").status == "unready"
    assert insight.get_number_of_message_deliveries("20270310").status == "unready"

    moved_to(sandbox, datetime(2027, 3, 11, 3, 0, tzinfo=UTC))
    followers = insight.get_number_of_followers(var_date="20270310")
    sent = insight.get_number_of_message_deliveries("20270310")

    assert (followers.followers, followers.targeted_reaches, followers.blocks) == (3, 2, 1)
    assert (sent.api_push, sent.api_broadcast, sent.api_multicast) == (1, 2, None)
    assert insight.get_friends_demographics().available is False


def test_who_opened_what_is_withheld_below_twenty_people(
    sandbox: Sandbox, line: MessagingApi, insight: Insight
) -> None:
    crowd(sandbox, 3)
    number = line.broadcast_with_http_info(BroadcastRequest(messages=HELLO)).headers["x-line-request-id"]

    told = insight.get_message_event(number).overview
    unit = insight.get_statistics_per_unit("spring", "20270301", "20270330").overview

    assert (told.delivered, told.unique_impression, unit.unique_click) == (3, None, None)


@pytest.mark.parametrize(
    "path",
    [
        "insight/followers?date=2027-03-01",
        "insight/message/delivery",
        "insight/message/event?requestId=x",
        "insight/message/event/aggregation?customAggregationUnit=a&from=20270301&to=20270331",
        "insight/message/event/aggregation?customAggregationUnit=a&from=20270301&to=20270201",
        "insight/message/event/aggregation?from=20270301&to=20270302",
        "message/delivery/push?date=tomorrow",
        "message/aggregation/list?start=*",
        "followers/ids?limit=1001",
    ],
)
def test_a_parameter_that_is_wrong_is_answered_400(sandbox: Sandbox, path: str) -> None:
    answer = asked(sandbox, "GET", path)

    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]


@needs_openapi
def test_what_casts_and_readings_say_has_the_shape_of_lines_own_files(sandbox: Sandbox) -> None:
    crowd(sandbox, 60)
    body = {"messages": [{"type": "text", "text": "x"}]}
    sent = {verb: raw(sandbox, body, verb) for verb in ("broadcast", "narrowcast")}
    number = sent["narrowcast"].headers["x-line-request-id"]
    reads = {
        "message/progress/narrowcast": f"?requestId={number}",
        "message/quota": "",
        "message/quota/consumption": "",
        "message/delivery/push": "?date=20200101",
        "message/aggregation/info": "",
        "message/aggregation/list": "",
        "followers/ids": "",
        "info": "",
    }

    for verb, answer in sent.items():
        assert validate_body(verb, body) == []
        assert validate_answer(verb, answer.status_code, answer.json()) == []
    for path, query in reads.items():
        answer = asked(sandbox, "GET", path + query)
        assert answer.status_code == 200, path
        assert validate_answer(f"/v2/bot/{path}", 200, answer.json(), "get") == [], path
    loading = asked(sandbox, "POST", "chat/loading/start", {"chatId": user(1)})
    assert validate_answer("/v2/bot/chat/loading/start", 202, loading.json()) == []


def test_casts_read_a_body_as_every_sender_does(sandbox: Sandbox) -> None:
    crowd(sandbox, 60)
    wanted = {"message": f"Size must be between 1 and {limits.MESSAGES_PER_REQUEST}", "property": "messages"}
    for verb in ("broadcast", "narrowcast"):
        assert raw(sandbox, {"messages": []}, verb).json()["details"] == [wanted]
        said = {"messages": [{"type": "text", "text": "x"}]}
        assert raw(sandbox, said, verb, **{"x-line-retry-key": "no"}).status_code == 400
    assert asked(sandbox, "POST", "chat/markAsRead", {}).json() == {"message": "Invalid markAsReadToken"}
    assert sandbox.ledger() == []

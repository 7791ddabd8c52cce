"""The sandbox held against LINE's documents: every status and text they name, through the official SDK."""

from __future__ import annotations

import uuid
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
    NarrowcastRequest,
    ShowLoadingAnimationRequest,
    TextMessage,
    ValidateMessageRequest,
)

from journey_engine.sandbox import limits
from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.buckets import Buckets
from tests.line_openapi import needs_openapi, validate_answer, validate_body
from tests.sandbox.test_reading import moved_to
from tests.sandbox.test_sending import push_of, raw, refused
from tests.sandbox_fixtures import user

HELLO = [TextMessage(text="大家好")]
TOO_FAST = {"message": "The API rate limit has been exceeded. Try again later."}


@pytest.fixture
def insight(sandbox: Sandbox) -> Iterator[Insight]:
    configuration = InsightConfiguration(host=sandbox.url, access_token=sandbox.token)
    with InsightClient(configuration) as client:
        yield Insight(client)


def crowd(sandbox: Sandbox, count: int) -> None:
    sandbox.befriend(*(user(number) for number in range(count)))


def asked(sandbox: Sandbox, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {sandbox.token}"}
    return httpx.request(method, f"{sandbox.url}/v2/bot/{path}", json=body, headers=headers, trust_env=False)


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


def test_a_filter_needs_a_reach_of_a_hundred(sandbox: Sandbox) -> None:
    crowd(sandbox, 99)
    body = {
        "messages": [{"type": "text", "text": "x"}],
        "filter": {"demographic": {"type": "gender", "oneOf": ["female"]}},
    }

    assert raw(sandbox, body, "narrowcast").status_code == 403
    crowd(sandbox, 100)
    assert raw(sandbox, body, "narrowcast").status_code == 202


def test_an_audience_nobody_made_and_a_request_nobody_sent_are_refused(sandbox: Sandbox, line: MessagingApi) -> None:
    body = {"messages": [{"type": "text", "text": "x"}], "recipient": {"type": "audience", "audienceGroupId": 1}}

    assert raw(sandbox, body, "narrowcast").status_code == 400
    assert refused(line.get_narrowcast_progress, str(uuid.uuid4()))[0] == 404


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

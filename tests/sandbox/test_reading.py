"""Profile, followers, quota and counts through the official SDK."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from linebot.v3.messaging import MessagingApi, PushMessageRequest, TextMessage

from journey_engine.sandbox.beside import Sandbox
from tests.sandbox.test_sending import multicast_of, push_of, refused
from tests.sandbox_fixtures import user


def moved_to(sandbox: Sandbox, instant: datetime) -> None:
    sandbox.post("clock", {"now": int(instant.timestamp() * 1000)})


@pytest.mark.parametrize("status", ["blocked", "deleted", None])
def test_only_a_friend_has_a_profile(sandbox: Sandbox, line: MessagingApi, status: str | None) -> None:
    sandbox.befriend({"id": user(1), "name": "陳怡君"})
    if status:
        sandbox.befriend({"id": user(2), "status": status})

    assert line.get_profile(user(1)).display_name == "陳怡君"
    assert refused(line.get_profile, user(2))[:2] == (404, {"message": "Not found"})


def test_followers_come_in_pages_without_the_blocked(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(*[user(number) for number in range(2_345)])
    sandbox.befriend({"id": user(7), "status": "blocked"}, {"id": user(2_000), "status": "deleted"})

    ids: list[str] = []
    pages = 0
    start = None
    while True:
        page = line.get_followers(limit=1_000, start=start)
        ids += page.user_ids
        pages += 1
        start = page.next
        if start is None:
            break

    assert pages == 3
    assert ids == [user(number) for number in range(2_345) if number not in (7, 2_000)]
    assert len(line.get_followers().user_ids) == 300


def test_without_a_limit_the_quota_is_none_and_with_one_it_is_kept(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1), user(2), user(3))
    assert line.get_message_quota().to_dict() == {"type": "none"}

    sandbox.post("quota", {"limit": 4})
    assert line.get_message_quota().to_dict() == {"type": "limited", "value": 4}
    line.multicast(multicast_of(user(1), user(2), user(3)))

    assert refused(line.multicast, multicast_of(user(1), user(2)))[:2] == (
        429,
        {"message": "You have reached your monthly limit."},
    )
    line.push_message(push_of())
    assert line.get_message_quota_consumption().total_usage == 4
    assert refused(line.push_message, push_of())[0] == 429


def test_four_objects_to_one_friend_are_one_message_of_the_bill(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))

    line.push_message(PushMessageRequest(to=user(1), messages=[TextMessage(text="x")] * 4))

    assert line.get_message_quota_consumption().total_usage == 1


def test_the_quota_starts_anew_with_the_month_of_utc_plus_9(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    sandbox.post("quota", {"limit": 1})
    moved_to(sandbox, datetime(2027, 3, 31, 14, 59, tzinfo=UTC))
    line.push_message(push_of())
    assert refused(line.push_message, push_of())[0] == 429

    moved_to(sandbox, datetime(2027, 3, 31, 15, 0, tzinfo=UTC))
    line.push_message(push_of())

    assert line.get_message_quota_consumption().total_usage == 1


def test_what_was_sent_elsewhere_counts_to_the_month(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))

    sandbox.post("quota", {"limit": 200, "used": 200})

    assert line.get_message_quota_consumption().total_usage == 200
    assert refused(line.push_message, push_of())[0] == 429


def test_a_days_deliveries_are_ready_on_the_next_day(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1), user(2))
    moved_to(sandbox, datetime(2027, 3, 10, 3, 0, tzinfo=UTC))
    line.push_message(push_of())
    line.multicast(multicast_of(user(1), user(2)))
    assert line.get_number_of_sent_push_messages("20270310").to_dict() == {"status": "unready"}

    moved_to(sandbox, datetime(2027, 3, 11, 3, 0, tzinfo=UTC))

    assert line.get_number_of_sent_push_messages("20270310").to_dict() == {"status": "ready", "success": 1}
    assert line.get_number_of_sent_multicast_messages("20270310").to_dict() == {"status": "ready", "success": 2}
    assert line.get_number_of_sent_reply_messages("20270310").to_dict() == {"status": "ready", "success": 0}


def test_the_1001st_unit_name_of_a_month_is_silently_not_assigned(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    request = PushMessageRequest(to=user(1), messages=[TextMessage(text="x")])
    for number in range(1_001):
        sandbox.channel.quota.count("push", 0, sandbox.channel.instants.now_ms(), f"unit_{number}")
    request.custom_aggregation_units = ["one_more"]

    line.push_message(request)

    assert line.get_aggregation_unit_usage().num_of_custom_aggregation_units == 1_000
    assert line.get_aggregation_unit_name_list(limit="100").next is not None
    assert len(sandbox.ledger()) == 1


def test_the_channel_says_who_it_is(line: MessagingApi) -> None:
    assert line.get_bot_info().chat_mode == "bot"

"""What LINE can do to a request, and that nobody is messaged twice and nobody forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from journey_engine.data.release import release
from journey_engine.line.channel import Channel
from journey_engine.sandbox.beside import Sandbox
from tests.line.shop import BRISK, NOON, Shop, project_of

HASTY = replace(BRISK, patience=0.0)  # one attempt for what fails


def three_due(shop: Shop) -> list[int]:
    """Three members who each await a message of their own."""
    return [shop.due(shop.member(number, name=f"第{number}位"), "hello", step="second") for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "kind", ["500_before", "500_after", "timeout_before", "timeout_after", "reset_before", "reset_after"]
)
def test_an_unclear_answer_is_asked_again_with_the_same_key(shop: Shop, kind: str) -> None:
    for member in shop.members(3):
        shop.due(member, "sale")
    shop.sandbox.fault(kind, endpoint="multicast", count=1, seconds=9)

    report = shop.send(pace=replace(BRISK, timeout=1.0, patience=10) if "timeout" in kind else BRISK)

    assert (report.accepted, report.requests, report.open) == (3, {"multicast": 2}, 0)
    assert shop.requests() == [("multicast", "accepted", 2)]
    assert [len(shop.got(number)) for number in (1, 2, 3)] == [1, 1, 1]
    assert shop.sandbox.get("ledger/summary")["key_with_other_body"] == 0
    assert shop.run("select outcome from attempts order by id") == [("unclear",), ("accepted",)]
    shop.assert_ledgers_agree()


def test_an_accepted_key_is_told_by_409_with_the_accepted_requests_id(shop: Shop) -> None:
    three_due(shop)
    shop.sandbox.fault("500_after", endpoint="push", count=3)

    shop.send()

    accepted = {str(taken.request_id) for taken in shop.sandbox.ledger()}
    assert {row[0] for row in shop.run("select line_request_id from requests")} == accepted
    assert shop.run("select distinct status_code from attempts where outcome = 'accepted'") == [(409,)]


def test_every_request_may_fail_at_random_and_each_arrives_once(shop: Shop) -> None:
    shop.crowd(60, "hello")
    for seed, kind in enumerate(("500_before", "500_after", "reset_before", "reset_after", "429_rate")):
        shop.sandbox.fault(kind, endpoint="push", rate=0.15, seed=seed)

    for _ in range(20):
        if shop.send().open == 0:
            break

    assert {len(shop.got(number)) for number in range(1, 61)} == {1}
    assert set(shop.told().values()) == {"accepted"}
    shop.assert_ledgers_agree()


def test_a_line_that_was_down_all_night_gets_the_night_s_messages_once(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "23:00-07:00"})
    evening = datetime.fromisoformat("2026-03-02T19:00:00+08:00")
    shop.crowd(30, "hello", at=evening, expires=lambda number: timedelta(hours=2 if number <= 10 else 24))
    shop.sandbox.fault("down")

    for hour in range(12):
        report = shop.send(evening + timedelta(hours=hour), HASTY)
        assert report.accepted == 0
        assert "LINE does not answer" in (report.paused or "")
    shop.sandbox.heal()
    shop.send(evening + timedelta(hours=13))

    assert [len(shop.got(number)) for number in (1, 10, 11, 30)] == [0, 0, 1, 1]
    assert shop.run("select status, reason, count(*) from intents group by 1, 2 order by 1") == [
        ("accepted", None, 20), ("skipped", "expired", 10),
    ]  # fmt: skip
    shop.assert_ledgers_agree()


def test_a_push_door_that_is_down_all_night_forgets_and_doubles_nobody(make_shop: Callable[..., Shop]) -> None:
    """The quota can be asked, so requests are frozen and each of them is unclear for hours."""
    shop = make_shop(policy={"quiet_hours": "23:00-07:00"})
    evening = datetime.fromisoformat("2026-03-02T19:00:00+08:00")
    shop.crowd(20, "hello", at=evening, expires=lambda number: timedelta(hours=2 if number <= 10 else 24))
    shop.sandbox.fault("timeout_after", endpoint="push", count=5, seconds=2)
    shop.sandbox.fault("reset_before", endpoint="push")

    slow = replace(BRISK, timeout=0.3, patience=0.3)
    for hour in range(12):
        shop.send(evening + timedelta(hours=hour), slow)
    shop.sandbox.heal()
    shop.send(evening + timedelta(hours=13))

    status = shop.run("select status, count(*) from intents group by 1 order by 1")
    assert status == [("accepted", 10), ("unknown", 10)]  # of the expired nobody can say, the others arrived
    assert max(len(shop.got(number)) for number in range(1, 21)) == 1
    assert [len(shop.got(number)) for number in range(11, 21)] == [1] * 10


def test_a_refused_connection_leaves_the_decision_open(shop: Shop) -> None:
    three_due(shop)
    there, shop.channel = shop.channel, Channel("sandbox", "http://127.0.0.1:1", "t")

    report = shop.send(pace=HASTY)
    assert (report.accepted, report.open) == (0, 0)
    assert "LINE does not answer" in (report.paused or "")

    shop.channel = there
    assert shop.send(NOON + timedelta(minutes=1)).accepted == 3
    shop.assert_ledgers_agree()


def test_a_refused_token_stops_the_channel_until_it_is_released(shop: Shop) -> None:
    intents = three_due(shop)
    shop.sandbox.fault("401", endpoint="push")

    report = shop.send()
    assert "LINE refuses this channel: 401" in (report.paused or "")
    assert set(shop.told().values()) == {"pending"}
    assert shop.run("select scope, name from holds where released_at is null") == [("channel", "sandbox")]

    shop.sandbox.heal()
    assert shop.send().accepted == 0
    shop.run("update holds set released_at = :now", now=NOON)
    assert shop.send().accepted == len(intents)
    shop.assert_ledgers_agree()


def test_a_new_token_resumes_a_channel_whose_old_one_was_refused(shop: Shop) -> None:
    intents = three_due(shop)
    good, shop.channel = shop.channel, replace(shop.channel, token="expired")
    assert "401" in (shop.send().paused or "")
    shop.channel = good
    assert shop.send().accepted == 0
    with shop.engine.begin() as connection:
        ((hold, _),) = release(connection, "sandbox", "小美", "a new token", NOON, scope="channel")
    assert 'journeys release sandbox --scope channel --by NAME --reason "why"' in hold.cure

    assert shop.send().accepted == len(intents)
    shop.assert_ledgers_agree()


def test_a_held_channel_still_buries_what_expires(shop: Shop) -> None:
    shop.due(shop.member(1), expires=timedelta(minutes=5))
    shop.sandbox.fault("401")
    shop.send()

    assert shop.send(NOON + timedelta(minutes=6)).skipped == {"expired": 1}


def test_the_rate_limit_is_waited_out(shop: Shop) -> None:
    three_due(shop)
    shop.sandbox.fault("429_rate", endpoint="push", count=2)

    report = shop.send()

    assert (report.accepted, report.refused, report.requests) == (3, 2, {"push": 5})
    shop.assert_ledgers_agree()


def test_the_monthly_limit_stops_the_channel_and_lifts_by_itself_when_there_is_room(shop: Shop) -> None:
    three_due(shop)
    shop.sandbox.fault("429_monthly", endpoint="push")
    shop.sandbox.post("quota", {"limit": 5, "used": 5})
    shop.run("insert into channels (channel, quota_limit) values ('sandbox', 99)")
    shop.sandbox.fault("500_before", endpoint="message/quota", count=1)  # it does not know yet that there is no room

    report = shop.send()
    assert (report.accepted, report.paused) == (0, "LINE says that this month's quota is used up")
    assert set(shop.told().values()) == {"pending"}
    assert shop.send().accepted == 0

    shop.sandbox.heal()
    shop.sandbox.post("quota", {"limit": 100})
    assert shop.send().accepted == 3
    shop.assert_ledgers_agree()


def test_one_bad_id_does_not_sink_the_others_of_a_multicast(shop: Shop) -> None:
    bad = {7, 40}
    shop.crowd(100, "sale", unknown=bad)

    report = shop.send()

    assert (report.accepted, report.skipped) == (98, {"refused by LINE": 2})
    assert all(shop.got(number) == ([] if number in bad else ["全館八折"]) for number in range(1, 101))
    assert shop.run("select count(*) < 66 from requests") == [(True,)]
    shop.assert_ledgers_agree()


def test_many_bad_ids_end_in_pushes_and_a_bounded_number_of_multicasts(shop: Shop) -> None:
    bad = set(range(1, 500, 10))
    shop.crowd(500, "sale", unknown=bad)

    report = shop.send(pace=replace(BRISK, first_batch=500, patience=10))

    assert (report.accepted, report.skipped) == (450, {"refused by LINE": 50})
    assert shop.run("select count(*) <= 65 from requests where endpoint = 'multicast'") == [(True,)]
    shop.assert_ledgers_agree()


def test_a_message_that_line_refuses_is_held_and_its_members_are_not_to_blame(make_shop: Callable[..., Shop]) -> None:
    image = {"topic": "promotion", "say": [{"image": {"original": "http://no-https.example/a.png"}}]}
    shop = make_shop(messages={"broken": image})
    for member in shop.members(3):
        shop.due(member, "broken")
        shop.due(member, "digest")

    report = shop.send()

    assert (report.accepted, report.paused) == (3, None)
    assert shop.run("select scope, name from holds") == [("message", "broken")]
    assert shop.run("select distinct status from intents where message = 'broken'") == [("pending",)]
    assert shop.send(NOON + timedelta(days=2)).skipped == {"expired": 3}


def test_a_refused_message_is_held_too_if_what_line_refuses_was_not_filled_in(make_shop: Callable[..., Shop]) -> None:
    image = {"image": {"original": "http://no-https.example/a.png"}}
    shop = make_shop(messages={"broken": {"topic": "news", "say": [{"text": "{name}"}, image]}})
    shop.crowd(3, "broken")

    assert shop.send().skipped == {}
    assert shop.run("select name, reason from holds") == [
        ("broken", "LINE refuses it: The request body has 2 error(s)"
         " (messages[1].originalContentUrl invalid uri scheme; messages[1].previewImageUrl invalid uri scheme)")
    ]  # fmt: skip
    assert set(shop.told().values()) == {"pending"}


def test_a_value_that_line_refuses_is_its_members_affair(make_shop: Callable[..., Shop]) -> None:
    flex = {"flex": {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [
        {"type": "button", "action": {"type": "uri", "label": "x", "uri": "{photo}"}}]}}}  # fmt: skip
    shop = make_shop(messages={"album": {"topic": "news", "say": [flex]}})
    good = shop.due(shop.member(1, photo="https://cdn.example/1"), "album")
    bad = shop.due(shop.member(2, photo="https://"), "album")

    shop.send()

    assert shop.told() == {good: "accepted", bad: "skipped: refused by LINE"}
    assert shop.run("select count(*) from holds") == [(0,)]


def test_after_23_hours_nobody_asks_again(shop: Shop) -> None:
    intent = shop.due(shop.member(1), expires=timedelta(days=5))
    shop.sandbox.fault("500_after", endpoint="push")
    shop.send(pace=replace(HASTY, first_backoff=600, longest_backoff=600))
    shop.run(
        "update requests set attempted_at = attempted_at - interval '23 hours', next_attempt_at = clock_timestamp()"
    )
    shop.sandbox.heal()

    report = shop.send(NOON + timedelta(hours=23))

    assert (report.unknown, report.requests) == (1, {})
    assert shop.told() == {intent: "unknown"}
    assert shop.happened()[-1][1:3] == ("unknown", "sale")


def test_every_attempt_of_a_request_carries_the_key_it_was_frozen_with(shop: Shop) -> None:
    three_due(shop)
    shop.sandbox.fault("500_before", endpoint="push", count=2)
    shop.send()

    frozen = {row[0] for row in shop.run("select retry_key from requests")}
    assert {UUID(str(taken.retry_key)) for taken in shop.sandbox.ledger()} == frozen


def test_lines_own_rate_limit_slows_the_sender_down_and_loses_nobody(database: Engine) -> None:
    """A channel whose bucket others have used: LINE's rate is what it is, whatever ours says."""
    with Sandbox(rates={"push": 30.0}) as sandbox:
        shop = Shop(database, sandbox, project_of())
        shop.crowd(60, "hello")

        report = shop.send(pace=replace(BRISK, first_batch=200, first_backoff=0.3, longest_backoff=0.5, patience=20))

        assert (report.accepted, report.open) == (60, 0)
        assert report.refused > 0
        shop.assert_ledgers_agree()

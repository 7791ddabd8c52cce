"""Caps and quota: what is scarce is taken in the order of topic, priority, due time and member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from journey_engine.language.durations import Duration
from journey_engine.line.caps import window_start
from tests.line.shop import BRISK, NOON, Shop

CAPS = {"caps": {"promotion": "2 per day and 5 per 7 days"}}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+08:00")


@pytest.mark.parametrize(
    ("per", "start"),
    [
        ("90 minutes", "03-31T09:00"),
        ("1 day", "03-31T00:00"),
        ("7 days", "03-25T00:00"),
        ("1 week", "03-25T00:00"),
        ("1 month", "03-01T00:00"),
    ],
)
def test_a_window_of_days_begins_at_a_midnight_of_the_business_zone(per: str, start: str) -> None:
    begins = window_start(at("03-31T10:30"), Duration.read(per), "Asia/Taipei")

    assert begins.replace(microsecond=0) == at(start)


def test_of_several_due_at_once_only_as_many_go_as_the_cap_allows_and_in_order(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy=CAPS)
    member, other = shop.member(1, name="美"), shop.member(2)
    late = shop.due(member, at=NOON - timedelta(minutes=1))
    early = shop.due(member, "hello", step="second", at=NOON - timedelta(minutes=9))
    urgent = shop.due(member, priority=80)
    free = shop.due(member, "digest")
    others = shop.due(other)

    report = shop.send()

    assert report.skipped == {"capped": 1}
    assert shop.told() == {
        late: "skipped: capped", early: "accepted", urgent: "accepted", free: "accepted", others: "accepted",
    }  # fmt: skip


def test_two_a_day_and_five_in_seven_days(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy=CAPS)
    member = shop.member(1)
    outcomes: dict[str, Counter[str]] = {}
    for day in ("03-02", "03-03", "03-04", "03-08", "03-09"):
        for hour in ("09:30", "12:30", "18:00"):
            now = at(f"{day}T{hour}")
            shop.due(member, at=now)
            report = shop.send(now)
            outcomes.setdefault(day, Counter()).update({"accepted": report.accepted, **report.skipped})

    assert outcomes == {
        "03-02": {"accepted": 2, "capped": 1},
        "03-03": {"accepted": 2, "capped": 1},
        "03-04": {"accepted": 1, "capped": 2},  # the fifth of the week
        "03-08": {"accepted": 0, "capped": 3},  # the 2nd is the first of these seven days
        "03-09": {"accepted": 2, "capped": 1},  # and now the 3rd is
    }
    assert len(shop.got(1)) == 7


def test_a_new_day_begins_at_midnight_of_the_business_zone(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"caps": {"promotion": "1 per day"}})
    member = shop.member(1)
    told: list[int] = []
    for now in (at("03-02T23:50"), at("03-02T23:59"), at("03-03T00:10")):
        shop.due(member, at=now)
        told.append(shop.send(now).accepted)

    assert told == [1, 0, 1]


def test_what_may_have_been_accepted_counts_for_the_cap(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"caps": {"promotion": "1 per day"}})
    member = shop.member(1)
    for status in ("unknown", "frozen"):
        shop.due(member)
        shop.run("update intents set status = :s, topic = 'promotion', settled_at = :now where status = 'pending'",
                 s=status, now=NOON)  # fmt: skip
        shop.due(member, at=NOON)
        assert shop.send().skipped == {"capped": 1}
        shop.run("delete from intents")


def test_a_member_without_a_value_does_not_use_up_her_own_cap(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"caps": {"promotion": "1 per day"}})
    member = shop.member(1)
    nameless = shop.due(member, "hello", step="second", priority=90)
    sale = shop.due(member, "sale")

    shop.send()

    assert shop.told() == {nameless: "skipped: missing value: name", sale: "accepted"}


def test_the_months_quota_goes_to_what_matters_most(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": 3})
    for number, member in enumerate(shop.members(4)):
        shop.due(member, "sale" if number < 2 else "receipt")

    report = shop.send()

    assert (report.accepted, report.skipped) == (3, {"quota": 1})
    assert Counter(text for number in (1, 2, 3, 4) for text in shop.got(number)) == {"朋友 的明細": 2, "全館八折": 1}


def test_the_quota_is_lines_own_where_it_is_smaller_and_counts_what_others_sent(shop: Shop) -> None:
    shop.sandbox.post("quota", {"limit": 10, "used": 8})
    for member in shop.members(3):
        shop.due(member)

    assert shop.send().skipped == {"quota": 1}


def test_a_new_month_begins_at_zero(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": 1})
    first, second = shop.members(2)
    shop.due(first)
    shop.due(second)
    april = at("04-01T12:00")

    assert shop.send().accepted == 1
    shop.sandbox.post("clock", {"now": int(april.timestamp() * 1000)})
    shop.due(second, at=april)
    assert shop.send(april).accepted == 1


def test_what_line_refuses_is_given_back_to_the_quota(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": 1})
    unknown, known = shop.member(1, known=False), shop.member(2)
    refused = shop.due(unknown, priority=90)
    shop.send()
    sent = shop.due(known)
    shop.send()

    assert shop.told() == {refused: "skipped: refused by LINE", sent: "accepted"}


def test_after_hours_without_sending_lines_own_figure_holds(shop: Shop) -> None:
    shop.sandbox.post("quota", {"limit": 4, "used": 0})
    shop.crowd(3, "hello")
    shop.send()
    shop.sandbox.post("quota", {"limit": 4, "used": 2})  # one of the three had blocked the account in time
    for member in (4, 5):
        shop.due(shop.member(member), "sale")
    assert shop.send(limit=1).accepted == 1

    shop.run("update channels set quota_used = 4, reserved_at = clock_timestamp() - interval '7 hours'")
    assert shop.send().accepted == 1


def test_what_is_in_doubt_keeps_its_place_in_the_quota_whatever_line_counts(make_shop: Callable[..., Shop]) -> None:
    """LINE has not counted it, and may yet take it: the next attempt is a matter of time."""
    shop = make_shop(policy={"quota": 1})
    first = shop.due(shop.member(1), expires=timedelta(days=3))
    shop.sandbox.fault("500_before", endpoint="push")
    shop.send(pace=replace(BRISK, patience=0))
    shop.run("update channels set reserved_at = reserved_at - interval '7 hours'")
    shop.run("update requests set next_attempt_at = clock_timestamp() + interval '1 minute'")
    second = shop.due(shop.member(2), expires=timedelta(days=3))
    shop.sandbox.heal()

    shop.send(NOON + timedelta(hours=7), pace=replace(BRISK, patience=0))

    assert shop.told() == {first: "frozen", second: "skipped: quota"}


def test_a_share_of_the_quota_is_kept_for_its_topic(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": {"limit": 10, "reserve": {"transactional": "30%", "promotion": "20%"}}})
    members = shop.members(8, name="小美")
    news = [shop.due(member, "digest") for member in members]
    assert shop.send().skipped == {"quota": 3}  # 3 and 2 of the ten are not theirs
    sales = [shop.due(member, "sale") for member in members[:3]]
    assert shop.send().skipped == {"quota": 1}
    receipts = [shop.due(member, "receipt") for member in members[:4]]
    assert shop.send().skipped == {"quota": 1}
    told = shop.told()
    accepted = [sum(told[each] == "accepted" for each in group) for group in (news, sales, receipts)]
    assert accepted == [5, 2, 3]
    assert shop.run("select quota_used from channels") == [(10,)]


def test_a_topic_takes_its_share_first_and_then_of_what_is_free(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": {"limit": 6, "reserve": {"transactional": "50%"}}})
    for member in shop.members(8):
        shop.due(member, "receipt")
    assert shop.send().skipped == {"quota": 2}

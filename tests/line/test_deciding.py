from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.line.shop import NOON, Shop

TAIPEI = "+08:00"


def at(text: str, zone: str = TAIPEI) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00{zone}")


def test_who_left_gets_nothing_and_who_finished_still_does(shop: Shop) -> None:
    ends = ["leave", "goal", "blocked", "finished", "stop: 夠了", "go_to: engage"]
    for number, reason in enumerate(ends, 1):
        member = shop.member(number)
        enrolment = shop.enrol(member)
        shop.due(member, enrolment=enrolment)
        shop.run("update enrolments set ended_at = :now, end_reason = :why where id = :id",
                 now=NOON, why=reason, id=enrolment)  # fmt: skip

    report = shop.send()

    assert list(shop.told().values()) == ["skipped: left"] * 3 + ["accepted"] * 3
    assert report.skipped == {"left": 3}
    assert [(name, properties) for _, name, _, _, properties in shop.happened()][:3] == [
        ("skipped", {"step": "first", "reason": "left"})
    ] * 3


def test_an_erased_member_gets_nothing(shop: Shop) -> None:
    member = shop.member(1)
    shop.due(member)
    shop.run("update members set erased_at = :now", now=NOON)

    assert shop.send().skipped == {"erased": 1}


def test_what_waited_too_long_is_buried(shop: Shop) -> None:
    shop.due(shop.member(1), at=NOON - timedelta(hours=3), expires=timedelta(hours=3))
    shop.due(shop.member(2), at=NOON - timedelta(hours=3), expires=timedelta(hours=3, minutes=1))

    assert shop.send().skipped == {"expired": 1}
    assert list(shop.told().values()) == ["skipped: expired", "accepted"]


def test_only_friends_who_have_a_line_account_get_anything(shop: Shop) -> None:
    blocked, stranger, unknown = shop.member(1, friend=False), shop.member(2), shop.member(3)
    shop.run("delete from friendships where member_id = :id", id=stranger)
    shop.run("delete from identities where member_id = :id", id=unknown)
    for member in (blocked, stranger, unknown):
        shop.due(member)

    assert shop.send().skipped == {"not a friend": 3}
    assert shop.sandbox.ledger() == []


def test_withdrawn_consent_skips_its_topic_only(shop: Shop) -> None:
    member = shop.member(1)
    sale, digest = shop.due(member), shop.due(member, "digest")
    shop.run("insert into consents values (:m, 'promotion', false, :now, 'form'), (:m, 'news', true, :now, 'form')",
             m=member, now=NOON)  # fmt: skip

    shop.send()

    assert shop.told() == {sale: "skipped: no consent", digest: "accepted"}


def test_the_steps_own_condition_is_asked_once_more(shop: Shop) -> None:
    gold, plain = shop.member(1, tier="金卡"), shop.member(2, tier="一般")
    kept, lost = shop.due(gold, step="gold"), shop.due(plain, step="gold")

    shop.send()

    assert shop.told() == {kept: "accepted", lost: "skipped: if"}


def test_a_message_that_is_not_there_any_more_is_skipped(shop: Shop) -> None:
    shop.due(shop.member(1), "gone")

    assert shop.send().skipped == {"no such message": 1}


def test_a_missing_value_without_default_blocks_the_message_for_that_member(shop: Shop) -> None:
    named, unnamed, blank = shop.member(1, name="小美"), shop.member(2), shop.member(3, name="  ")
    for member in (named, unnamed, blank):
        shop.due(member, "hello", step="second")

    assert shop.send().skipped == {"missing value: name": 2}
    assert (shop.got(1), shop.got(2), shop.got(3)) == (["小美，您好"], [], [])


def test_a_paused_or_held_journey_sends_nothing_until_it_goes_on(make_shop: Callable[..., Shop]) -> None:
    steps = {"first": {"send": "sale"}}
    paused = {"journey": "paused", "title": "x", "status": "paused", "enter": {"on": "follow", "again": "never"},
              "steps": steps}  # fmt: skip
    shop = make_shop(journeys=[paused, {**paused, "journey": "held", "status": "live"}])
    first, second = shop.member(1), shop.member(2)
    shop.due(first, journey="paused")
    shop.due(second, journey="held")
    shop.due(second, journey="held", expires=timedelta(minutes=1), at=NOON - timedelta(hours=1))
    shop.run(
        "insert into holds (scope, name, reason, cure, since) values ('journey', 'held', 'r', 'c', :now)", now=NOON
    )

    report = shop.send()
    assert (report.decided, report.skipped) == (0, {"expired": 1})

    shop.run("update holds set released_at = :now", now=NOON)
    shop.send()
    assert list(shop.told().values()) == ["pending", "accepted", "skipped: expired"]


def test_a_held_segment_stops_the_sends_of_the_journeys_that_ask_about_it(make_shop: Callable[..., Shop]) -> None:
    resting = {"journey": "resting", "title": "x", "status": "live", "enter": {"on": "follow", "again": "never"},
               "leave": {"if": "in segment buyers"}, "steps": {"first": {"send": "sale"}}}  # fmt: skip
    shop = make_shop(journeys=[resting, {**resting, "journey": "free", "leave": {"if": "purchase"}}])
    shop.due(shop.member(1), journey="resting")
    shop.due(shop.member(2), journey="free")
    shop.run(
        "insert into holds (scope, name, reason, cure, since) values ('segment', 'buyers', 'r', 'c', :now)", now=NOON
    )

    shop.send()
    assert list(shop.told().values()) == ["pending", "accepted"]

    shop.run("update holds set released_at = :now", now=NOON)
    shop.send()
    assert list(shop.told().values()) == ["accepted", "accepted"]


def test_quiet_hours_of_the_real_time_put_a_message_off_in_each_members_zone(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "21:00-09:00"})
    at_home, in_berlin, nowhere = shop.member(1), shop.member(2, zone="Europe/Berlin"), shop.member(3, zone="Mars/Base")
    night = at("03-02T22:30")
    for member in (at_home, in_berlin, nowhere):
        shop.due(member)  # due at noon; LINE was down till the evening

    report = shop.send(night)

    assert (report.deferred, report.accepted) == (2, 1)
    assert shop.run("select distinct not_before from intents where not_before is not null") == [(at("03-03T09:00"),)]
    assert shop.send(at("03-03T08:59")).decided == 0
    assert shop.send(at("03-03T09:00")).accepted == 2
    assert [len(shop.got(number)) for number in (1, 2, 3)] == [1, 1, 1]


def test_a_step_that_skips_quiet_hours_is_skipped_in_them(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "21:00-09:00"})
    shop.due(shop.member(1), step="soft")

    assert shop.send(at("03-02T22:30")).skipped == {"quiet hours": 1}


def test_a_message_put_off_is_buried_when_it_expires_in_the_quiet_hours(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "21:00-09:00"})
    shop.due(shop.member(1), at=at("03-02T20:00"), expires=timedelta(hours=4))
    shop.send(at("03-02T22:00"))

    assert shop.send(at("03-03T00:00")).skipped == {"expired": 1}


def test_intents_of_one_enrolment_go_in_order(shop: Shop) -> None:
    member = shop.member(1, name="美")
    inside = shop.enrol(member)
    second = shop.due(member, "hello", enrolment=inside, step="second", at=NOON - timedelta(minutes=1), priority=90)
    first = shop.due(member, "sale", enrolment=inside, step="first", at=NOON - timedelta(minutes=2), priority=10)

    shop.send()

    assert shop.got(1) == ["全館八折", "美，您好"]
    assert shop.told() == {second: "accepted", first: "accepted"}


def test_a_later_intent_waits_for_an_earlier_one_that_was_put_off(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quiet_hours": "21:00-09:00"})
    member = shop.member(1, name="美")
    inside = shop.enrol(member)
    shop.due(member, "sale", enrolment=inside, step="first", at=at("03-02T20:00"))
    shop.due(member, "hello", enrolment=inside, step="soft", at=at("03-02T20:01"))

    shop.send(at("03-02T22:00"))
    assert list(shop.told().values()) == ["pending: quiet hours", "pending"]

    shop.send(at("03-03T09:00"))
    assert shop.got(1) == ["全館八折", "美，您好"]

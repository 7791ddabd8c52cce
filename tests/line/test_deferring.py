"""Caps that put off instead of skipping, the cap for all topics, and who comes first when there is not room for all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.line.shop import NOON, Shop

Make = Callable[..., Shop]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+08:00")


def shown(instant: Any) -> str:
    return f"{instant.astimezone(NOON.tzinfo):%m-%d %H:%M}"


def put_off(shop: Shop) -> list[tuple[str | None, str]]:
    """(reason, until) of what waits."""
    rows = shop.run("select reason, not_before from intents where status = 'pending' and not_before is not null")
    return [(reason, shown(until)) for reason, until in rows]


def policy(caps: dict[str, str], rule: str = "defer 3 days", topic: str = "promotion", **more: Any) -> dict[str, Any]:
    return {"caps": caps, "when_capped": {topic: rule}, **more}


def test_what_is_put_off_goes_when_the_cap_has_room_again(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per day"}))
    member = shop.member(1, name="美")
    first = shop.due(member, at=at("03-02T10:00"))
    second = shop.due(member, "hello", at=at("03-02T12:00"), step="second")

    report = shop.send(at("03-02T12:00"))

    assert (report.accepted, report.deferred, report.skipped) == (1, 1, {})
    assert shop.told() == {first: "accepted", second: "pending: capped"}
    assert put_off(shop) == [("capped", "03-03 00:00")]
    assert shop.send(at("03-02T23:59")).accepted == 0
    assert shop.send(at("03-03T00:00")).accepted == 1
    assert shop.told()[second] == "accepted"


@pytest.mark.parametrize(
    ("cap", "sent", "until"),
    [
        ("1 per 6 hours", ["03-02T08:30"], "03-02 14:30"),
        ("2 per 6 hours", ["03-02T07:00", "03-02T08:30"], "03-02 13:00"),
        ("1 per 2 days", ["03-01T09:00"], "03-03 00:00"),
        ("1 per day and 2 per 3 days", ["03-01T09:00", "03-02T09:00"], "03-04 00:00"),
        ("1 per week", ["02-25T09:00"], "03-04 00:00"),
        ("1 per month", ["02-03T09:00"], "03-03 00:00"),
    ],
)
def test_there_is_room_when_the_oldest_that_counts_leaves_the_window(
    make_shop: Make, cap: str, sent: list[str], until: str
) -> None:
    shop = make_shop(policy=policy({"promotion": cap}))
    member = shop.member(1)
    for time in sent:
        shop.due(member)
        accepted = "update intents set status = 'accepted', topic = 'promotion', settled_at = :at"
        shop.run(f"{accepted} where status = 'pending'", at=at(time))
    late = shop.due(member)
    shop.send()

    assert put_off(shop) == [("capped", until)]
    back = datetime.fromisoformat(f"2026-{until.replace(' ', 'T')}:00+08:00")
    shop.send(back - timedelta(seconds=1))
    assert shop.told()[late] == "pending: capped"
    shop.send(back)
    assert shop.told()[late] == "accepted"


def test_a_month_after_the_31st_it_is_looked_at_each_day_until_there_is_room(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per month"}, "defer 2 months"))
    member = shop.member(1)
    shop.due(member, at=at("01-31T12:00"))
    shop.send(at("01-31T12:00"))
    late = shop.due(member, at=at("02-01T12:00"))
    days = ("02-01T12:00", "02-28T00:00", "03-01T00:00")
    came = [shop.send(at(day)).accepted for day in days]

    assert came == [0, 0, 1]
    assert shop.told()[late] == "accepted"


def test_what_cannot_go_within_its_time_is_skipped_at_once(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per 7 days"}))
    member = shop.member(1, name="美")
    shop.due(member)
    shop.send()
    shop.due(member, "hello", step="second")

    assert shop.send(NOON + timedelta(minutes=1)).skipped == {"capped": 1}  # room is on the seventh day, not the third


def test_what_a_step_says_of_its_own_expiry_is_kept(make_shop: Make) -> None:
    flash: dict[str, Any] = {
        "journey": "flash",
        "title": "快閃",
        "status": "live",
        "enter": {"on": "follow", "again": "never"},
        "steps": {"now": {"send": "sale", "expires": "2 hours"}, "later": {"send": "sale"}},
    }
    shop = make_shop(policy=policy({"promotion": "1 per day"}), journeys=[flash])
    member = shop.member(1)
    shop.due(member)
    shop.send()
    short = shop.due(member, journey="flash", step="now", expires=timedelta(hours=2))
    long = shop.due(member, journey="flash", step="later")

    shop.send(NOON + timedelta(minutes=1))

    assert (shop.told()[short], shop.told()[long]) == ("skipped: capped", "pending: capped")
    [(expires,)] = shop.run("select expires_at from intents where id = :id", id=long)
    assert shown(expires) == "03-05 12:00"  # three days instead of the 24 hours that nobody asked for


def test_who_is_put_off_again_and_again_is_skipped_when_the_time_is_up(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per day"}, "defer 2 days"))
    member = shop.member(1)
    low = shop.due(member, priority=10)
    for day in range(4):
        now = NOON + timedelta(days=day)
        shop.due(member, at=now, priority=90)
        shop.send(now)
        # The low one comes back at midnight, when the day's place is still free: somebody else takes it first.
        shop.due(member, at=now + timedelta(hours=12), priority=90)
        shop.send(now + timedelta(hours=12))

    assert shop.told()[low] == "skipped: capped"


def test_all_counts_every_topic_and_holds_back_no_receipt(make_shop: Make) -> None:
    shop = make_shop(policy={"caps": {"all": "2 per day"}})
    member = shop.member(1, name="美")
    sale = shop.due(member, "sale")
    digest = shop.due(member, "digest", step="second")
    receipt = shop.due(member, "receipt")
    assert shop.send().skipped == {"capped": 1}
    assert shop.told() == {sale: "skipped: capped", digest: "accepted", receipt: "accepted"}

    again = shop.due(member, "receipt")
    shop.due(member, "digest")
    assert shop.send(NOON + timedelta(hours=1)).skipped == {"capped": 1}
    assert shop.told()[again] == "accepted"


def test_what_its_own_topic_holds_back_takes_no_room_from_all(make_shop: Make) -> None:
    shop = make_shop(policy={"caps": {"promotion": "1 per day", "all": "2 per day"}})
    member = shop.member(1, name="美")
    first = shop.due(member, "sale", priority=90)
    second = shop.due(member, "hello", priority=80)
    digest = shop.due(member, "digest", priority=10)
    other = shop.due(shop.member(2), "sale")

    shop.send()

    assert shop.told() == {first: "accepted", second: "skipped: capped", digest: "accepted", other: "accepted"}


def test_the_cap_for_all_puts_off_by_the_topic_of_the_message(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"all": "1 per day"}, topic="news"))
    member = shop.member(1, name="美")
    shop.due(member, "receipt")
    digest = shop.due(member, "digest")
    sale = shop.due(member, "sale")

    shop.send()

    assert (shop.told()[digest], shop.told()[sale]) == ("pending: capped", "skipped: capped")


def test_priority_decides_who_takes_the_room_then_the_older_one(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per day"}))
    member = shop.member(1, name="美")
    old = shop.due(member, at=NOON - timedelta(hours=2), priority=40)
    older = shop.due(member, at=NOON - timedelta(hours=3), priority=50)
    high = shop.due(member, "hello", priority=60)

    shop.send()
    assert shop.told() == {old: "pending: capped", older: "pending: capped", high: "accepted"}
    shop.send(NOON + timedelta(hours=12))
    assert shop.told() == {old: "pending: capped", older: "accepted", high: "accepted"}
    shop.send(NOON + timedelta(hours=36))
    assert shop.told() == {old: "accepted", older: "accepted", high: "accepted"}


def test_days_are_the_businesss_and_quiet_hours_the_members(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per day"}, quiet_hours="21:00-09:00"))
    member = shop.member(1, zone="America/New_York")
    shop.due(member, at=at("03-02T22:30"))  # half past nine in the morning there
    assert shop.send(at("03-02T22:30")).accepted == 1
    late = shop.due(member, at=at("03-02T23:30"))
    shop.send(at("03-02T23:30"))
    assert put_off(shop) == [("capped", "03-03 00:00")]  # a new day here, eleven in the morning there
    shop.send(at("03-03T00:00"))
    assert shop.told()[late] == "accepted"


def test_a_capped_message_that_comes_back_in_the_night_waits_for_the_morning(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per day"}, quiet_hours="21:00-09:00"))
    member = shop.member(1)
    shop.due(member)
    shop.due(member)
    shop.send()
    shop.send(at("03-03T00:00"))
    assert put_off(shop) == [("quiet hours", "03-03 09:00")]
    assert shop.send(at("03-03T09:00")).accepted == 1


def test_who_lacks_a_value_takes_no_room_from_what_would_be_put_off(make_shop: Make) -> None:
    shop = make_shop(policy=policy({"promotion": "1 per day", "all": "1 per day"}))
    member = shop.member(1)
    nameless = shop.due(member, "hello", step="second", priority=90)
    sale = shop.due(member, "sale")

    shop.send()

    assert shop.told() == {nameless: "skipped: missing value: name", sale: "accepted"}

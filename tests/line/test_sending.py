from __future__ import annotations

from datetime import timedelta

from tests.line.shop import NOON, Shop


def test_a_message_of_ones_own_goes_as_a_push_and_comes_back_as_an_event(shop: Shop) -> None:
    member = shop.member(1, name="小美")
    intent = shop.due(member, "hello", step="second")

    report = shop.send()

    assert (report.decided, report.accepted, report.requests, report.paused) == (1, 1, {"push": 1}, None)
    assert shop.got(1) == ["小美，您好"]
    assert shop.told() == {intent: "accepted"}
    assert shop.happened() == [(member, "accepted", "hello", NOON, {"step": "second"})]
    shop.assert_ledgers_agree()


def test_a_message_that_is_the_same_for_all_goes_as_multicasts_of_500(shop: Shop) -> None:
    for member in shop.members(3):
        shop.due(member)

    report = shop.send()

    assert (report.accepted, report.requests) == (3, {"multicast": 1})
    assert [shop.got(number) for number in (1, 2, 3)] == [["全館八折"]] * 3
    shop.assert_ledgers_agree()


def test_nothing_due_asks_nobody(shop: Shop) -> None:
    shop.due(shop.member(1), at=NOON + timedelta(minutes=1))

    report = shop.send()

    assert (report.decided, report.skipped, report.requests) == (0, {}, {})
    assert shop.sandbox.get("status")["counts"] == {}

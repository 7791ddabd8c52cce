from __future__ import annotations

from collections.abc import Callable

import pytest

from journey_engine.line.testing import CannotBeTested, NoSuchMessage, NoSuchTester, TestRefused, send_test
from tests.line.shop import Shop
from tests.sandbox_fixtures import user

TESTERS = {"testers": {"小陳": user(1)}}


def test_a_tester_gets_the_message_with_her_own_values_or_given_ones(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy=TESTERS)
    shop.member(1, name="陳")

    number = send_test(shop.engine, shop.project, shop.channel, "hello", "小陳")
    send_test(shop.engine, shop.project, shop.channel, "hello", "小陳", {"name": "別人"})

    assert shop.got(1) == ["陳，您好", "別人，您好"]
    assert number == shop.sandbox.ledger()[0].request_id
    assert (shop.happened(), shop.requests()) == ([], [])


def test_what_cannot_be_tested_says_why(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy=TESTERS)
    with pytest.raises(NoSuchMessage, match="It can be: digest, hello, receipt, sale"):
        send_test(shop.engine, shop.project, shop.channel, "nope", "小陳")
    with pytest.raises(NoSuchTester, match="It can be: 小陳"):
        send_test(shop.engine, shop.project, shop.channel, "sale", "小王")
    with pytest.raises(CannotBeTested, match="missing value: name"):
        send_test(shop.engine, shop.project, shop.channel, "hello", "小陳")
    with pytest.raises(TestRefused, match="LINE refused it: 400"):
        send_test(shop.engine, shop.project, shop.channel, "sale", "小陳")
    shop.sandbox.fault("500_before")
    with pytest.raises(TestRefused, match="LINE may have it or not: 500"):
        send_test(shop.engine, shop.project, shop.channel, "sale", "小陳")

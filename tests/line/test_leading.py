"""Who stands first is the same, whether a decision looks for its messages or names them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from journey_engine.line import leading
from journey_engine.line.asking import Question
from journey_engine.line.deciding import decide
from journey_engine.line.leading import waiting_messages
from tests.line.shop import NOON, Shop

SMALL, LARGE = 8, 9


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large in the tests."""
    monkeypatch.setattr(leading, "_WORTH", LARGE)


def order(connection: Connection, shop: Shop, most: int) -> list[int]:
    return [each.intent for each in decide(connection, shop.project, Question(NOON, most))]


def test_large_and_small_decisions_put_them_in_one_order(shop: Shop) -> None:
    one, two, three = shop.members(3)
    late = shop.due(one, "sale")
    early = shop.due(two, "hello", at=NOON - timedelta(minutes=9))
    urgent = shop.due(three, "hello", priority=80)
    news = shop.due(two, "digest", priority=10)
    owed = shop.due(three, "receipt", priority=10)
    nobodys = shop.due(one, "gone", priority=90)
    visit = shop.enrol(two)
    first = shop.due(two, "sale", enrolment=visit, at=NOON - timedelta(minutes=5))
    behind = shop.due(two, "hello", enrolment=visit, step="second", at=NOON - timedelta(minutes=4))
    shop.due(one, "digest", at=NOON + timedelta(minutes=1))
    put_off = shop.due(three, "digest")
    shop.run("update intents set not_before = :until where id = :id", until=NOON + timedelta(hours=1), id=put_off)

    with shop.engine.connect() as connection:
        names = ("digest", "gone", "hello", "receipt", "sale")
        assert waiting_messages(connection, Question(NOON, LARGE)) == names
        assert waiting_messages(connection, Question(NOON, SMALL)) == ()
        expected = [owed, news, urgent, early, first, behind, late, nobodys]
        assert order(connection, shop, LARGE) == expected
        assert order(connection, shop, SMALL) == expected


@pytest.mark.parametrize("kinds", [1, 9])
def test_of_one_message_or_of_many_none_is_named(shop: Shop, kinds: int) -> None:
    member = shop.member(1)
    for number in range(LARGE):
        shop.due(member, f"m{number % kinds}")

    with shop.engine.connect() as connection:
        assert waiting_messages(connection, Question(NOON, LARGE)) == ()


def test_where_little_is_pending_none_is_named(shop: Shop) -> None:
    member = shop.member(1)
    for number in range(LARGE - 1):
        shop.due(member, f"m{number % 2}")

    with shop.engine.connect() as connection:
        assert waiting_messages(connection, Question(NOON, LARGE)) == ()


def test_what_waits_for_another_of_its_visit_does_not_lead(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "_WORTH", 2)
    member = shop.member(1)
    visit = shop.enrol(member)
    first = shop.due(member, "sale", enrolment=visit, at=NOON - timedelta(minutes=2))
    shop.due(member, "hello", enrolment=visit, step="gold", at=NOON - timedelta(minutes=1))
    other = shop.due(member, "digest")
    shop.run("update intents set status = 'frozen' where id = :id", id=first)

    with shop.engine.connect() as connection:
        assert order(connection, shop, 2) == [other]
        assert order(connection, shop, 1) == [other]

"""Links of messages become addresses of our own when they are frozen, and where they lead is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from journey_engine.line.link_tokens import Token, unseal
from journey_engine.line.linking import change_key, key_in_use
from journey_engine.receiver.clicks import keys
from tests.line.shop import NOON, Shop

SHOP = "https://shop.example/new"
OPENS: dict[str, Any] = {
    "topic": "promotion",
    "alt": "看看",
    "say": [{"template": "buttons", "text": "新品", "buttons": [{"label": "去逛逛", "opens": SHOP}]}],
    "quick_replies": [{"label": "問一下", "opens": "https://line.me/R/ti/p/@shop"}, {"label": "好", "taps": "good"}],
}
MINE: dict[str, Any] = {
    "topic": "promotion",
    "alt": "看看",
    "say": [
        {
            "template": "buttons",
            "text": "您的頁面",
            "buttons": [{"label": "打開", "opens": "https://shop.example/of/{name}"}],
        }
    ],
}


@pytest.fixture
def tracked(make_shop: Callable[..., Shop]) -> Callable[..., Shop]:
    def make(**messages: Any) -> Shop:
        shop = make_shop(messages=messages)
        shop.channel = replace(shop.channel, links="https://go.example")
        return shop

    return make


def bodies(shop: Shop) -> list[dict[str, Any]]:
    return [json.loads(bytes(body)) for (body,) in shop.run("select body from requests order by id")]


def addresses(shop: Shop) -> list[list[str]]:
    """What each request's body opens, request by request."""
    return [re.findall(r'"uri": "([^"]+)"', json.dumps(body)) for body in bodies(shop)]


def said(shop: Shop, address: str) -> Token | None:
    assert address.startswith("https://go.example/r/")
    with shop.engine.connect() as connection:
        return unseal(address.removeprefix("https://go.example/r/"), keys(connection))


def test_each_member_gets_an_address_of_her_own_and_one_row_does_for_all(tracked: Callable[..., Shop]) -> None:
    shop = tracked(news=OPENS)
    first, second = (shop.due(member, "news") for member in shop.members(2))

    report = shop.send()

    assert report.requests == {"push": 2}
    assert shop.told() == {first: "accepted", second: "accepted"}
    ((link,),) = shop.run("select id from links")
    day = date(2026, 5, 31)
    assert [said(shop, opened[0]) for opened in addresses(shop)] == [Token(link, first, day), Token(link, second, day)]
    assert shop.run("select message, link, target, tag, member_id, made_at from links") == [
        ("news", "去逛逛", SHOP, "", None, NOON)
    ]


def test_what_line_itself_opens_is_left_as_it_is(tracked: Callable[..., Shop]) -> None:
    shop = tracked(news=OPENS)
    shop.due(shop.member(1), "news")
    shop.send()

    assert addresses(shop)[0][1] == "https://line.me/R/ti/p/@shop"


def test_a_message_tracked_together_stays_one_body_for_all_and_tells_of_nobody(tracked: Callable[..., Shop]) -> None:
    shop = tracked(news={**OPENS, "track": "together"})
    for member in shop.members(3):
        shop.due(member, "news")

    assert shop.send().requests == {"multicast": 1}
    ((link,),) = shop.run("select id from links")
    assert said(shop, addresses(shop)[0][0]) == Token(link, 0, date(2026, 5, 31))


def test_an_address_with_a_members_values_is_stored_for_her_alone(tracked: Callable[..., Shop]) -> None:
    shop = tracked(mine=MINE)
    mei, lan = shop.member(1, name="小美"), shop.member(2, name="小蘭")
    shop.due(mei, "mine")
    shop.due(lan, "mine")
    shop.send()

    assert shop.run("select member_id, target from links order by id") == [
        (mei, "https://shop.example/of/%E5%B0%8F%E7%BE%8E"),
        (lan, "https://shop.example/of/%E5%B0%8F%E8%98%AD"),
    ]


def test_a_member_whose_values_make_no_address_is_skipped_for_that_reason(tracked: Callable[..., Shop]) -> None:
    shop = tracked(mine=MINE)
    nameless, mei = shop.due(shop.member(1), "mine"), shop.due(shop.member(2, name="小美"), "mine")
    shop.send()

    assert shop.told() == {nameless: "skipped: missing value: name", mei: "accepted"}


def test_sending_again_makes_no_row_again_and_an_edited_message_makes_a_new_one(tracked: Callable[..., Shop]) -> None:
    shop = tracked(news=OPENS)
    for member in shop.members(2):
        shop.due(member, "news")
        shop.send()
    edited = json.loads(json.dumps(OPENS).replace("example/new", "example/old"))
    shop.project = tracked(news=edited).project
    shop.due(1, "news")
    shop.send()

    assert shop.run("select target from links order by id") == [(SHOP,), ("https://shop.example/old",)]


def test_without_an_address_of_ours_links_stand_as_they_are_written(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(messages={"news": OPENS})
    shop.due(shop.member(1), "news")
    shop.send()

    assert addresses(shop) == [[SHOP, "https://line.me/R/ti/p/@shop"]]
    assert shop.run("select count(*) from links") == [(0,)]


def test_a_new_key_seals_and_the_old_one_still_opens(tracked: Callable[..., Shop]) -> None:
    shop = tracked(news=OPENS)
    for member in shop.members(2):
        shop.due(member, "news")
        shop.send()
        with shop.engine.begin() as connection:
            change_key(connection)

    tokens = [opened[0] for opened in addresses(shop)]
    assert [token is not None and said(shop, token) is not None for token in tokens] == [True, True]
    with shop.engine.begin() as connection:
        assert key_in_use(connection).number == 3
        assert len(keys(connection)) == 3


def test_of_255_keys_the_oldest_makes_room(tracked: Callable[..., Shop]) -> None:
    shop = tracked()
    with shop.engine.begin() as connection:
        first = key_in_use(connection)
        for _ in range(255):
            last = change_key(connection)
        known = keys(connection)

    assert len(known) == 255
    assert last.number == first.number
    assert known[1] == last.secret != first.secret


def test_each_card_of_a_list_leads_its_own_way_however_many_there_are(tracked: Callable[..., Shop]) -> None:
    bubble = {
        "type": "bubble",
        "body": {
            "type": "box",
            "layout": "vertical",
            "contents": [
                {"type": "button", "action": {"type": "uri", "label": "看", "uri": "https://shop.example/cart"}}
            ],
        },
    }
    shop = tracked(cart={"topic": "service", "alt": "x", "say": [{"cards": {"of": "entry.items", "flex": bubble}}]})
    few, more = shop.member(1), shop.member(2)
    for member, items in ((few, 1), (more, 3)):
        intent = shop.due(member, "cart")
        listed = json.dumps({"items": [{"name": f"n{n}"} for n in range(items)]})
        shop.run("update intents set entry = cast(:entry as jsonb) where id = :id", entry=listed, id=intent)
    shop.send()

    assert [len(opened) for opened in addresses(shop)] == [1, 3]
    assert shop.run("select count(*) from links") == [(1,)]

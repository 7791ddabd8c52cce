"""Cards of a list, values in their forms, and tags, as a member gets them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from journey_engine.language.message import Message, tags_of
from journey_engine.line.render import Blocked
from journey_engine.sandbox.messages import complaints_about
from tests.line.test_forms import compiled, said

ITEM: dict[str, Any] = {
    "type": "bubble",
    "body": {
        "type": "box",
        "layout": "vertical",
        "contents": [
            {"type": "text", "text": "{item.name}"},
            {"type": "text", "text": "{item.price as money|時價}"},
            {"type": "button", "action": {"type": "uri", "label": "看", "uri": "https://shop.example/{item.sku}"}},
        ],
    },
}
CART: dict[str, Any] = {
    "topic": "service",
    "alt": "{name|您}的購物車",
    "say": [
        {"text": "還有 {entry.count|幾} 樣"},
        {"cards": {"of": "entry.items", "at_most": "2", "flex": ITEM}},
    ],
    "quick_replies": [{"label": "結帳", "opens": "https://shop.example/cart"}],
}


# ---- cards --------------------------------------------------------------------------------------------------------
def test_cards_show_one_bubble_for_each_item_up_to_the_most() -> None:
    items = [{"name": f"商品{n}", "sku": f"s {n}", "price": n * 1000.5} for n in (1, 2, 3)]
    text, cards = json.loads(compiled(CART).messages({"entry.items": items, "entry.count": 3}))

    bubbles = [each["body"]["contents"] for each in cards["contents"]["contents"]]
    assert text == {"type": "text", "text": "還有 3 樣"}
    assert cards["altText"] == "您的購物車"
    assert [[part.get("text") for part in bubble] for bubble in bubbles] == [
        ["商品1", "NT$1,001", None],
        ["商品2", "NT$2,001", None],
    ]
    assert bubbles[1][2]["action"]["uri"] == "https://shop.example/s%202"
    assert cards["quickReply"]["items"][0]["action"]["uri"] == "https://shop.example/cart"
    assert complaints_about([text, cards]) == []


@pytest.mark.parametrize("items", [None, [], "牛奶", {"name": "牛奶"}])
def test_without_items_the_cards_are_left_out_and_quick_replies_move_up(items: object) -> None:
    made = json.loads(compiled(CART).messages({"entry.items": items}))

    assert [each["text"] for each in made] == ["還有 幾 樣"]
    assert "quickReply" in made[0]


def test_a_message_of_cards_alone_goes_to_nobody_without_items() -> None:
    alone = compiled({**CART, "say": CART["say"][1:]})

    with pytest.raises(Blocked, match=re.escape("nothing to show: entry.items")):
        alone.messages({"entry.items": []})


def test_an_item_without_what_its_card_needs_blocks_the_message() -> None:
    with pytest.raises(Blocked, match=re.escape("missing value: item.name")):
        compiled(CART).messages({"entry.items": [{"name": "牛奶", "sku": "1"}, {"sku": "2"}]})


def test_each_card_has_a_tracked_link_of_its_own() -> None:
    template = compiled(CART, tracked=True)
    values: dict[str, Any] = {"entry.items": [{"name": "甲", "sku": "1"}, {"name": "乙", "sku": "2"}]}

    assert [link.label for link in template.links] == ["看", "結帳"]
    assert template.targets(values) == {
        "link.1.1": "https://shop.example/1",
        "link.1.2": "https://shop.example/2",
        "link.2": "https://shop.example/cart",
    }
    told = values | {key: f"https://go.example/r/{key}" for key in template.targets(values)}
    cards = json.loads(template.messages(told))[1]
    bubbles = [each["body"]["contents"][2]["action"]["uri"] for each in cards["contents"]["contents"]]
    assert bubbles == ["https://go.example/r/link.1.1", "https://go.example/r/link.1.2"]


# ---- placeholders -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "values", "becomes"),
    [
        ("{entry.order_id} 已出貨", {"entry.order_id": "A-17"}, "A-17 已出貨"),
        ("{entry.value as money}", {"entry.value": "1250"}, "NT$1,250"),
        ("{entry.value as number}", {"entry.value": "1250.50"}, "1,250.5"),
        ("{points as number|0} 點", {"points": "12345"}, "12,345 點"),
        ("{birthday as date|近期}", {"birthday": "1990-03-05"}, "1990年3月5日"),
        ("{birthday as day|近期}", {"birthday": "1990-03-05"}, "3月5日"),
        ("{birthday as day|近期}", {"birthday": "1990-02-30"}, "近期"),
        ("{entry.at as day} {entry.at as time}", {"entry.at": "2026-12-05T18:30:00+00:00"}, "12月6日 02:30"),
        ("{coupon.welcome100}", {"coupon.welcome100": "AB12"}, "AB12"),
        ("到{coupon.welcome100.expires as date|}", {"coupon.welcome100.expires": "2026-12-31"}, "到2026年12月31日"),
        ("{coupon.welcome100.expires as date|本月底}前", {}, "本月底前"),
        ("{entry.count|0}", {"entry.count": True}, "0"),
        ("{entry.count|0}", {"entry.count": float("nan")}, "0"),
        ("{entry.count|0}", {"entry.count": 3.0}, "3"),
    ],
)  # fmt: skip
def test_values_are_said_as_members_read_them(text: str, values: dict[str, Any], becomes: str) -> None:
    assert said({"text": text}, values=values)[0]["text"] == becomes


def test_without_a_coupon_the_message_is_blocked() -> None:
    with pytest.raises(Blocked, match=re.escape("no coupon code: welcome100")):
        said({"text": "{coupon.welcome100}"})


def test_tags_of_taps_are_told_by_the_name_of_the_button() -> None:
    message = Message.model_validate(
        {
            "message": "m", "title": "m", "topic": "news", "say": [{"text": "您好"}],
            "quick_replies": [
                {"label": "好", "taps": "yes", "tag": "keen +2 for 30 days"},
                {"label": "看", "opens": "https://example.com/", "tag": "shopper"},
            ],
        }
    )  # fmt: skip

    assert {name: grant.text for name, grant in tags_of(message).items()} == {"yes": "keen +2 for 30 days"}


def test_a_tracked_link_carries_the_tag_that_opening_it_grants() -> None:
    template = compiled(
        {
            "topic": "news",
            "say": [{"text": "您好"}],
            "quick_replies": [{"label": "看", "opens": "https://example.com/", "tag": "shopper +1 for 90 days"}],
        },
        tracked=True,
    )

    assert [link.tag.text for link in template.links if link.tag] == ["shopper for 90 days"]
    assert "tag" not in template.messages({"link.1": "https://go.example/r/x"})

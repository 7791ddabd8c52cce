from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from journey_engine.language.limits import graphemes, utf16_units
from journey_engine.line.filling import values_of
from journey_engine.line.render import Blocked, UnsendableMessage, compile_message, push_body
from journey_engine.sandbox.messages import complaints_about
from tests.conftest import ROOT
from tests.line.shop import project_of
from tests.line_openapi import needs_openapi, validate_body
from tests.sandbox_fixtures import user

BUBBLE: dict[str, Any] = {
    "type": "bubble",
    "body": {
        "type": "box",
        "layout": "vertical",
        "contents": [
            {"type": "text", "text": "{name}，{{不是欄位}}", "wrap": True},
            {"type": "button", "action": {"type": "postback", "label": "領取", "data": "tap:take"}},
            {"type": "button", "action": {"type": "postback", "label": "別的", "data": "own=1"}},
            {"type": "button", "action": {"type": "uri", "label": "看", "uri": "https://shop.example/?n={name}"}},
        ],
    },
}
EVERYTHING: dict[str, Any] = {
    "topic": "promotion",
    "alt": "給{name}",
    "say": [
        {"text": "{name}，還有 {points|0} 點\n"},
        {"flex": BUBBLE},
        {"image": {"original": "https://shop.example/{name}.png"}},
        {"template": "buttons", "text": "選一個", "title": "{tier|會員}",
         "buttons": [{"label": "好", "taps": "yes"}, {"label": "看", "opens": "https://shop.example/"}]},
        {"template": "carousel", "columns": [
            {"text": "一 {name}", "buttons": [{"label": "要", "sends": "我要"}]},
            {"text": "二", "buttons": [{"label": "不要", "sends": "不要"}]}]},
    ],
    "quick_replies": [{"label": "{name}", "sends": "我是{name}"}, {"label": "晚點", "taps": "later"}],
}  # fmt: skip


def rendered(message: dict[str, Any], **values: str) -> list[dict[str, Any]]:
    project = project_of(messages={"m": message})
    return json.loads(compile_message(project, project.messages["m"]).messages(values))


def said(text: str, **values: str) -> str:
    return rendered({"topic": "news", "say": [{"text": text}]}, **values)[0]["text"]


def blocked(message: dict[str, Any], **values: str) -> str:
    with pytest.raises(Blocked) as reason:
        rendered(message, **values)
    return reason.value.reason


def refused(*objects: dict[str, Any], **more: Any) -> str:
    with pytest.raises(UnsendableMessage) as error:
        rendered({"topic": "news", "say": list(objects), **more})
    return str(error.value)


def test_every_kind_of_object_is_what_line_takes() -> None:
    objects = rendered(EVERYTHING, name="小美", tier="金卡")

    assert [each["type"] for each in objects] == ["text", "flex", "image", "template", "template"]
    assert objects[0]["text"] == "小美，還有 0 點"
    assert objects[1]["altText"] == "給小美"
    assert objects[2]["previewImageUrl"] == "https://shop.example/%E5%B0%8F%E7%BE%8E.png"
    assert complaints_about(objects) == []


@needs_openapi
def test_every_kind_of_object_passes_lines_own_schema() -> None:
    assert validate_body("push", {"to": user(1), "messages": rendered(EVERYTHING, name="小美")}) == []


def test_taps_come_back_with_the_message_they_belong_to() -> None:
    objects = rendered(EVERYTHING, name="小美")
    contents = objects[1]["contents"]["body"]["contents"]

    assert contents[1]["action"]["data"] == "journeys:tap:m:take"
    assert contents[2]["action"]["data"] == "own=1"
    assert objects[3]["template"]["actions"][0] == {
        "type": "postback", "label": "好", "data": "journeys:tap:m:yes", "displayText": "好",
    }  # fmt: skip
    assert objects[4]["quickReply"]["items"][1]["action"]["data"] == "journeys:tap:m:later"


def test_quick_replies_stand_on_the_last_object_only() -> None:
    assert ["quickReply" in each for each in rendered(EVERYTHING, name="美")] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("text", "values", "becomes"),
    [
        ("{name|朋友}好", {}, "朋友好"),
        ("{name|朋友}好", {"name": "  "}, "朋友好"),
        ("{name|朋友}好", {"name": "美"}, "美好"),
        ("[{name|}]", {}, "[]"),
        ("{points|0} 點", {"points": "12.5"}, "12.5 點"),
        ("{points|0} 點", {"points": "many"}, "0 點"),
        ("{points|0} 點", {"points": "NaN"}, "0 點"),
        ("{{name}", {"name": "美"}, "{name}"),
        ("{{{name}}", {"name": "美"}, "{美}"),
        ("{name|朋友}", {"name": "{tier}"}, "朋友"),
        ("{name|朋友}", {"name": "{tier"}, "{tier"),
        ("{name|朋友}", {"name": "None"}, "朋友"),
        ("{name|朋友}", {"name": "Null"}, "Null"),
    ],
)
def test_a_placeholder_is_the_value_or_its_default(text: str, values: dict[str, str], becomes: str) -> None:
    assert said(text, **values) == becomes


def test_without_value_and_default_the_message_is_blocked() -> None:
    assert blocked({"topic": "news", "say": [{"text": "{name}好"}]}) == "missing value: name"
    assert blocked({"topic": "news", "say": [{"text": "{points}"}]}, points="x") == "missing value: points"


@pytest.mark.parametrize(
    ("say", "name", "reason"),
    [
        ({"text": "{name}"}, "字" * 5001, "too long: messages[0].text"),
        ({"text": "{name}"}, "😀" * 2501, "too long: messages[0].text"),
        ({"text": "{name|}"}, "", "empty: messages[0].text"),
        ({"template": "confirm", "text": "{name}",
          "buttons": [{"label": "a", "sends": "a"}, {"label": "b", "sends": "b"}]},
         "字" * 241, "too long: messages[0].template.text"),
        ({"template": "buttons", "title": "t", "text": "{name}", "buttons": [{"label": "a", "sends": "a"}]},
         "字" * 61, "too long: messages[0].template.text"),
        ({"template": "buttons", "text": "x", "buttons": [{"label": "{name}", "sends": "a"}]},
         "字" * 21, "too long: messages[0].template.actions[0].label"),
        ({"flex": BUBBLE}, "字" * 11_000, "too long: messages[0].contents.body.contents[3].action.uri"),
        ({"flex": {"type": "bubble", "body": {"type": "box", "layout": "vertical",
                                             "contents": [{"type": "text", "text": "{name}"}]}}},
         "字" * 11_000, "too large: messages[0].contents"),
        ({"image": {"original": "{name}"}}, "javascript:alert(1)", "no https link: name"),
    ],
)  # fmt: skip
def test_what_line_would_refuse_after_filling_in_is_blocked(say: dict[str, Any], name: str, reason: str) -> None:
    assert blocked({"topic": "news", "say": [say]}, name=name) == reason


def test_the_longest_texts_that_line_takes_pass() -> None:
    assert len(said("{name}", name="字" * 5000)) == 5000
    assert len(said("{name}", name="😀" * 2500)) == 2500
    label = {"template": "buttons", "text": "x", "buttons": [{"label": "{name}", "sends": "a"}]}
    family = "👨‍👩‍👧‍👦" * 20
    assert complaints_about(rendered({"topic": "news", "say": [label]}, name=family)) == []


def test_a_whole_link_may_be_a_members_value() -> None:
    image = {"topic": "news", "say": [{"image": {"original": "{photo}"}}]}

    made = rendered(image, photo='https://cdn.example/a b.png?x=1"')

    assert made[0]["originalContentUrl"] == "https://cdn.example/a%20b.png?x=1%22"


@pytest.mark.parametrize(
    ("objects", "complaint"),
    [
        ([{"text": "{nome}"}], "names no attribute"),
        ([{"text": "{name or friend}"}], "is no placeholder"),
        ([{"text": "一" * 5001}], "LINE takes at most 5000"),
        ([{"flex": {"type": "bubble", "body": {"type": "bax"}}}], "layout"),
        ([{"flex": "files/none.json"}], "files/none.json is not there"),
        ([{"template": "confirm", "text": "?", "buttons": [{"label": "a", "sends": "a"}]}], "takes 2"),
        ([{"template": "buttons", "text": "", "buttons": [{"label": "a", "sends": "a"}]}], "is empty"),
    ],
)
def test_a_message_line_would_refuse_whoever_gets_it_is_not_compiled(
    objects: list[dict[str, Any]], complaint: str
) -> None:
    assert complaint in refused(*objects)


def test_the_sdk_would_send_the_bytes_that_were_frozen() -> None:
    project = project_of(messages={"m": EVERYTHING})
    body = push_body(user(1), compile_message(project, project.messages["m"]).messages({"name": '小"\\\u2028😀'}))

    assert json.dumps(json.loads(body)) == body


@needs_openapi
def test_naughty_names_change_no_structure(shared: Path) -> None:
    names: list[str] = json.loads((shared / "data/bad_input/blns/blns.json").read_text(encoding="utf-8"))
    project = project_of(messages={"m": EVERYTHING})
    template = compile_message(project, project.messages["m"])
    outcomes: dict[str, int] = {}
    for name in names:
        try:
            objects = json.loads(template.messages({"name": name}))
        except Blocked as reason:
            outcomes[reason.reason] = outcomes.get(reason.reason, 0) + 1
            continue
        outcomes["filled"] = outcomes.get("filled", 0) + 1
        assert objects[0]["text"] == f"{name.strip()}，還有 0 點"
        assert validate_body("push", {"to": user(1), "messages": objects}) == []
        assert complaints_about(objects) == []

    assert outcomes["filled"] > 100
    assert outcomes["missing value: name"] >= 1
    assert set(outcomes) - {"filled", "missing value: name"} <= {
        "too long: messages[4].quickReply.items[0].action.label",
        "too long: messages[4].template.columns[0].text",
        "too long: messages[2].originalContentUrl",
        "too long: messages[1].contents.body.contents[3].action.uri",
    }


def test_every_message_of_this_repository_compiles() -> None:
    from journey_engine.language.read import load_project

    project = load_project(ROOT)
    for message in project.messages.values():
        objects = json.loads(compile_message(project, message).messages({"name": "小美"}))
        assert complaints_about(objects) == [], message.message
    assert project.messages


def test_lengths_are_counted_as_line_counts() -> None:
    assert [utf16_units(text) for text in ("abc", "字", "😀", "👍🏽")] == [3, 1, 2, 4]
    assert [graphemes(text) for text in ("abc", "字", "👍🏽", "👨‍👩‍👧", "🇹🇼🇯🇵", "e\u0301")] == [3, 1, 1, 1, 2, 1]


LINKS: dict[str, Any] = {
    "topic": "news",
    "say": [
        {"template": "buttons", "text": "選", "buttons": [
            {"label": "看看", "opens": "https://shop.example/?n={name|}"},
            {"label": "打電話", "opens": "tel:0212345678"},
            {"label": "好", "taps": "yes"}]},
        {"flex": BUBBLE},
    ],
    "quick_replies": [{"label": "看", "opens": "https://shop.example/new"}],
}  # fmt: skip


def test_a_tracked_message_asks_for_an_address_in_the_place_of_each_link() -> None:
    project = project_of(messages={"m": LINKS})
    template = compile_message(project, project.messages["m"], tracked=True)

    assert [(link.key, link.label, link.place, link.personal) for link in template.links] == [
        ("link.1", "看看", "messages[0].template.actions[0].uri", True),
        ("link.2", "看", "messages[1].contents.body.contents[3].action.uri", True),
        ("link.3", "看", "messages[1].quickReply.items[0].action.uri", False),
    ]
    assert template.targets({"name": "小美"}) == {
        "link.1": "https://shop.example/?n=%E5%B0%8F%E7%BE%8E",
        "link.2": "https://shop.example/?n=%E5%B0%8F%E7%BE%8E",
        "link.3": "https://shop.example/new",
    }

    given = {"name": "小美"} | {f"link.{n}": f"http://127.0.0.1:4271/r/{n}-_a" for n in (1, 2, 3)}
    objects = json.loads(template.messages(given))

    buttons = objects[0]["template"]["actions"]
    assert [button.get("uri") for button in buttons] == ["http://127.0.0.1:4271/r/1-_a", "tel:0212345678", None]
    assert objects[1]["contents"]["body"]["contents"][3]["action"]["uri"] == "http://127.0.0.1:4271/r/2-_a"
    assert objects[1]["quickReply"]["items"][0]["action"]["uri"] == "http://127.0.0.1:4271/r/3-_a"


def test_without_tracking_links_stand_as_they_were_written() -> None:
    project = project_of(messages={"m": LINKS})
    template = compile_message(project, project.messages["m"])

    assert template.links == ()
    assert "https://shop.example/new" in template.messages({"name": "小美"})


def test_a_tracked_message_without_its_addresses_goes_to_nobody() -> None:
    project = project_of(messages={"m": LINKS})
    template = compile_message(project, project.messages["m"], tracked=True)

    with pytest.raises(Blocked, match=re.escape("missing value: link.1")):
        template.messages({"name": "小美"})


def test_a_message_is_filled_with_what_the_member_is_and_what_her_entry_brought() -> None:
    assert values_of({"name": "小美"}, {"order_id": "A1", "value": "120"}) == {
        "name": "小美", "entry.order_id": "A1", "entry.value": "120",
    }  # fmt: skip
    assert values_of(None, None) == {}

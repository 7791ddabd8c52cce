"""Any message for any member: LINE's own files take it, and nobody reads what a machine left over."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_engine.line.render import Blocked, compile_message
from journey_engine.sandbox.messages import complaints_about
from tests.line.shop import project_of
from tests.line_openapi import needs_openapi, validate_body
from tests.sandbox_fixtures import user

LEFT_OVER = re.compile(
    r"(\{|%7B)\s*[A-Za-z_][\w.]*\s*((\||%7C)[^{}]*)?(\}|%7D)|\b(None|null|NaN|nan|undefined)\b", re.IGNORECASE
)
letters = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="{}"), max_size=12)
words = letters.map(lambda text: f"字{text}".strip())
places = st.sampled_from(
    ["", "{name|朋友}", "{name}", "{points as number|0}", "{points as money|免費}", "{birthday as day|生日}",
     "{entry.order_id|單號}", "{entry.total as money|0}", "{coupon.spring|SPRING}"]
)  # fmt: skip
copy = st.tuples(words, places, words).map("".join)
links = st.sampled_from(
    ["https://shop.example/", "https://shop.example/?n={name|}", "tel:0212345678", "line://nv/chat"]
)
pictures = st.sampled_from(
    ["https://cdn.example/a.jpg", "https://cdn.example/{name|x}.png", "{photo|https://a.example/x}"]
)
deeds = st.one_of(
    st.fixed_dictionaries({"opens": links}),
    st.fixed_dictionaries({"sends": copy}),
    st.fixed_dictionaries({"taps": st.just("yes")}, optional={"says": copy, "fills": words}),
    st.fixed_dictionaries({"taps": st.just("day"), "picks": st.just("date")}),
    st.fixed_dictionaries({"copies": copy}),
)
labels = st.fixed_dictionaries({"label": st.sampled_from(["好", "{name|您}", "👨‍👩‍👧", "看看"])})
buttons = st.tuples(labels, deeds).map(lambda pair: pair[0] | pair[1])
asked = st.fixed_dictionaries({"asks": st.sampled_from(["camera", "camera_roll", "location"])})
quick = st.tuples(labels, deeds | asked).map(lambda pair: pair[0] | pair[1])
icons = st.fixed_dictionaries({}, optional={"icon": pictures})
column = st.fixed_dictionaries({"text": st.just("欄{name|}"), "buttons": st.lists(buttons, min_size=2, max_size=2)})
picture_column = st.fixed_dictionaries({"picture": pictures, "tap": deeds})
area = st.fixed_dictionaries({"x": st.integers(0, 500), "y": st.integers(0, 200), "width": st.integers(1, 500),
                              "height": st.integers(1, 200)})  # fmt: skip
areas = st.tuples(area, st.sampled_from([{"opens": "https://a.example/"}, {"sends": "好"}, {"copies": "{name|A}"}]))
bubble = st.builds(
    lambda text, button: {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": [
            {"type": "text", "text": text, "wrap": True},
            {"type": "button", "action": button}]},
    },
    copy | st.sampled_from(["{item.name|品項}", "{item.price as money}"]),
    st.sampled_from([{"type": "uri", "label": "看", "uri": "https://shop.example/{item.sku|}"},
                     {"type": "postback", "label": "要", "data": "tap:want"}]),
)  # fmt: skip
said = st.one_of(
    st.fixed_dictionaries({"text": copy}),
    st.builds(lambda text: {"text": f"{{smile}}{text}{{{{", "emojis": {"smile": "ab/001"}}, copy),
    st.just({"sticker": "446/1988"}),
    st.builds(lambda picture: {"image": {"original": picture}}, pictures),
    st.builds(lambda p: {"video": {"original": "https://a.example/v.mp4", "preview": p, "tracking": "v-1"}}, pictures),
    st.builds(lambda n: {"audio": {"original": "https://a.example/s.m4a", "seconds": str(n)}}, st.integers(1, 900)),
    st.builds(lambda t, a: {"location": {"title": t, "address": a, "latitude": "25", "longitude": "121"}}, copy, copy),
    st.just({"coupon": {"id": "01JYNW8JMQ", "delivery": "spring"}}),
    st.builds(lambda text, each: {"template": "buttons", "text": text, "buttons": each}, copy,
              st.lists(buttons, min_size=1, max_size=4)),
    st.builds(lambda each: {"template": "confirm", "text": "好嗎", "buttons": each},
              st.lists(buttons, min_size=2, max_size=2)),
    st.builds(lambda each: {"template": "carousel", "columns": each}, st.lists(column, min_size=1, max_size=10)),
    st.builds(lambda each: {"template": "image_carousel", "columns": each},
              st.lists(picture_column, min_size=1, max_size=10)),
    st.builds(lambda each: {"imagemap": {"base": "https://a.example/m", "height": "400", "areas": each}},
              st.lists(areas.map(lambda pair: pair[0] | pair[1]), min_size=1, max_size=6)),
    st.builds(lambda flex: {"cards": {"of": "entry.items", "at_most": "3", "flex": flex}}, bubble),
)  # fmt: skip
messages = st.fixed_dictionaries(
    {"topic": st.just("news"), "alt": copy, "say": st.lists(said, min_size=1, max_size=5)},
    optional={
        "quick_replies": st.lists(st.tuples(quick, icons).map(lambda pair: pair[0] | pair[1]), min_size=1, max_size=13),
        "sender": st.builds(
            lambda name, icon: {"name": name, "icon": icon}, st.sampled_from(["客服", "{name|客服}"]), pictures
        ),
        "silent": st.just("yes"),
    },
)
odd = st.sampled_from([None, "", "  ", "None", "null", "nan", "NaN", "undefined", "{name}", "{x|y}", "{", "}", True])
value = st.one_of(odd, letters, st.integers(), st.floats(), st.lists(st.integers(), max_size=2), st.just("2026-12-31"))
items = st.lists(st.dictionaries(st.sampled_from(["name", "price", "sku"]), value, max_size=3), max_size=4)
members = st.fixed_dictionaries(
    {},
    optional={
        "name": value, "points": value, "birthday": value, "photo": value, "entry.order_id": value,
        "entry.total": value, "coupon.spring": value, "entry.items": items | value,
    },
)  # fmt: skip


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for key, each in node.items() if key != "substitution" for text in texts(each)]
    if isinstance(node, list):
        return [text for each in node for text in texts(each)]
    return [node] if isinstance(node, str) else []


def seen(objects: list[dict[str, Any]]) -> list[str]:
    """Every text as a member sees it: a v2 text with its emojis drawn and its doubled braces single."""
    drawn = [
        {**each, "text": each["text"].replace("{smile}", "").replace("{{", "{").replace("}}", "}")}
        if each["type"] == "textV2"
        else each
        for each in objects
    ]
    return texts(drawn)


@needs_openapi
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(messages, st.lists(members, min_size=1, max_size=5))
def test_lines_own_files_and_the_sandbox_take_whatever_is_rendered(
    message: dict[str, Any], people: list[dict[str, Any]]
) -> None:
    project, told = project_of(messages={"m": message}), list[str]()
    template = compile_message(project, project.messages["m"])
    for values in people:
        try:
            objects = json.loads(template.messages(values))
        except Blocked as blocked:
            told.append(blocked.reason.partition(":")[0])
            continue
        told.append("rendered")
        assert validate_body("push", {"to": user(1), "messages": objects}) == []
        assert complaints_about(objects) == []
        assert [text for text in seen(objects) if LEFT_OVER.search(text)] == []
    assert set(told) <= {
        "rendered",
        "missing value",
        "no coupon code",
        "empty",
        "too long",
        "nothing to show",
        "no https link",
    }

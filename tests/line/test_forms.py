"""Every form a marketer can write, as the message object LINE gets for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from journey_engine.line.render import Rendering, compile_message, multicast_body, push_body
from journey_engine.sandbox.messages import complaints_about
from tests.line.shop import project_of
from tests.line_openapi import needs_openapi, validate_body
from tests.sandbox_fixtures import user

PHOTO = "https://example.com/a.jpg"
FILM = "https://example.com/a.mp4"
# what is written under `say` -> the object
SAID: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"text": "您好{{}\n"}, {"type": "text", "text": "您好{}"}),
    "text with an emoji": (
        {"text": "{smile} {name} {{a}", "emojis": {"smile": "5ac1bfd5040ab15980c9b435/001"}},
        {
            "type": "textV2",
            "text": "{smile} 小{{美}} {{a}}",
            "substitution": {"smile": {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}},
        },
    ),
    "sticker": ({"sticker": "446/1988"}, {"type": "sticker", "packageId": "446", "stickerId": "1988"}),
    "image": (
        {"image": {"original": PHOTO}},
        {"type": "image", "originalContentUrl": PHOTO, "previewImageUrl": PHOTO},
    ),
    "video that is tracked": (
        {"video": {"original": FILM, "preview": PHOTO, "tracking": "our-story"}},
        {"type": "video", "originalContentUrl": FILM, "previewImageUrl": PHOTO,
         "trackingId": "our-story"},
    ),
    "audio": (
        {"audio": {"original": "https://example.com/a.m4a", "seconds": "61.5"}},
        {"type": "audio", "originalContentUrl": "https://example.com/a.m4a", "duration": 61500},
    ),
    "location": (
        {"location": {"title": "信義店", "address": "台北市{tier|}", "latitude": "25.0339", "longitude": "121.5645"}},
        {"type": "location", "title": "信義店", "address": "台北市", "latitude": 25.0339, "longitude": 121.5645},
    ),
    "coupon made in LINE": (
        {"coupon": {"id": "01JYNW8JMQVFBNWF1APF8Z3FS7", "delivery": "spring"}},
        {"type": "coupon", "couponId": "01JYNW8JMQVFBNWF1APF8Z3FS7", "deliveryTag": "spring"},
    ),
    "imagemap": (
        {
            "imagemap": {
                "base": "https://example.com/map",
                "height": "520",
                "areas": [
                    {"x": "0", "y": "0", "width": "520", "height": "520", "label": "左",
                     "opens": "https://example.com/l"},
                    {"x": "520", "y": "0", "width": "520", "height": "260", "sends": "右上"},
                    {"x": "520", "y": "260", "width": "520", "height": "260", "copies": "A1"},
                ],
                "video": {"original": FILM, "preview": PHOTO, "x": "0", "y": "0", "width": "520", "height": "260",
                          "label": "更多", "opens": "https://example.com/more"},
            }
        },
        {
            "type": "imagemap",
            "altText": "m",
            "baseUrl": "https://example.com/map",
            "baseSize": {"width": 1040, "height": 520},
            "video": {
                "originalContentUrl": FILM,
                "previewImageUrl": PHOTO,
                "area": {"x": 0, "y": 0, "width": 520, "height": 260},
                "externalLink": {"linkUri": "https://example.com/more", "label": "更多"},
            },
            "actions": [
                {"type": "uri", "label": "左", "linkUri": "https://example.com/l",
                 "area": {"x": 0, "y": 0, "width": 520, "height": 520}},
                {"type": "message", "text": "右上", "area": {"x": 520, "y": 0, "width": 520, "height": 260}},
                {"type": "clipboard", "clipboardText": "A1", "area": {"x": 520, "y": 260, "width": 520, "height": 260}},
            ],
        },
    ),
    "buttons": (
        {"template": "buttons", "text": "選", "title": "題", "picture": PHOTO, "ratio": "square", "fit": "contain",
         "background": "#FFFFFF", "tap": {"label": "看", "opens": "https://example.com/"},
         "buttons": [{"label": "複製", "copies": "ABC"}]},
        {
            "type": "template",
            "altText": "m",
            "template": {
                "type": "buttons", "text": "選", "title": "題", "thumbnailImageUrl": PHOTO,
                "imageBackgroundColor": "#FFFFFF", "imageAspectRatio": "square", "imageSize": "contain",
                "defaultAction": {"type": "uri", "label": "看", "uri": "https://example.com/"},
                "actions": [{"type": "clipboard", "label": "複製", "clipboardText": "ABC"}],
            },
        },
    ),
    "carousel": (
        {"template": "carousel", "ratio": "square", "columns": [
            {"text": "一", "tap": {"label": "看", "opens": "https://example.com/"},
             "buttons": [{"label": "要", "sends": "要"}]}]},
        {
            "type": "template",
            "altText": "m",
            "template": {
                "type": "carousel",
                "columns": [
                    {"text": "一", "defaultAction": {"type": "uri", "label": "看", "uri": "https://example.com/"},
                     "actions": [{"type": "message", "label": "要", "text": "要"}]}
                ],
                "imageAspectRatio": "square",
            },
        },
    ),
    "image carousel": (
        {"template": "image_carousel", "columns": [{"picture": PHOTO, "tap": {"taps": "first"}}]},
        {
            "type": "template",
            "altText": "m",
            "template": {
                "type": "image_carousel",
                "columns": [{"imageUrl": PHOTO, "action": {"type": "postback", "data": "journeys:tap:m:first"}}],
            },
        },
    ),
}  # fmt: skip
# what is written of a quick reply, beside its label 好 -> the action
DONE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "opens": ({"opens": "tel:0212345678"}, {"type": "uri", "label": "好", "uri": "tel:0212345678"}),
    "sends": ({"sends": "我要"}, {"type": "message", "label": "好", "text": "我要"}),
    "taps": (
        {"taps": "yes", "says": "當然好"},
        {"type": "postback", "label": "好", "data": "journeys:tap:m:yes", "displayText": "當然好"},
    ),
    "opens the keyboard": (
        {"taps": "ask", "fills": "姓名："},
        {"type": "postback", "label": "好", "data": "journeys:tap:m:ask", "displayText": "好",
         "inputOption": "openKeyboard", "fillInText": "姓名："},
    ),
    "opens the menu": (
        {"taps": "menu", "input": "menu"},
        {"type": "postback", "label": "好", "data": "journeys:tap:m:menu", "displayText": "好",
         "inputOption": "openRichMenu"},
    ),
    "picks": (
        {"taps": "visit", "picks": "datetime", "earliest": "2026-12-01T10:00", "latest": "2026-12-31T20:00",
         "start": "2026-12-05T14:00"},
        {"type": "datetimepicker", "label": "好", "data": "journeys:tap:m:visit", "mode": "datetime",
         "initial": "2026-12-05T14:00", "max": "2026-12-31T20:00", "min": "2026-12-01T10:00"},
    ),
    "copies": ({"copies": "{tier|ABC}"}, {"type": "clipboard", "label": "好", "clipboardText": "ABC"}),
    "camera": ({"asks": "camera"}, {"type": "camera", "label": "好"}),
    "camera roll": ({"asks": "camera_roll"}, {"type": "cameraRoll", "label": "好"}),
    "location": ({"asks": "location"}, {"type": "location", "label": "好"}),
}  # fmt: skip


def compiled(message: dict[str, Any], *, tracked: bool = False) -> Rendering:
    project = project_of(messages={"m": message})
    return compile_message(project, project.messages["m"], tracked=tracked)


def said(*objects: dict[str, Any], values: dict[str, Any] | None = None, **more: Any) -> list[dict[str, Any]]:
    template = compiled({"topic": "news", "say": list(objects), **more})
    return json.loads(template.messages({"name": "小{美}", **(values or {})}))


@pytest.mark.parametrize("form", SAID)
def test_each_form_becomes_the_object_that_line_documents(form: str) -> None:
    written, expected = SAID[form]
    if "emojis" in written:
        expected = {**expected, "text": "{smile} 小{{美 {{a}}"}
        assert said(written, values={"name": "小{美"}) == [expected]
    else:
        assert said(written) == [expected]


@pytest.mark.parametrize("deed", DONE)
def test_each_deed_of_a_quick_reply_becomes_its_action(deed: str) -> None:
    written, expected = DONE[deed]
    made = said({"text": "您好"}, quick_replies=[{"label": "好", "icon": PHOTO, **written}])

    assert made[0]["quickReply"]["items"] == [{"type": "action", "imageUrl": PHOTO, "action": expected}]
    assert complaints_about(made) == []


@needs_openapi
def test_lines_own_files_take_every_form() -> None:
    replies = [{"label": "好", **written} for written, _ in DONE.values()]
    for form, (written, _) in SAID.items():
        made = said(written, values={"name": "美"}, quick_replies=replies, sender={"name": "小陳", "icon": PHOTO})
        assert validate_body("push", {"to": user(1), "messages": made}) == [], form
        assert complaints_about(made) == [], form


def test_the_sender_stands_on_every_object() -> None:
    made = said({"text": "一"}, {"text": "二"}, sender={"name": "{tier|會員}服務", "icon": PHOTO})

    assert [each["sender"] for each in made] == [{"name": "會員服務", "iconUrl": PHOTO}] * 2


def test_a_silent_message_says_so_beside_its_objects() -> None:
    template = compiled({"topic": "news", "say": [{"text": "噓"}], "silent": "yes"})
    messages = template.messages({})

    assert template.silent
    assert push_body("U1", messages, template.silent) == (
        '{"to": "U1", "messages": [{"type": "text", "text": "\\u5653"}], "notificationDisabled": true}'
    )
    assert json.loads(multicast_body(["U1", "U2"], messages))["to"] == ["U1", "U2"]

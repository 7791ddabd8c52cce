"""Request bodies that LINE takes and that it refuses, shared by tests of the validator and of the OpenAPI checker."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]


def text(words: str = "您好", **more: Any) -> Message:
    return {"type": "text", "text": words, **more}


def flex(contents: Any, alt: str = "替代文字") -> Message:
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*contents: Any) -> Message:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}}


def template(kind: str, **said: Any) -> Message:
    return {"type": "template", "altText": "替代文字", "template": {"type": kind, **said}}


def postback(label: str = "好", data: str = "a=1") -> Message:
    return {"type": "postback", "label": label, "data": data}


def link(label: str = "看看", uri: str = "https://example.com/x") -> Message:
    return {"type": "uri", "label": label, "uri": uri}


def chips(*actions: Any) -> Message:
    return text(quickReply={"items": [{"type": "action", "action": action} for action in actions]})


WORD = {"type": "text", "text": "字"}
PICTURE = {"type": "image", "url": "https://example.com/a.jpg"}
SENT_PICTURE = {"type": "image", "originalContentUrl": "https://e.com/a.jpg", "previewImageUrl": "https://e.com/b.jpg"}
COLUMN = {"text": "欄", "actions": [postback()]}
EMOJI = {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}
AREA = {"x": 0, "y": 0, "width": 10, "height": 10}
IMAGEMAP: Message = {
    "type": "imagemap",
    "baseUrl": "https://e.com/m",
    "altText": "圖",
    "baseSize": {"width": 1040, "height": 520},
    "actions": [{"type": "clipboard", "label": "複製", "clipboardText": "A1", "area": AREA}],
}
CLIP = {**SENT_PICTURE, "area": AREA, "externalLink": {"linkUri": "https://e.com/", "label": "更多"}}
CLIP.pop("type")

# name -> messages
GOOD: dict[str, list[Message]] = {
    "text": [text()],
    "five messages": [text()] * 5,
    "text of 5000": [text("字" * 5000)],
    "text of 2500 emoji": [text("😀" * 2500)],
    "text v2": [
        {"type": "textV2", "text": "Hi {a}", "substitution": {"a": {"type": "mention", "mentionee": {"type": "all"}}}}
    ],
    "sticker": [{"type": "sticker", "packageId": "1", "stickerId": "2"}],
    "image": [SENT_PICTURE],
    "video": [{**SENT_PICTURE, "type": "video", "trackingId": "t1"}],
    "audio": [{"type": "audio", "originalContentUrl": "https://e.com/a.m4a", "duration": 60000}],
    "location": [{"type": "location", "title": "店", "address": "台北", "latitude": 25.0, "longitude": 121.5}],
    "imagemap": [
        {
            "type": "imagemap",
            "baseUrl": "https://e.com/m",
            "altText": "圖",
            "baseSize": {"width": 1040, "height": 520},
            "actions": [
                {"type": "uri", "linkUri": "https://e.com", "area": {"x": 0, "y": 0, "width": 10, "height": 10}},
                {"type": "message", "text": "好", "area": {"x": 0, "y": 0, "width": 10, "height": 10}},
            ],
        }
    ],
    "buttons": [template("buttons", text="選", title="題", actions=[postback(), link()])],
    "confirm": [template("confirm", text="好嗎？", actions=[postback(), postback("不")])],
    "carousel": [template("carousel", columns=[COLUMN] * 10)],
    "image carousel": [template("image_carousel", columns=[{"imageUrl": "https://e.com/a.jpg", "action": link()}])],
    "bubble": [flex(bubble(WORD, PICTURE, {"type": "separator"}, {"type": "button", "action": link()}))],
    "carousel of 12 bubbles": [flex({"type": "carousel", "contents": [bubble(WORD)] * 12})],
    "13 quick replies": [chips(*[postback()] * 13)],
    "camera as quick reply": [chips({"type": "camera", "label": "拍照"})],
    "family emoji label": [chips(postback("👨‍👩‍👧‍👦" * 20))],
    "coupon": [{"type": "coupon", "couponId": "c1"}],
    "coupon with a tag": [{"type": "coupon", "couponId": "c1", "deliveryTag": "spring_26"}],
    "braces that stand for themselves": [{"type": "textV2", "text": "{{x}} }}{{"}],
    "twenty emojis": [{"type": "textV2", "text": "{a}" * 20, "substitution": {"a": EMOJI}}],
    "imagemap with a video": [{**IMAGEMAP, "video": CLIP}],
}

# name -> messages, the property LINE would name
BAD: dict[str, tuple[Any, str]] = {
    "emoji without its number": (
        [{"type": "textV2", "text": "{a}", "substitution": {"a": {"type": "emoji", "productId": "1"}}}],
        "messages[0].substitution.a.emojiId",
    ),
    "braces without substitution": ([{"type": "textV2", "text": "Hi {name}"}], "messages[0].text"),
    "a single brace": ([{"type": "textV2", "text": "Hi }"}], "messages[0].text"),
    "21 emojis": ([{"type": "textV2", "text": "{a}" * 21, "substitution": {"a": EMOJI}}], "messages[0].text"),
    "key of 21": (
        [{"type": "textV2", "text": "x", "substitution": {"a" * 21: EMOJI}}],
        f"messages[0].substitution.{'a' * 21}",
    ),
    "mention of nobody": (
        [{"type": "textV2", "text": "{a}", "substitution": {"a": {"type": "mention", "mentionee": {"type": "user"}}}}],
        "messages[0].substitution.a.mentionee.userId",
    ),
    "tracking with an underscore": (
        [{**SENT_PICTURE, "type": "video", "trackingId": "our_story"}],
        "messages[0].trackingId",
    ),
    "delivery tag with a dash": (
        [{"type": "coupon", "couponId": "c1", "deliveryTag": "a-b"}],
        "messages[0].deliveryTag",
    ),
    "51 areas": ([{**IMAGEMAP, "actions": IMAGEMAP["actions"] * 51}], "messages[0].actions"),
    "imagemap 1,024 wide": ([{**IMAGEMAP, "baseSize": {"width": 1024, "height": 520}}], "messages[0].baseSize.width"),
    "video in an imagemap without an area": (
        [{**IMAGEMAP, "video": {key: part for key, part in CLIP.items() if key != "area"}}],
        "messages[0].video.area",
    ),
    "rich menus switched in a message": (
        [chips({"type": "richmenuswitch", "label": "換", "richMenuAliasId": "a", "data": "b"})],
        "messages[0].quickReply.items[0].action.type",
    ),
    "mail": ([chips(link(uri="mailto:a@example.com"))], "messages[0].quickReply.items[0].action.uri"),
    "no messages": ([], "messages"),
    "messages missing": (None, "messages"),
    "six messages": ([text()] * 6, "messages"),
    "messages is an object": ({"type": "text"}, "messages"),
    "message is a string": (["text"], "messages[0]"),
    "unknown type": ([{"type": "fax", "text": "x"}], "messages[0].type"),
    "type missing": ([{"text": "x"}], "messages[0].type"),
    "text missing": ([{"type": "text"}], "messages[0].text"),
    "text empty": ([text("")], "messages[0].text"),
    "text of 5001": ([text("字" * 5001)], "messages[0].text"),
    "text of 2501 emoji": ([text("😀" * 2501)], "messages[0].text"),
    "text a number": ([text(5)], "messages[0].text"),
    "image over http": ([{**SENT_PICTURE, "previewImageUrl": "http://e.com/b.jpg"}], "messages[0].previewImageUrl"),
    "image without preview": (
        [{"type": "image", "originalContentUrl": "https://e.com/a.jpg"}],
        "messages[0].previewImageUrl",
    ),
    "url of 2001": (
        [{**SENT_PICTURE, "originalContentUrl": "https://e.com/" + "a" * 2000}],
        "messages[0].originalContentUrl",
    ),
    "alt text missing": ([{"type": "flex", "contents": bubble(WORD)}], "messages[0].altText"),
    "alt text of 1501": ([flex(bubble(WORD), "字" * 1501)], "messages[0].altText"),
    "second message bad": ([text(), text("")], "messages[1].text"),
    "14 quick replies": ([chips(*[postback()] * 14)], "messages[0].quickReply.items"),
    "no quick replies": ([chips()], "messages[0].quickReply.items"),
    "label of 21": ([chips(postback("字" * 21))], "messages[0].quickReply.items[0].action.label"),
    "postback data of 301": ([chips(postback(data="a" * 301))], "messages[0].quickReply.items[0].action.data"),
    "uri of 1001": ([chips(link(uri="https://e.com/" + "a" * 990))], "messages[0].quickReply.items[0].action.uri"),
    "uri with a script": ([chips(link(uri="javascript:alert(1)"))], "messages[0].quickReply.items[0].action.uri"),
    "unknown action": ([chips({"type": "call", "label": "打"})], "messages[0].quickReply.items[0].action.type"),
    "message action without text": (
        [chips({"type": "message", "label": "好"})],
        "messages[0].quickReply.items[0].action.text",
    ),
    "camera in a button": (
        [template("buttons", text="選", actions=[{"type": "camera", "label": "拍"}])],
        "messages[0].template.actions[0].type",
    ),
    "five buttons": ([template("buttons", text="選", actions=[postback()] * 5)], "messages[0].template.actions"),
    "one button in confirm": ([template("confirm", text="選", actions=[postback()])], "messages[0].template.actions"),
    "button text of 161": ([template("buttons", text="字" * 161, actions=[postback()])], "messages[0].template.text"),
    "button text of 61 with title": (
        [template("buttons", title="題", text="字" * 61, actions=[postback()])],
        "messages[0].template.text",
    ),
    "eleven columns": ([template("carousel", columns=[COLUMN] * 11)], "messages[0].template.columns"),
    "four actions in a column": (
        [template("carousel", columns=[{"text": "欄", "actions": [postback()] * 4}])],
        "messages[0].template.columns[0].actions",
    ),
    "columns that differ": (
        [template("carousel", columns=[COLUMN, {"text": "欄", "actions": [postback()] * 2}])],
        "messages[0].template.columns",
    ),
    "unknown template": ([template("grid", text="x")], "messages[0].template.type"),
    "thirteen bubbles": (
        [flex({"type": "carousel", "contents": [bubble(WORD)] * 13})],
        "messages[0].contents.contents",
    ),
    "bubble over 30 KB": ([flex(bubble(*[{"type": "text", "text": "字" * 1000}] * 11))], "messages[0].contents"),
    "carousel over 50 KB": (
        [flex({"type": "carousel", "contents": [bubble(*[{"type": "text", "text": "字" * 900}] * 2)] * 10})],
        "messages[0].contents",
    ),
    "empty bubble": ([flex({"type": "bubble"})], "messages[0].contents"),
    "unknown container": ([flex({"type": "box"})], "messages[0].contents.type"),
    "unknown component": ([flex(bubble({"type": "table"}))], "messages[0].contents.body.contents[0].type"),
    "flex text missing": ([flex(bubble({"type": "text"}))], "messages[0].contents.body.contents[0].text"),
    "unknown flex property": (
        [flex(bubble({**WORD, "colour": "#000000"}))],
        "messages[0].contents.body.contents[0].colour",
    ),
    "bad colour": ([flex(bubble({**WORD, "color": "red"}))], "messages[0].contents.body.contents[0].color"),
    "bad size": ([flex(bubble({**WORD, "size": "huge"}))], "messages[0].contents.body.contents[0].size"),
    "button without action": ([flex(bubble({"type": "button"}))], "messages[0].contents.body.contents[0].action"),
    "picture over http": (
        [flex(bubble({"type": "image", "url": "http://e.com/a.jpg"}))],
        "messages[0].contents.body.contents[0].url",
    ),
    "body is text": ([flex({"type": "bubble", "body": WORD})], "messages[0].contents.body.type"),
    "box without layout": (
        [flex({"type": "bubble", "body": {"type": "box", "contents": [WORD]}})],
        "messages[0].contents.body.layout",
    ),
}

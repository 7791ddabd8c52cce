"""One message of every form LINE has, as rich as its documents allow; what the phone page is looked at with."""

from __future__ import annotations

from tests.sandbox.bubbles import CAFE, CARD, FILM, POINTS, RECEIPT, SITE, SIZES, picture, say
from tests.sandbox.samples import Message, flex, link, postback, template


def _area(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}


PICK = {"type": "datetimepicker", "label": "挑日子", "data": "day", "mode": "date", "initial": "2027-03-08"}
MOMENT = {"type": "datetimepicker", "label": "約時間", "data": "moment", "mode": "datetime", "min": "2027-03-01t09:00"}
COPY = {"type": "clipboard", "label": "複製折扣碼", "clipboardText": "SPRING100"}
TYPE_IN = {
    "type": "postback",
    "label": "寫下地址",
    "data": "address",
    "inputOption": "openKeyboard",
    "fillInText": "地址：",
}

EVERY_CHIP = [
    {"type": "action", "imageUrl": f"{SITE}/icons/cart.png", "action": link("逛逛", f"{SITE}/new?a=1&b=2")},
    {"type": "action", "action": {"type": "message", "label": "我要參加", "text": "我要參加"}},
    {"type": "action", "action": {**postback("之後再說", "later"), "displayText": "之後再說"}},
    {"type": "action", "action": {"type": "camera", "label": "拍照"}},
    {"type": "action", "action": {"type": "cameraRoll", "label": "選相片"}},
    {"type": "action", "action": {"type": "location", "label": "傳位置"}},
    {"type": "action", "action": PICK},
    {"type": "action", "action": {**PICK, "label": "挑時間", "mode": "time", "initial": "09:30"}},
    {"type": "action", "action": MOMENT},
    {"type": "action", "action": COPY},
    {"type": "action", "action": TYPE_IN},
]

FORMS: dict[str, Message] = {
    "text": say("早安，怡君！\n春季新品上架了 🌸 https://shop.example.com/new"),
    "text with emoji": {
        "type": "text",
        "text": "$ 謝謝您 $",
        "emojis": [
            {"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"},
            {"index": 6, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "002"},
        ],
    },
    "text v2": {
        "type": "textV2",
        "text": "{who} 您好 {smile}，{{折扣碼}} 是 SPRING100",
        "substitution": {
            "who": {"type": "mention", "mentionee": {"type": "user", "userId": f"U{1:032x}"}},
            "smile": {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "002"},
        },
    },
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "image": {"type": "image", "originalContentUrl": picture("spring"), "previewImageUrl": picture("spring_s")},
    "video": {
        "type": "video",
        "originalContentUrl": f"{SITE}/film.mp4",
        "previewImageUrl": picture("film"),
        "trackingId": "spring-film",
    },
    "audio": {"type": "audio", "originalContentUrl": f"{SITE}/hello.m4a", "duration": 83_000},
    "location": {
        "type": "location",
        "title": "春日小館 大安店",
        "address": "106 台北市大安區和平東路一段 100 號",
        "latitude": 25.0265,
        "longitude": 121.5269,
    },
    "imagemap": {
        "type": "imagemap",
        "baseUrl": f"{SITE}/maps/spring",
        "altText": "春季活動地圖",
        "baseSize": {"width": 1040, "height": 700},
        "actions": [
            {"type": "uri", "label": "新品", "linkUri": f"{SITE}/new", "area": _area(0, 0, 520, 350)},
            {"type": "message", "label": "抽獎", "text": "我要抽獎", "area": _area(520, 0, 520, 350)},
            {"type": "clipboard", "label": "折扣碼", "clipboardText": "SPRING100", "area": _area(0, 350, 1040, 350)},
        ],
    },
    "imagemap with video": {
        "type": "imagemap",
        "baseUrl": f"{SITE}/maps/film",
        "altText": "影片",
        "baseSize": {"width": 1040, "height": 585},
        "video": {
            "originalContentUrl": f"{SITE}/film.mp4",
            "previewImageUrl": picture("film"),
            "area": _area(120, 60, 800, 450),
            "externalLink": {"linkUri": f"{SITE}/more", "label": "看更多"},
        },
        "actions": [{"type": "uri", "linkUri": f"{SITE}/all", "area": _area(0, 520, 1040, 65)}],
    },
    "buttons": template(
        "buttons",
        thumbnailImageUrl=picture("menu"),
        imageAspectRatio="rectangle",
        imageSize="cover",
        imageBackgroundColor="#FFF3E0",
        title="春日菜單",
        text="今天想吃什麼？",
        defaultAction=link("看菜單", f"{SITE}/menu"),
        actions=[
            postback("點餐", "order"),
            {"type": "message", "label": "問店員", "text": "請問今天的甜點"},
            PICK,
            COPY,
        ],
    ),
    "confirm": template(
        "confirm",
        text="要保留這次的訂位嗎？",
        actions=[postback("保留", "keep"), {"type": "message", "label": "取消", "text": "取消訂位"}],
    ),
    "carousel": template(
        "carousel",
        imageAspectRatio="square",
        imageSize="contain",
        columns=[
            {
                "thumbnailImageUrl": picture(f"dish{number}"),
                "imageBackgroundColor": "#E8F5E9",
                "title": title,
                "text": words,
                "defaultAction": link("看看", f"{SITE}/dish/{number}"),
                "actions": [postback("加入", f"dish={number}"), link("介紹", f"{SITE}/dish/{number}/about")],
            }
            for number, (title, words) in enumerate(
                [("紅豆湯", "慢火熬六小時。"), ("芒果冰", "夏天才有。"), ("豆花", "配料自選，花生、粉圓、芋圓。")], 1
            )
        ],
    ),
    "image carousel": template(
        "image_carousel",
        columns=[{"imageUrl": picture(f"look{n}"), "action": link(f"第{n}款", f"{SITE}/look/{n}")} for n in (1, 2, 3)],
    ),
    "receipt": RECEIPT,
    "cafe": flex(CAFE),
    "cards": flex({"type": "carousel", "contents": [CARD, POINTS]}),
    "sizes": flex(SIZES),
    "film": flex(FILM),
    "coupon": {"type": "coupon", "couponId": "01JYNW8JMQVFBNWF1APF8Z3FS7"},
    "sender and chips": {
        **say("換我來說！"),
        "sender": {"name": "小春", "iconUrl": f"{SITE}/chun.png"},
        "quickReply": {"items": EVERY_CHIP},
    },
}

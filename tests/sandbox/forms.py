"""One message of every form LINE has, as rich as its documents allow; what the phone page is looked at with."""

from __future__ import annotations

from typing import Any

from tests.sandbox.samples import Message, flex, link, postback, template

_SITE = "https://shop.example.com"


def _picture(name: str) -> str:
    return f"{_SITE}/pictures/{name}.jpg"


def _area(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}


def _say(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def _box(layout: str, *contents: Any, **more: Any) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": list(contents), **more}


def _price(name: str, price: str) -> dict[str, Any]:
    return _box("horizontal", _say(name, size="sm", color="#555555", flex=0), _say(price, size="sm", align="end"))


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
SWITCH = {"type": "richmenuswitch", "label": "換選單", "richMenuAliasId": "second", "data": "menu=2"}

EVERY_CHIP = [
    {"type": "action", "imageUrl": f"{_SITE}/icons/cart.png", "action": link("逛逛", f"{_SITE}/new?a=1&b=2")},
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
    {"type": "action", "action": SWITCH},
]

RECEIPT = flex(
    {
        "type": "bubble",
        "header": _box("vertical", _say("收據", weight="bold", color="#1DB446", size="sm"), paddingBottom="none"),
        "body": _box(
            "vertical",
            _say("春日小館", weight="bold", size="xxl", margin="md"),
            _say("台北市大安區和平東路一段 100 號", size="xs", color="#aaaaaa", wrap=True),
            {"type": "separator", "margin": "xxl"},
            _box("vertical", _price("紅豆湯", "$60"), _price("烏龍茶 × 2", "$90"), margin="xxl", spacing="sm"),
            {"type": "separator", "margin": "xxl"},
            _box(
                "horizontal",
                _say("訂單編號", size="xs", color="#aaaaaa", flex=0),
                _say("#743289384279", color="#aaaaaa", size="xs", align="end"),
                margin="md",
            ),
        ),
        "styles": {"footer": {"separator": True}},
    },
    "您的收據",
)
CAFE = {
    "type": "bubble",
    "hero": {
        "type": "image",
        "url": _picture("cafe"),
        "size": "full",
        "aspectRatio": "20:13",
        "aspectMode": "cover",
        "action": link("首頁", _SITE),
    },
    "body": _box(
        "vertical",
        _say("春日咖啡", weight="bold", size="xl"),
        _box(
            "baseline",
            *[{"type": "icon", "size": "sm", "url": f"{_SITE}/review_gold_star_28.png"}] * 4,
            {"type": "icon", "size": "sm", "url": f"{_SITE}/review_gray_star_28.png"},
            _say("4.0", size="sm", color="#999999", margin="md", flex=0),
            margin="md",
        ),
        _box(
            "vertical",
            _box(
                "baseline",
                _say("地址", color="#aaaaaa", size="sm", flex=1),
                _say("台北市信義區松仁路 7 號 2 樓", wrap=True, color="#666666", size="sm", flex=5),
                spacing="sm",
            ),
            _box(
                "baseline",
                _say("時間", color="#aaaaaa", size="sm", flex=1),
                _say("10:00 – 23:00", wrap=True, color="#666666", size="sm", flex=5),
                spacing="sm",
            ),
            margin="lg",
            spacing="sm",
        ),
    ),
    "footer": _box(
        "vertical",
        {"type": "button", "style": "primary", "height": "sm", "action": link("打電話", "tel:+886223456789")},
        {"type": "button", "style": "secondary", "height": "sm", "action": postback("訂位", "reserve")},
        {"type": "button", "style": "link", "height": "sm", "action": link("網站", _SITE)},
        spacing="sm",
        flex=0,
    ),
}
BADGE = _box(
    "vertical",
    _say("特價", color="#ffffff", align="center", size="xs", offsetTop="3px"),
    position="absolute",
    cornerRadius="20px",
    offsetTop="18px",
    offsetStart="18px",
    backgroundColor="#ff334b",
    height="25px",
    width="53px",
)
GRADIENT = {
    "type": "linearGradient",
    "angle": "135deg",
    "startColor": "#06C755",
    "centerColor": "#2BB6A3",
    "endColor": "#2563EB",
    "centerPosition": "40%",
}
CARD = {
    "type": "bubble",
    "size": "kilo",
    "body": _box(
        "vertical",
        {
            "type": "image",
            "url": _picture("coat"),
            "size": "full",
            "aspectMode": "cover",
            "aspectRatio": "2:3",
            "gravity": "top",
        },
        _box(
            "vertical",
            _say("春季外套", size="xl", color="#ffffff", weight="bold"),
            {
                "type": "text",
                "contents": [
                    {"type": "span", "text": "NT$1,980 ", "color": "#ffffff", "weight": "bold"},
                    {"type": "span", "text": "NT$2,480", "color": "#ffffffcc", "decoration": "line-through"},
                ],
            },
            _box(
                "vertical",
                {"type": "filler"},
                _box(
                    "baseline",
                    {"type": "filler"},
                    {"type": "icon", "url": f"{_SITE}/cart.png"},
                    _say("加入購物車", color="#ffffff", flex=0, offsetTop="-2px"),
                    {"type": "filler"},
                    spacing="sm",
                ),
                {"type": "filler"},
                borderWidth="1px",
                cornerRadius="4px",
                spacing="sm",
                borderColor="#ffffff",
                margin="xxl",
                height="40px",
                action=postback("加入購物車", "cart=coat"),
            ),
            position="absolute",
            offsetBottom="0px",
            offsetStart="0px",
            offsetEnd="0px",
            backgroundColor="#03303Acc",
            paddingAll="20px",
            paddingTop="18px",
        ),
        BADGE,
        paddingAll="0px",
    ),
}
POINTS = {
    "type": "bubble",
    "size": "kilo",
    "direction": "ltr",
    "body": _box(
        "vertical",
        _say("會員點數", color="#ffffff", size="sm"),
        _say("1,250 點", color="#ffffff", size="3xl", weight="bold", adjustMode="shrink-to-fit"),
        _box(
            "vertical",
            _box(
                "vertical", {"type": "filler"}, width="62%", backgroundColor="#ffffff", height="6px", cornerRadius="3px"
            ),
            backgroundColor="#ffffff55",
            height="6px",
            cornerRadius="3px",
            margin="lg",
        ),
        _box(
            "horizontal",
            _say("再 750 點升金卡", size="xs", color="#ffffffdd", gravity="center"),
            {
                "type": "image",
                "url": f"{_SITE}/badge.png",
                "size": "xxs",
                "aspectRatio": "1:1",
                "align": "end",
            },
            margin="md",
            alignItems="center",
        ),
        background=GRADIENT,
        paddingAll="xxl",
    ),
    "footer": _box(
        "horizontal",
        {"type": "button", "style": "link", "color": "#2563EB", "action": postback("兌換", "redeem")},
        {"type": "separator"},
        {"type": "button", "style": "link", "color": "#2563EB", "action": link("明細", f"{_SITE}/points")},
    ),
    "styles": {"footer": {"backgroundColor": "#F4F6FA", "separator": True, "separatorColor": "#D5DBE5"}},
}
SIZES = {
    "type": "carousel",
    "contents": [
        {
            "type": "bubble",
            "size": size,
            "body": _box("vertical", _say(size, weight="bold"), _say("一樣的字，寬窄不同。", wrap=True)),
        }
        for size in ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
    ],
}
FILM = {
    "type": "bubble",
    "size": "mega",
    "hero": {
        "type": "video",
        "url": f"{_SITE}/film.mp4",
        "previewUrl": _picture("film"),
        "altContent": {"type": "image", "url": _picture("film"), "size": "full", "aspectRatio": "20:13"},
        "aspectRatio": "20:13",
    },
    "body": _box(
        "vertical",
        _say("製作過程", weight="bold"),
        _say(
            "這是一段很長很長的說明，只留兩行，其餘的以刪節號代替，看得出來才對，不然就不對了，對吧。",
            wrap=True,
            maxLines=2,
            lineSpacing="6px",
        ),
    ),
}
FORMS: dict[str, Message] = {
    "text": _say("早安，怡君！\n春季新品上架了 🌸 https://shop.example.com/new"),
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
    "image": {"type": "image", "originalContentUrl": _picture("spring"), "previewImageUrl": _picture("spring_s")},
    "video": {
        "type": "video",
        "originalContentUrl": f"{_SITE}/film.mp4",
        "previewImageUrl": _picture("film"),
        "trackingId": "spring-film",
    },
    "audio": {"type": "audio", "originalContentUrl": f"{_SITE}/hello.m4a", "duration": 83_000},
    "location": {
        "type": "location",
        "title": "春日小館 大安店",
        "address": "106 台北市大安區和平東路一段 100 號",
        "latitude": 25.0265,
        "longitude": 121.5269,
    },
    "imagemap": {
        "type": "imagemap",
        "baseUrl": f"{_SITE}/maps/spring",
        "altText": "春季活動地圖",
        "baseSize": {"width": 1040, "height": 700},
        "actions": [
            {"type": "uri", "label": "新品", "linkUri": f"{_SITE}/new", "area": _area(0, 0, 520, 350)},
            {"type": "message", "label": "抽獎", "text": "我要抽獎", "area": _area(520, 0, 520, 350)},
            {"type": "clipboard", "label": "折扣碼", "clipboardText": "SPRING100", "area": _area(0, 350, 1040, 350)},
        ],
    },
    "imagemap with video": {
        "type": "imagemap",
        "baseUrl": f"{_SITE}/maps/film",
        "altText": "影片",
        "baseSize": {"width": 1040, "height": 585},
        "video": {
            "originalContentUrl": f"{_SITE}/film.mp4",
            "previewImageUrl": _picture("film"),
            "area": _area(120, 60, 800, 450),
            "externalLink": {"linkUri": f"{_SITE}/more", "label": "看更多"},
        },
        "actions": [{"type": "uri", "linkUri": f"{_SITE}/all", "area": _area(0, 520, 1040, 65)}],
    },
    "buttons": template(
        "buttons",
        thumbnailImageUrl=_picture("menu"),
        imageAspectRatio="rectangle",
        imageSize="cover",
        imageBackgroundColor="#FFF3E0",
        title="春日菜單",
        text="今天想吃什麼？",
        defaultAction=link("看菜單", f"{_SITE}/menu"),
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
                "thumbnailImageUrl": _picture(f"dish{number}"),
                "imageBackgroundColor": "#E8F5E9",
                "title": title,
                "text": words,
                "defaultAction": link("看看", f"{_SITE}/dish/{number}"),
                "actions": [postback("加入", f"dish={number}"), link("介紹", f"{_SITE}/dish/{number}/about")],
            }
            for number, (title, words) in enumerate(
                [("紅豆湯", "慢火熬六小時。"), ("芒果冰", "夏天才有。"), ("豆花", "配料自選，花生、粉圓、芋圓。")], 1
            )
        ],
    ),
    "image carousel": template(
        "image_carousel",
        columns=[
            {"imageUrl": _picture(f"look{n}"), "action": link(f"第{n}款", f"{_SITE}/look/{n}")} for n in (1, 2, 3)
        ],
    ),
    "receipt": RECEIPT,
    "cafe": flex(CAFE),
    "cards": flex({"type": "carousel", "contents": [CARD, POINTS]}),
    "sizes": flex(SIZES),
    "film": flex(FILM),
    "coupon": {"type": "coupon", "couponId": "01JYNW8JMQVFBNWF1APF8Z3FS7"},
    "sender and chips": {
        **_say("換我來說！"),
        "sender": {"name": "小春", "iconUrl": f"{_SITE}/chun.png"},
        "quickReply": {"items": EVERY_CHIP},
    },
}

"""Flex containers that between them use every part and most properties LINE documents."""

from __future__ import annotations

from typing import Any

from tests.sandbox.samples import flex, link, postback

SITE = "https://shop.example.com"


def picture(name: str) -> str:
    return f"{SITE}/pictures/{name}.jpg"


def say(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def box(layout: str, *contents: Any, **more: Any) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": list(contents), **more}


def price(name: str, price: str) -> dict[str, Any]:
    return box("horizontal", say(name, size="sm", color="#555555", flex=0), say(price, size="sm", align="end"))


RECEIPT = flex(
    {
        "type": "bubble",
        "header": box("vertical", say("收據", weight="bold", color="#1DB446", size="sm"), paddingBottom="none"),
        "body": box(
            "vertical",
            say("春日小館", weight="bold", size="xxl", margin="md"),
            say("台北市大安區和平東路一段 100 號", size="xs", color="#aaaaaa", wrap=True),
            {"type": "separator", "margin": "xxl"},
            box("vertical", price("紅豆湯", "$60"), price("烏龍茶 × 2", "$90"), margin="xxl", spacing="sm"),
            {"type": "separator", "margin": "xxl"},
            box(
                "horizontal",
                say("訂單編號", size="xs", color="#aaaaaa", flex=0),
                say("#743289384279", color="#aaaaaa", size="xs", align="end"),
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
        "url": picture("cafe"),
        "size": "full",
        "aspectRatio": "20:13",
        "aspectMode": "cover",
        "action": link("首頁", SITE),
    },
    "body": box(
        "vertical",
        say("春日咖啡", weight="bold", size="xl"),
        box(
            "baseline",
            *[{"type": "icon", "size": "sm", "url": f"{SITE}/review_gold_star_28.png"}] * 4,
            {"type": "icon", "size": "sm", "url": f"{SITE}/review_gray_star_28.png"},
            say("4.0", size="sm", color="#999999", margin="md", flex=0),
            margin="md",
        ),
        box(
            "vertical",
            box(
                "baseline",
                say("地址", color="#aaaaaa", size="sm", flex=1),
                say("台北市信義區松仁路 7 號 2 樓", wrap=True, color="#666666", size="sm", flex=5),
                spacing="sm",
            ),
            box(
                "baseline",
                say("時間", color="#aaaaaa", size="sm", flex=1),
                say("10:00 – 23:00", wrap=True, color="#666666", size="sm", flex=5),
                spacing="sm",
            ),
            margin="lg",
            spacing="sm",
        ),
    ),
    "footer": box(
        "vertical",
        {"type": "button", "style": "primary", "height": "sm", "action": link("打電話", "tel:+886223456789")},
        {"type": "button", "style": "secondary", "height": "sm", "action": postback("訂位", "reserve")},
        {"type": "button", "style": "link", "height": "sm", "action": link("網站", SITE)},
        spacing="sm",
        flex=0,
    ),
}
BADGE = box(
    "vertical",
    say("特價", color="#ffffff", align="center", size="xs", offsetTop="3px"),
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
    "body": box(
        "vertical",
        {
            "type": "image",
            "url": picture("coat"),
            "size": "full",
            "aspectMode": "cover",
            "aspectRatio": "2:3",
            "gravity": "top",
        },
        box(
            "vertical",
            say("春季外套", size="xl", color="#ffffff", weight="bold"),
            {
                "type": "text",
                "contents": [
                    {"type": "span", "text": "NT$1,980 ", "color": "#ffffff", "weight": "bold"},
                    {"type": "span", "text": "NT$2,480", "color": "#ffffffcc", "decoration": "line-through"},
                ],
            },
            box(
                "vertical",
                {"type": "filler"},
                box(
                    "baseline",
                    {"type": "filler"},
                    {"type": "icon", "url": f"{SITE}/cart.png"},
                    say("加入購物車", color="#ffffff", flex=0, offsetTop="-2px"),
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
    "body": box(
        "vertical",
        say("會員點數", color="#ffffff", size="sm"),
        say("1,250 點", color="#ffffff", size="3xl", weight="bold", adjustMode="shrink-to-fit"),
        box(
            "vertical",
            box(
                "vertical", {"type": "filler"}, width="62%", backgroundColor="#ffffff", height="6px", cornerRadius="3px"
            ),
            backgroundColor="#ffffff55",
            height="6px",
            cornerRadius="3px",
            margin="lg",
        ),
        box(
            "horizontal",
            say("再 750 點升金卡", size="xs", color="#ffffffdd", gravity="center"),
            {
                "type": "image",
                "url": f"{SITE}/badge.png",
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
    "footer": box(
        "horizontal",
        {"type": "button", "style": "link", "color": "#2563EB", "action": postback("兌換", "redeem")},
        {"type": "separator"},
        {"type": "button", "style": "link", "color": "#2563EB", "action": link("明細", f"{SITE}/points")},
    ),
    "styles": {"footer": {"backgroundColor": "#F4F6FA", "separator": True, "separatorColor": "#D5DBE5"}},
}
SIZES = {
    "type": "carousel",
    "contents": [
        {
            "type": "bubble",
            "size": size,
            "body": box("vertical", say(size, weight="bold"), say("一樣的字，寬窄不同。", wrap=True)),
        }
        for size in ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
    ],
}
FILM = {
    "type": "bubble",
    "size": "mega",
    "hero": {
        "type": "video",
        "url": f"{SITE}/film.mp4",
        "previewUrl": picture("film"),
        "altContent": {"type": "image", "url": picture("film"), "size": "full", "aspectRatio": "20:13"},
        "aspectRatio": "20:13",
    },
    "body": box(
        "vertical",
        say("製作過程", weight="bold"),
        say(
            "這是一段很長很長的說明，只留兩行，其餘的以刪節號代替，看得出來才對，不然就不對了，對吧。",
            wrap=True,
            maxLines=2,
            lineSpacing="6px",
        ),
    ),
}

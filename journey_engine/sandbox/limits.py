"""The limits LINE documents and its OpenAPI files leave out, in one table; it decides nothing by itself.

Sources: "Messaging API reference" and "Character count" of developers.line.biz (2026-08), messaging-api.yml (2026-07).
"""

from __future__ import annotations

import unicodedata

MESSAGES_PER_REQUEST = 5
MULTICAST_RECIPIENTS = 500
REQUEST_BYTES = 2 * 1024 * 1024
RETRY_KEY_SECONDS = 24 * 3600
REPLY_TOKEN_SECONDS = 60
UNIT_NAMES_PER_MONTH = 1_000
NARROWCAST_REACH, NARROWCAST_RECIPIENTS = 100, 50
# LINE says "several seconds"; a second each of waiting and sending shows both phases to whoever asks.
WAITING_SECONDS, SENDING_SECONDS = 1.0, 1.0
FOLLOWERS_DEFAULT, FOLLOWERS_MOST = 300, 1_000

TEXT = 5_000
ALT_TEXT = 1_500
URL = 2_000
QUICK_REPLIES = 13
SUBSTITUTIONS = 100
EMOJIS = 20
SENDER_NAME = 20
TRACKING = r"[0-9A-Za-z\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}"
DELIVERY_TAG = "[0-9A-Za-z_]{1,30}"
LOCATION_TEXT = 100

LABEL = 20
FLEX_LABEL = 40
POSTBACK_DATA = 300
ACTION_TEXT = 300
URI = 1_000
CLIPBOARD = 1_000
RICH_MENU_ALIAS = 32

TEMPLATE_TITLE = 40
BUTTONS_TEXT, BUTTONS_TEXT_WITH_PICTURE = 160, 60
BUTTONS_ACTIONS = 4
CONFIRM_TEXT, CONFIRM_ACTIONS = 240, 2
COLUMNS = 10
COLUMN_TEXT, COLUMN_TEXT_WITH_PICTURE = 120, 60
COLUMN_ACTIONS = 3
IMAGE_COLUMN_LABEL = 12

IMAGEMAP_WIDTH = 1_040
IMAGEMAP_ACTIONS = 50
IMAGEMAP_TEXT = 400
IMAGEMAP_LABEL = 100
CLIP_LABEL = 30

BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
CAROUSEL_BUBBLES = 12
FLEX_ANIMATED_IMAGES = 10

# Requests a second per channel and endpoint; everything not named is at DEFAULT_RATE.
DEFAULT_RATE = 2_000.0
_HOURLY = 60 / 3600
RATES = {
    "multicast": 200.0,
    "chat/loading/start": 100.0,
    "narrowcast": _HOURLY,
    "broadcast": _HOURLY,
    "insight/demographic": _HOURLY,
    "insight/followers": _HOURLY,
    "insight/message/delivery": _HOURLY,
    "insight/message/event": _HOURLY,
    "insight/message/event/aggregation": _HOURLY,
}


def utf16_units(text: str) -> int:
    """Length as LINE counts message text: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Length as LINE counts labels and template text: what a reader sees as one character counts once.

    Joins combining marks, variation selectors, skin tones, joiner sequences and flag pairs; close to, not the whole of,
    Unicode's segmentation rules.
    """
    count, joined, flag = 0, False, False
    for char in text:
        code = ord(char)
        is_flag = 0x1F1E6 <= code <= 0x1F1FF
        if code == 0x200D:
            joined = count > 0
            continue
        extends = unicodedata.combining(char) > 0 or unicodedata.category(char) in ("Mn", "Me", "Mc")
        extends = extends or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F
        if count and (extends or joined or (flag and is_flag)):
            joined, flag = False, False
            continue
        count, joined, flag = count + 1, False, is_flag
    return count

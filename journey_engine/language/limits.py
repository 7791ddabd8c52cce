"""What LINE takes at most in one request, and how it counts; documented limits only, no requests.

Sources: Messaging API reference, "Message objects", and "Character counting in a text" (developers.line.biz, 2026-08).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

MESSAGES_PER_REQUEST = 5
MULTICAST_RECIPIENTS = 500
TEXT = 5_000
ALT_TEXT = 1_500
LABEL = 20
FLEX_LABEL = 40
PICTURE_LABEL = 12  # of an image carousel
AREA_LABEL = 100  # of an area of an imagemap
CLIP_LABEL = 30  # what leads on from a video in an imagemap
AREA_TEXT = 400
CLIPBOARD = 1_000
SENDER_NAME = 20
LOCATION_TEXT = 100
TRACKING_ID = 100
DELIVERY_TAG = 30
EMOJIS = 20
SUBSTITUTE = 20  # characters of a name in braces that LINE replaces
AREAS = 50
MAP_WIDTH = 1_040
REQUEST_BYTES = 2 * 1024 * 1024
ANIMATED = 10  # moving pictures in one flex message
ACTION_TEXT = 300
POSTBACK_DATA = 300
URI = 1_000
URL = 2_000
TITLE = 40
BUTTONS_TEXT, BUTTONS_TEXT_BESIDE = 160, 60  # the second when a title or a picture stands with it
CONFIRM_TEXT = 240
COLUMN_TEXT, COLUMN_TEXT_BESIDE = 120, 60
QUICK_REPLIES = 13
BUTTONS, CONFIRM_BUTTONS, COLUMN_BUTTONS, COLUMNS = 4, 2, 3, 10
CAROUSEL_BUBBLES = 12
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024

Count = Callable[[str], int]


def utf16_units(text: str) -> int:
    """Length as LINE counts message texts: UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def graphemes(text: str) -> int:
    """Length as LINE counts labels and template texts: what a reader sees as one character counts once.

    Combining marks, variation selectors, skin tones, joined emoji and pairs of flag letters are counted with what they
    belong to; rarer clusters (Hangul parts, for one) count by part, so the figure is never too low.
    """
    if text.isascii():
        return len(text)
    count, joins, half_flag = 0, False, False
    for char in text:
        if char == "\u200d":
            joins = count > 0
            continue
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        belongs = (
            unicodedata.category(char) in ("Mn", "Me", "Mc")
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or "\U000e0020" <= char <= "\U000e007f"
        )
        if count and (belongs or joins or (is_flag and half_flag)):
            half_flag = False if is_flag else half_flag
        else:
            count, half_flag = count + 1, is_flag
        joins = False
    return count

"""The limits of LINE that a member's values can break after rendering; what LINE checks anyway is left to LINE.

Sources: Messaging API reference, "Message objects", and "Character counting in a text" (developers.line.biz, 2026-08).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

MESSAGES_PER_REQUEST = 5
MULTICAST_RECIPIENTS = 500
TEXT = 5_000
ALT_TEXT = 1_500
LABEL = 20
FLEX_LABEL = 40
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


def limit_of(owner: dict[str, Any], key: str, kind: str) -> tuple[int, Count] | None:
    """The most that the string `owner[key]` of a message of type `kind` may measure, and how; None: no limit."""
    match key:
        case "altText":
            return ALT_TEXT, utf16_units
        case "label":
            return FLEX_LABEL if kind == "flex" else LABEL, graphemes
        case "displayText":
            return ACTION_TEXT, utf16_units
        case "data":
            return POSTBACK_DATA, utf16_units
        case "uri":
            return URI, utf16_units
        case "url" | "originalContentUrl" | "previewImageUrl" | "thumbnailImageUrl":
            return URL, utf16_units
        case "title" if kind == "template":
            return TITLE, graphemes
        case "text":
            return _text_limit(owner, kind)
        case _:
            return None


def _text_limit(owner: dict[str, Any], kind: str) -> tuple[int, Count] | None:
    beside = "title" in owner or "thumbnailImageUrl" in owner
    match owner.get("type"):
        case "text" if kind == "text":
            return TEXT, utf16_units
        case "message":
            return ACTION_TEXT, utf16_units
        case "buttons":
            return BUTTONS_TEXT_BESIDE if beside else BUTTONS_TEXT, graphemes
        case "confirm":
            return CONFIRM_TEXT, graphemes
        case None if kind == "template":
            return COLUMN_TEXT_BESIDE if beside else COLUMN_TEXT, graphemes
        case _:
            return None  # a text inside a flex message is bounded by the size of its bubble only


def too_large(contents: dict[str, Any], size: Callable[[dict[str, Any]], int]) -> bool:
    """Whether a flex container is larger than LINE takes, its parts being measured by `size` in bytes."""
    if contents.get("type") != "carousel":
        return size(contents) > BUBBLE_BYTES
    bubbles: list[dict[str, Any]] = contents.get("contents", [])
    return size(contents) > CAROUSEL_BYTES or any(size(bubble) > BUBBLE_BYTES for bubble in bubbles)

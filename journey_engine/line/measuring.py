"""Which limit of LINE holds for which string of a message, and for a flex container; it cuts nothing off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from journey_engine.language import limits

Limit = tuple[int, limits.Count]

_ADDRESSES = {"uri": limits.URI, "linkUri": limits.URI, "desktop": limits.URI} | dict.fromkeys(
    (
        "url",
        "previewUrl",
        "originalContentUrl",
        "previewImageUrl",
        "thumbnailImageUrl",
        "imageUrl",
        "iconUrl",
        "baseUrl",
    ),
    limits.URL,
)
_UNITS = {
    "altText": limits.ALT_TEXT,
    "displayText": limits.ACTION_TEXT,
    "fillInText": limits.ACTION_TEXT,
    "clipboardText": limits.CLIPBOARD,
    "data": limits.POSTBACK_DATA,
    "name": limits.SENDER_NAME,
    "address": limits.LOCATION_TEXT,
} | _ADDRESSES


def kind_of(each: dict[str, Any]) -> str:
    """The type of a message object; of image carousels, whose words may measure less, their own."""
    template = each.get("template", {}).get("type")
    return "image_carousel" if template == "image_carousel" else str(each["type"])


def limit_of(owner: dict[str, Any], key: str, kind: str) -> Limit | None:
    """The most that the string `owner[key]` of a message of type `kind` may measure, and how; None: no limit."""
    match key:
        case "label":
            return _label_limit(owner, kind), limits.graphemes
        case "title" if kind == "location":
            return limits.LOCATION_TEXT, limits.utf16_units
        case "title" if kind == "template":
            return limits.TITLE, limits.graphemes
        case "text":
            return _text_limit(owner, kind)
        case _ if key in _UNITS:
            return _UNITS[key], limits.utf16_units
        case _:
            return None


def _label_limit(owner: dict[str, Any], kind: str) -> int:
    match kind:
        case "flex":
            return limits.FLEX_LABEL
        case "image_carousel":
            return limits.PICTURE_LABEL
        case "imagemap":
            return limits.AREA_LABEL if "type" in owner else limits.CLIP_LABEL
        case _:
            return limits.LABEL


def _text_limit(owner: dict[str, Any], kind: str) -> Limit | None:
    beside = "title" in owner or "thumbnailImageUrl" in owner
    match owner.get("type"):
        case "text" if kind == "text":
            return limits.TEXT, limits.utf16_units
        case "textV2":
            return limits.TEXT, limits.utf16_units
        case "message":
            return limits.AREA_TEXT if kind == "imagemap" else limits.ACTION_TEXT, limits.utf16_units
        case "buttons":
            return limits.BUTTONS_TEXT_BESIDE if beside else limits.BUTTONS_TEXT, limits.graphemes
        case "confirm":
            return limits.CONFIRM_TEXT, limits.graphemes
        case None if kind == "template":
            return limits.COLUMN_TEXT_BESIDE if beside else limits.COLUMN_TEXT, limits.graphemes
        case _:
            return None  # a text inside a flex message is bounded by the size of its bubble only


def too_large(contents: dict[str, Any], size: Callable[[dict[str, Any]], int]) -> bool:
    """Whether a flex container is larger than LINE takes, its parts being measured by `size` in bytes."""
    if contents.get("type") != "carousel":
        return size(contents) > limits.BUBBLE_BYTES
    bubbles: list[dict[str, Any]] = contents.get("contents", [])
    return size(contents) > limits.CAROUSEL_BYTES or any(size(bubble) > limits.BUBBLE_BYTES for bubble in bubbles)

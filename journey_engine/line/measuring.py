"""Which limit of LINE holds for which string of a message, and for a flex container; it cuts nothing off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from journey_engine.language import limits


def limit_of(owner: dict[str, Any], key: str, kind: str) -> tuple[int, limits.Count] | None:
    """The most that the string `owner[key]` of a message of type `kind` may measure, and how; None: no limit."""
    match key:
        case "altText":
            return limits.ALT_TEXT, limits.utf16_units
        case "label":
            return limits.FLEX_LABEL if kind == "flex" else limits.LABEL, limits.graphemes
        case "displayText":
            return limits.ACTION_TEXT, limits.utf16_units
        case "data":
            return limits.POSTBACK_DATA, limits.utf16_units
        case "uri":
            return limits.URI, limits.utf16_units
        case "url" | "originalContentUrl" | "previewImageUrl" | "thumbnailImageUrl":
            return limits.URL, limits.utf16_units
        case "title" if kind == "template":
            return limits.TITLE, limits.graphemes
        case "text":
            return _text_limit(owner, kind)
        case _:
            return None


def _text_limit(owner: dict[str, Any], kind: str) -> tuple[int, limits.Count] | None:
    beside = "title" in owner or "thumbnailImageUrl" in owner
    match owner.get("type"):
        case "text" if kind == "text":
            return limits.TEXT, limits.utf16_units
        case "message":
            return limits.ACTION_TEXT, limits.utf16_units
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

"""What a text message (v2) may put in the place of its braces: mentions and LINE emojis; it draws none."""

from __future__ import annotations

import re

from journey_engine.sandbox import limits
from journey_engine.sandbox.complaints import (
    Complaints,
    Fields,
    Json,
    complain,
    fields_of,
    is_object,
    matching,
    one_of,
    text,
)

_EMOJI: Fields = {"productId": (True, text(limits.URL)), "emojiId": (True, text(limits.URL))}
_USER: Fields = {"userId": (True, matching("U[0-9a-f]{32}"))}
_KEY = re.compile(r"[0-9a-zA-Z_]{1,20}")
# A brace that stands for itself is doubled; what is left of braces must be a pair around a key.
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_KIND = one_of("mention", "emoji")


def substitution(value: Json, path: str, out: Complaints) -> None:
    """The object `substitution`: at most 100 keys, each a mention or an emoji."""
    if not is_object(value):
        complain(out, "Must be an object", path)
        return
    if len(value) > limits.SUBSTITUTIONS:
        complain(out, f"Size must be between 0 and {limits.SUBSTITUTIONS}", path)
    for name, item in value.items():
        if _KEY.fullmatch(name) is None:
            complain(out, "invalid substitution key", f"{path}.{name}")
        kind: Json = item.get("type") if is_object(item) else None
        before = len(out)
        _KIND(kind, f"{path}.{name}.type", out)
        if len(out) > before:
            continue
        if kind == "emoji":
            fields_of(item, _EMOJI, f"{path}.{name}", out)
        else:
            _mentionee(item.get("mentionee"), f"{path}.{name}.mentionee", out)


def _mentionee(value: Json, path: str, out: Complaints) -> None:
    kind: Json = value.get("type") if is_object(value) else None
    before = len(out)
    one_of("user", "all")(kind, f"{path}.type", out)
    if len(out) == before and kind == "user":
        fields_of(value, _USER, path, out)


def substituted(message: dict[str, Json], path: str, out: Complaints) -> None:
    """Whether each pair of braces in the text has its substitute, and not more emojis or mentions than LINE takes."""
    said: Json = message.get("text")
    given: Json = message.get("substitution") or {}
    if not isinstance(said, str) or not is_object(given):
        return
    used: list[str] = []
    for brace in _BRACES.finditer(said):
        if brace[0] in ("{{", "}}"):
            continue
        if brace[1] is None or brace[1] not in given:
            complain(out, "invalid text: braces without substitution", f"{path}.text")
            return
        item: Json = given[brace[1]]
        used.append(str(item.get("type")) if is_object(item) else "")
    for kind in ("emoji", "mention"):
        if used.count(kind) > limits.EMOJIS:
            complain(out, f"The number of {kind}s must be at most {limits.EMOJIS}", f"{path}.text")

"""Texts with `{field|default}` or `{field as date|default}` in them, taken apart; fills nothing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Form = Literal["date", "day", "time", "number", "money"]
FORMS: tuple[Form, ...] = get_args(Form)
# The words of a message object whose text may hold placeholders, and those that are addresses.
FILLED = frozenset(
    {"text", "altText", "label", "displayText", "title", "address", "fillInText", "clipboardText", "name"}
)
ADDRESSES = frozenset(
    {"uri", "url", "linkUri", "desktop", "originalContentUrl", "previewImageUrl", "previewUrl", "thumbnailImageUrl"}
    | {"imageUrl", "iconUrl", "baseUrl"}
)

_PART = re.compile(r"\{\{|\{([^{}\n]*)\}|\{")
_NAME = "[a-z][a-z0-9_]{0,29}"
_FIELD = re.compile(rf"\s*({_NAME}(?:\.[A-Za-z][A-Za-z0-9_]{{0,29}})*)(?:\s+as\s+([a-z]+))?\s*")


@dataclass(frozen=True, slots=True)
class Slot:
    """One brace: `field` None if it is no placeholder; `default` None if none is written; `column` 0-based.

    `form` is the word after `as`, be there such a form or not.
    """

    written: str
    field: str | None
    default: str | None
    column: int
    form: str | None = None

    @property
    def attribute(self) -> str | None:
        """The attribute of the member that it stands for; None if it is something else."""
        return None if self.field is None or "." in self.field or self.form else self.field


def pieces(text: str) -> Iterator[str | Slot]:
    """The literal stretches of `text`, in which `{{` has become a brace, and every other brace, in order."""
    literal, end = "", 0
    for match in _PART.finditer(text):
        literal, end = literal + text[end : match.start()], match.end()
        if match[0] == "{{":
            literal += "{"
            continue
        if literal:
            yield literal
        name, bar, default = (match[1] or "").partition("|")
        field = _FIELD.fullmatch(name)
        said = (field[1], field[2]) if field else (None, None)
        yield Slot(match[0], said[0], default if bar else None, match.start(), said[1])
        literal = ""
    if rest := literal + text[end:]:
        yield rest


def slots(text: str) -> Iterator[Slot]:
    """Every brace of `text` that is not written as `{{`, in order."""
    return (piece for piece in pieces(text) if isinstance(piece, Slot))


def without_slots(text: str) -> str:
    """The text that is the same for everybody: what is certain to be sent, whatever the values are."""
    return "".join(piece for piece in pieces(text) if isinstance(piece, str))

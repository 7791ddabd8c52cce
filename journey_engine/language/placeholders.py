"""Texts with `{attribute|default}` in them, taken apart; fills nothing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PART = re.compile(r"\{\{|\{([^{}\n]*)\}|\{")
_FIELD = re.compile(r"\s*([a-z][a-z0-9_]{0,29})\s*")


@dataclass(frozen=True, slots=True)
class Slot:
    """One brace: `attribute` None if it is no placeholder; `default` None if none is written; `column` 0-based."""

    written: str
    attribute: str | None
    default: str | None
    column: int


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
        yield Slot(match[0], field[1] if field else None, default if bar else None, match.start())
        literal = ""
    if rest := literal + text[end:]:
        yield rest


def slots(text: str) -> Iterator[Slot]:
    """Every brace of `text` that is not written as `{{`, in order."""
    return (piece for piece in pieces(text) if isinstance(piece, Slot))


def without_slots(text: str) -> str:
    """The text that is the same for everybody: what is certain to be sent, whatever the values are."""
    return "".join(piece for piece in pieces(text) if isinstance(piece, str))

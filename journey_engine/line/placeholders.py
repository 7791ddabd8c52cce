"""Fills texts with `{attribute|default}` in them with a member's values; it knows nothing of LINE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from journey_engine.language.catalog import AttributeKind
from journey_engine.language.placeholders import Slot, pieces

Kinds = Mapping[str, AttributeKind]
Values = Mapping[str, object]


class Missing(Exception):
    """A member has no value for an attribute, and the text gives no default."""

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.attribute = attribute


class Misplaced(ValueError):
    """A brace in a text that is neither a placeholder of a declared attribute nor written as `{{`."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{attribute|default}`; `default` None: the message cannot go to a member without the value."""

    attribute: str
    default: str | None
    kind: AttributeKind

    def value(self, values: Values) -> str:
        """The member's value as text, else the default; raises Missing. Blank, or not of its type, is missing."""
        given = values.get(self.attribute)
        text = "" if given is None else str(given).strip()
        if text and _is_of(self.kind, text):
            return text
        if self.default is None:
            raise Missing(self.attribute)
        return self.default


Parts = tuple[str | Placeholder, ...]


def parts_of(text: str, kinds: Kinds) -> Parts:
    """The literal stretches and placeholders of `text` in order; raises Misplaced with what is wrong."""
    return tuple(piece if isinstance(piece, str) else _placeholder(piece, kinds) for piece in pieces(text))


def _placeholder(slot: Slot, kinds: Kinds) -> Placeholder:
    if slot.attribute is None:
        raise Misplaced(f"“{slot.written}” is no placeholder; write {{name}} or {{name|default}}, and {{{{ for a brace")
    kind = kinds.get(slot.attribute)
    if kind is None:
        raise Misplaced(f"“{slot.written}” names no attribute; schema.yaml declares {', '.join(kinds) or 'none'}")
    return Placeholder(slot.attribute, slot.default, kind)


def _is_of(kind: AttributeKind, text: str) -> bool:
    match kind.type:
        case "text":
            return True
        case "number":
            try:
                return Decimal(text).is_finite()
            except InvalidOperation:
                return False
        case "date":
            try:
                date.fromisoformat(text)
            except ValueError:
                return False
            return True

"""Texts with `{attribute|default}` in them: splits them once and fills them in; it knows nothing of LINE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from journey_engine.language.catalog import AttributeKind

_PART = re.compile(r"\{\{|\{([^{}\n]*)\}|\{")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")

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
    parts: list[str | Placeholder] = []
    literal, end = "", 0
    for match in _PART.finditer(text):
        literal, end = literal + text[end : match.start()], match.end()
        if match[0] == "{{":
            literal += "{"
            continue
        if literal:
            parts.append(literal)
        parts.append(_placeholder(match[0], match[1], kinds))
        literal = ""
    literal += text[end:]
    return (*parts, literal) if literal else tuple(parts)


def _placeholder(written: str, inside: str | None, kinds: Kinds) -> Placeholder:
    name, bar, default = (inside or "").partition("|")
    if not _NAME.fullmatch(name.strip()):
        raise Misplaced(f"“{written}” is no placeholder; write {{name}} or {{name|default}}, and {{{{ for a brace")
    kind = kinds.get(name.strip())
    if kind is None:
        raise Misplaced(f"“{written}” names no attribute; schema.yaml declares {', '.join(kinds) or 'none'}")
    return Placeholder(name.strip(), default if bar else None, kind)


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

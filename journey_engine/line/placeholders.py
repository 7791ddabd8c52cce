"""Texts with `{field|default}` in them, filled with a member's values; it knows nothing of LINE."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from journey_engine.language.contents import ITEM
from journey_engine.language.placeholders import FORMS, Form, Slot, pieces
from journey_engine.language.project import Project
from journey_engine.language.schema import ValueType
from journey_engine.line.wording import Manner, plain

Values = Mapping[str, object]
# What machines write where they have nothing; a member who is really called so in just this spelling gets the default.
_NOTHING = frozenset({"None", "none", "null", "NULL", "nan", "NaN", "NaT", "<NA>", "undefined", "N/A", "#N/A"})
_LEFT_OVER = re.compile(r"\{\s*[A-Za-z_][\w.]*\s*(\|[^{}]*)?\}")  # another system's placeholder that was not filled


class Missing(Exception):
    """A member has no value for a name in braces, and the text gives no default."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Misplaced(ValueError):
    """A brace in a text that is neither a placeholder of a declared field nor written as `{{`."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{name as form|default}`; `default` None: the message cannot go to a member without the value.

    `kind` None: nothing is declared of it (an item's), so any text will do that its form can read.
    """

    name: str
    default: str | None
    kind: ValueType | None
    form: Form | None = None
    manner: Manner = field(default_factory=Manner)

    def value(self, values: Values) -> str:
        """The member's value as text, else the default; raises Missing. Blank, or not of its type, is missing."""
        text = plain(values.get(self.name))
        if text and text not in _NOTHING and not ("{" in text and _LEFT_OVER.search(text)):
            said = self.manner.said(text, self.kind, self.form)
            if said is not None:
                return said
        if self.default is None:
            raise Missing(self.name)
        return self.default


Parts = tuple[str | Placeholder, ...]


class Fields:
    """What may stand in braces in a project's messages, and of which type each is."""

    def __init__(self, project: Project) -> None:
        schema, policy = project.schema_, project.policy
        self._attributes: dict[str, ValueType] = {name: kind.type for name, kind in schema.attributes.items()}
        self._entry: dict[str, ValueType | None] = {}
        for event in schema.events:
            for name, kind in (schema.properties_of(event) or {}).items():
                self._entry[name] = kind if self._entry.get(name, kind) == kind else None  # told in two ways
        currency = policy.prices.currency if policy.prices else "TWD"
        self._manner = Manner(policy.language, policy.zone, currency)

    def placeholder(self, slot: Slot) -> Placeholder:
        """What a brace stands for; raises Misplaced."""
        if slot.field is None:
            raise Misplaced(f"“{slot.written}” is no placeholder; write {{name}} or {{name|default}}, {{{{ for a brace")
        if slot.form is not None and slot.form not in FORMS:
            raise Misplaced(f"“{slot.written}”: as {slot.form} is unknown; there are {', '.join(FORMS)}")
        form: Form | None = slot.form
        return Placeholder(slot.field, slot.default, self._kind(slot), form, self._manner)

    def _kind(self, slot: Slot) -> ValueType | None:
        first, _, rest = str(slot.field).partition(".")
        match first:
            case "entry" if rest:
                return self._entry.get(rest)
            case "coupon" if rest:
                return "date" if rest.endswith(".expires") else "text"
            case _ if first == ITEM:
                return None
            case _ if slot.field in self._attributes:
                return self._attributes[first]
            case _:
                known = ", ".join(self._attributes) or "none"
                raise Misplaced(f"“{slot.written}” names no attribute; schema.yaml declares {known}")


def parts_of(text: str, fields: Fields, kept: Collection[str] | None = None) -> Parts:
    """The literal stretches and placeholders of `text` in order; raises Misplaced with what is wrong.

    `kept` (of a textV2, else None): the names in braces that LINE itself replaces; any other brace is doubled for it.
    """
    parts: list[str | Placeholder] = []
    for piece in pieces(text):
        if isinstance(piece, str):
            made: str | Placeholder = piece if kept is None else doubled(piece)
        elif kept is not None and piece.written[1:-1].strip() in kept:
            made = f"{{{piece.written[1:-1].strip()}}}"
        else:
            made = fields.placeholder(piece)
        if isinstance(made, str) and parts and isinstance(parts[-1], str):
            parts[-1] += made
        else:
            parts.append(made)
    return tuple(parts)


def doubled(text: str) -> str:
    """A text in which LINE replaces nothing: of a textV2, each brace stands twice."""
    return text.replace("{", "{{").replace("}", "}}")

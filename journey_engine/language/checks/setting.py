"""Whether attributes that a step sets exist and can have such values, and whether a team is named; it sets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from journey_engine.language.catalog import AttributeKind, ValueType
from journey_engine.language.checks.names import Sentence, Spot, unknown
from journey_engine.language.journey import HandOff, Set
from journey_engine.language.places import Problem
from journey_engine.language.words import NOTHING, Words

_FITS: dict[str, tuple[ValueType, ...]] = {
    "text": ("text", "number", "money", "date", "time"),
    "number": ("number", "money"),
    "date": ("date",),
}
_FORMS = {
    "text": Words("文字", "a text"),
    "number": Words("數字，例如 30", "a number, for example 30"),
    "date": Words("日期，例如 2026-12-05", "a date, for example 2026-12-05"),
}


def set_problems(step: Set, at: Spot) -> Iterator[Problem]:
    """Everything wrong with a step that sets attributes."""
    for name, value in step.set.items():
        here = (*at.path, "set", name)
        if at.names.attributes is not None and name not in at.names.attributes:
            yield at.page.problem(here, *unknown("attribute", name, at.names.attributes), key=True)
            continue
        kind = at.names.schema.attributes.get(name) if at.names.schema is not None else None
        sentence = _of_the_entry(name, value, kind, at) if value.startswith("entry.") else _constant(name, value, kind)
        if sentence is not None:
            yield at.page.problem(here, *sentence)


def _of_the_entry(name: str, value: str, kind: AttributeKind | None, at: Spot) -> Sentence | None:
    brought = value.removeprefix("entry.")
    if at.entry is None:
        return None
    if brought not in at.entry:
        return unknown("property", brought, at.entry)
    if kind is not None and at.entry[brought] not in _FITS[kind.type]:
        return (
            Words(
                f"「{value}」是 {at.entry[brought]}，放不進屬性「{name}」（{kind.type}）。",
                f"“{value}” is a {at.entry[brought]}; attribute “{name}” is a {kind.type}.",
            ),
            NOTHING,
        )
    return None


def _constant(name: str, value: str, kind: AttributeKind | None) -> Sentence | None:
    if kind is None:
        return None
    if not _is_a(value, kind.type):
        form = _FORMS[kind.type]
        what = Words(f"「{value}」不是屬性「{name}」的值。", f"“{value}” is no value of attribute “{name}”.")
        return what, Words(f"請寫{form.zh}。", f"Write {form.en}.")
    if kind.values is not None and value not in kind.values:
        what = Words(f"「{name}」不會是「{value}」。", f"“{name}” is never “{value}”.")
        return what, Words(f"可能的值：{'、'.join(kind.values)}。", f"It can be: {', '.join(kind.values)}.")
    return None


def _is_a(value: str, kind: str) -> bool:
    try:
        if kind == "number":
            return Decimal(value).is_finite()
        if kind == "date":
            return date.fromisoformat(value).isoformat() == value
    except (InvalidOperation, ValueError):
        return False
    return bool(value.strip())


def hand_off_problems(step: HandOff, at: Spot) -> Iterator[Problem]:
    """A hand-off that names nobody."""
    if not step.hand_off.strip() and not at.page.is_empty((*at.path, "hand_off")):
        yield at.page.problem((*at.path, "hand_off"), *_NOBODY)


_NOBODY = (
    Words("hand_off 沒有寫交給哪個團隊。", "hand_off names no team."),
    Words("例如 hand_off: 客服。", "Write for example hand_off: care."),
)

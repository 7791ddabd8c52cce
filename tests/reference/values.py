"""Texts as values of their declared types, and the tests of one value; a text that is no such value is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from journey_engine.language.conditions import Between, Compare, Contains, Known, OneOf, Test
from tests.reference.facts import Event


def typed(text: str | None, kind: str, zone: str) -> Any:
    """The text as a value of its declared type; None when it is missing or is none.

    A time without its own offset is wall time in `zone`, the business zone.
    """
    readers: dict[str, Callable[[str], Any]] = {
        "number": Decimal,
        "money": Decimal,
        "date": date.fromisoformat,
        "time": lambda text: _instant(text, zone),
    }
    if text is None:
        return None
    try:
        return readers.get(kind, str)(text)
    except (InvalidOperation, ValueError):
        return None


def entry_text(event: Event | None, name: str) -> str | None:
    """The text of a property of the event that let her in, its value included; None when it has none."""
    if event is None:
        return None
    if name == "value" and event.value is not None:
        return str(event.value)
    return event.properties.get(name)


def _instant(text: str, zone: str) -> datetime:
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=ZoneInfo(zone), fold=0)).astimezone(UTC)


def passes(test: Test, value: Any) -> bool:
    """A missing value passes nothing but `!=`, which is the complement of `=`."""
    match test:
        case Compare("!=", constant):
            return not (value is not None and value == constant)
        case _ if value is None:
            return False
        case Known():
            return True
        case Contains(text):
            return text in str(value)
        case OneOf(values):
            return value in values
        case Between(low, high):
            return low <= value <= high
        case Compare("=", constant):
            return value == constant
        case Compare("<", constant):
            return value < constant
        case Compare("<=", constant):
            return value <= constant
        case Compare(">", constant):
            return value > constant
        case Compare(">=", constant):
            return value >= constant
        case _:
            raise TypeError(f"no such test: {test}")

"""What a step decides about those who stand before it, and the rows it writes for them; it decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, ColumnElement, Insert, Select, Table, Text, Update, literal, literal_column

from journey_engine.compiler.calendar import INSTANT


def word(text: str) -> ColumnElement[Any]:
    """A word of ours as a constant in the statement, not a bound value."""
    return literal_column(f"'{text}'", Text)


BEGUN, ASKED, PASSED, HOLD = (word(text) for text in ("begun", "asked", "passed", "hold"))
PASSED_BY, NEXT = word("passed by"), word("next")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be inserted into the columns of a table: those of several steps in one insert, in the steps' order."""

    table: Table
    columns: tuple[str, ...]
    rows: Select[Any]


Write = Rows | Insert | Update
Effects = Callable[[CTE], Sequence[Write]]
"""Writes of a step for those who took it (columns of `took`)."""


def no_effects(_took: CTE) -> list[Write]:
    """A step that writes nothing but the path."""
    return []


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of its own in the path of those who come to a step and meet something, at that very instant."""

    word: str
    met: Callable[[CTE], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a step decides, over the columns of `stage`, which passes on all columns of `arrivals`.

    outcome: null while she rests; at: the outcome's instant; due_at and wake_at: those of the rest. `effects`: writes
    for those who took it; `begins`: for those who come to stand before it (its `if` holds, and they have not left by
    then). `why`: what the outcome rests on, as the text of an object; null where there is nothing to tell.
    """

    stage: CTE
    outcome: ColumnElement[Any]
    at: ColumnElement[Any]
    due_at: ColumnElement[Any] = field(default_factory=lambda: literal(None, INSTANT))
    wake_at: ColumnElement[Any] = field(default_factory=lambda: literal(None, INSTANT))
    why: ColumnElement[Any] | None = None
    effects: Effects = no_effects
    begins: Effects = no_effects
    notice: Notice | None = None

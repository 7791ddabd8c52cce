"""The small parts of conditions, tests of one value and windows over events; says what is asked, never the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from journey_engine.language.durations import Duration

Value = str | Decimal | date
Operator = Literal["=", "!=", "<", "<=", ">", ">="]


# ---- tests of one value -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Compare:
    """`value OP constant`; a missing value makes every comparison false, `!=` included being `not (=)`: so true."""

    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """`value in (a, b, …)`."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """`value between low and high`, both ends included."""

    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Known:
    """`value is known`: present and of the declared type."""


@dataclass(frozen=True, slots=True)
class Contains:
    """`value contains 'text'`: the text stands somewhere in it, letter for letter (A is not a)."""

    text: str


Test = Compare | OneOf | Between | Known | Contains


# ---- windows over events ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Within:
    """(t - length, t]: since the same wall time in the business zone, for hours and minutes exactly that long ago."""

    length: Duration


@dataclass(frozen=True, slots=True)
class SinceEntry:
    """Strictly after the entry event (in `enter.if`, the trigger itself counts)."""


@dataclass(frozen=True, slots=True)
class BeforeEntry:
    """Strictly before the entry event."""


@dataclass(frozen=True, slots=True)
class ThisPeriod:
    """`today`, `this week`, `this month`: [its first local midnight in the business zone, t]; weeks begin on Monday."""

    unit: Literal["day", "week", "month"]


Window = Within | SinceEntry | BeforeEntry | ThisPeriod

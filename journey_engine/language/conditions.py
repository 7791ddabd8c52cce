"""The tree of a condition, true or false and never unknown; says what is asked, never how it is answered.

`parse_condition` in `language/grammar.py` makes these from text; compiler (SQL) and reference interpreter (Python)
read them.
Every node that names something carries `column`, the 0-based place of the name in the written text, for `check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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


Test = Compare | OneOf | Between | Known


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


Window = Within | SinceEntry | BeforeEntry


@dataclass(frozen=True, slots=True)
class Property:
    """A test of one property of an event, inside `where`. `value` is the event's declared value."""

    name: str
    test: Test
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events are meant: name, `of` MESSAGE (click, reply, accepted …), a window, a `where` over properties."""

    event: str
    of: str | None = None
    window: Window | None = None
    where: Condition | None = None  # only All, AnyOf, Not and Property below it
    column: int = field(default=0, compare=False)
    of_column: int = field(default=0, compare=False)


# ---- conditions ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class Attribute:
    """A member's attribute as it is now: `tier = '金卡'`, `city is known`."""

    name: str
    test: Test
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EventCount:
    """`purchase` (>= 1), `purchase at least 2 times`, `no purchase` (= 0)."""

    query: EventQuery
    operator: Operator
    count: int


@dataclass(frozen=True, slots=True)
class EventSum:
    """`sum of purchase.value within 90 days >= 3000`; the sum over no event is 0."""

    query: EventQuery
    property: str
    test: Compare | Between
    column: int = field(default=0, compare=False)  # of the property


@dataclass(frozen=True, slots=True)
class DaysSince:
    """`days since last purchase between 30 and 60`: difference of local dates; false if it never happened."""

    query: EventQuery
    test: Compare | Between


@dataclass(frozen=True, slots=True)
class WasSent:
    """`message M was sent`: accepted by LINE."""

    message: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class HasTag:
    tag: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TagStrength:
    """`tag skincare strength >= 3`: the sum over grants in force; without any the strength is missing."""

    tag: str
    test: Compare | Between
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DateWithinNext:
    """`birthday within next 7 days`: the next yearly return of the date falls on today … today + 7 (business zone)."""

    attribute: str
    length: Duration
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DateInThisMonth:
    """`birthday in this month`: the date's month is the current month (business zone), whatever its year."""

    attribute: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StageIs:
    """As of the last refresh not after the instant asked about."""

    stage: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InSegment:
    """As of the last refresh not after the instant asked about."""

    segment: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InJourney:
    """Inside at the instant asked about (held-out members are not)."""

    journey: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FinishedJourney:
    """Has finished it normally at or before the instant asked about."""

    journey: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EntryProperty:
    """`entry.value >= 1000`: a property of the event that let the member in."""

    name: str
    test: Test
    column: int = field(default=0, compare=False)


Condition = (
    All
    | AnyOf
    | Not
    | Attribute
    | EventCount
    | EventSum
    | DaysSince
    | WasSent
    | HasTag
    | TagStrength
    | DateWithinNext
    | DateInThisMonth
    | StageIs
    | InSegment
    | InJourney
    | FinishedJourney
    | EntryProperty
    | Property
)


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every node of the tree that is not `and`, `or`, `not`; `where` trees are not entered."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


def event_names(condition: Condition) -> frozenset[str]:
    """The names of all events the truth of `condition` rests on (`accepted` for `was sent`): its need of coverage."""
    names: set[str] = set()
    for leaf in leaves(condition):
        match leaf:
            case EventCount(query=query) | EventSum(query=query) | DaysSince(query=query):
                names.add(query.event)
            case WasSent():
                names.add("accepted")
            case _:
                pass
    return frozenset(names)

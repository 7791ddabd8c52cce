"""The tree of a condition, true or false and never unknown; says what is asked, never how it is answered.

`parse_condition` in `language/grammar.py` makes these from text; compiler (SQL) and reference interpreter (Python)
read them.
Every node that names something carries `column`, the 0-based place of the name in the written text, for `check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from journey_engine.language.carried import HasTag as HasTag
from journey_engine.language.carried import InSegment as InSegment
from journey_engine.language.carried import PersonaIs as PersonaIs
from journey_engine.language.carried import Score as Score
from journey_engine.language.carried import StageIs as StageIs
from journey_engine.language.carried import TagStrength as TagStrength
from journey_engine.language.durations import Duration
from journey_engine.language.terms import BeforeEntry as BeforeEntry
from journey_engine.language.terms import Between as Between
from journey_engine.language.terms import Compare as Compare
from journey_engine.language.terms import Contains as Contains
from journey_engine.language.terms import Known as Known
from journey_engine.language.terms import OneOf as OneOf
from journey_engine.language.terms import Operator as Operator
from journey_engine.language.terms import SinceEntry as SinceEntry
from journey_engine.language.terms import Test as Test
from journey_engine.language.terms import ThisPeriod as ThisPeriod
from journey_engine.language.terms import Value as Value
from journey_engine.language.terms import Window as Window
from journey_engine.language.terms import Within as Within


# ---- events -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Property:
    """A test of one property of an event, inside `where`. `value` is the event's declared value."""

    name: str
    test: Test
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events are meant: name, `of` MESSAGE (click, reply, accepted …), a window, a `where` over properties.

    In a journey that is entered per KEY, only events with the visit's key are meant, of those that have this property
    at all; `any_key` (`of any KEY`) lifts that.
    """

    event: str
    of: str | None = None
    window: Window | None = None
    where: Condition | None = None  # only All, AnyOf, Not and Property below it
    column: int = field(default=0, compare=False)
    of_column: int = field(default=0, compare=False)
    any_key: str | None = None
    key_column: int = field(default=0, compare=False)


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
class DateIsToday:
    """`birthday is today`: its yearly return is today (business zone); 29 February: the 28th of a common year."""

    attribute: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class IsFriend:
    """`is friend`: the last `follow` or `unfollow` not after the instant is a `follow`; of two at once, the later row.

    Who never followed is none.
    """


@dataclass(frozen=True, slots=True)
class Top:
    """`top 5% by sum of purchase.value within 365 days`, `top 10% by purchase`: value at t >= the last cut as of <= t.

    The value is the number of events, or the sum of `property` over them; who has none of them (of the sum: none with
    a value) is not ranked. The cut, made by a refresh, is the value of the k-th best of the n ranked members who are
    not erased, k = share · n rounded up; who has the same value is in. Without a cut nobody is in the top.
    """

    share: Decimal  # 0.05 for 5%
    query: EventQuery
    property: str | None = None
    column: int = field(default=0, compare=False)  # of the property


@dataclass(frozen=True, slots=True)
class Rfm:
    """`rfm recency >= 4`: the score 1 … 5 by the cuts of the last refresh; missing for who has no such event.

    Over the events of `rfm` in schema.yaml within its window: recency ranks by the local date (business zone) of the
    last one, frequency by their number, monetary by the sum of their value. The score is 1 and one more for each of
    the top 80%, 60%, 40% and 20% that the member is in (as `Top` says); it is missing while there is no cut.
    """

    part: Literal["recency", "frequency", "monetary"]
    test: Compare | Between
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
    | Score
    | DateWithinNext
    | DateInThisMonth
    | DateIsToday
    | IsFriend
    | Top
    | Rfm
    | StageIs
    | InSegment
    | PersonaIs
    | InJourney
    | FinishedJourney
    | EntryProperty
    | Property
)


Rank = Top | Rfm


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


def event_names(
    condition: Condition, rfm: str | None = None, scores: Mapping[str, frozenset[str]] | None = None
) -> frozenset[str]:
    """The names of all events the truth of `condition` rests on (`accepted` for `was sent`): its need of coverage.

    `rfm` is the event whose scores `rfm …` asks for and `scores` the events by score, as schema.yaml declares them;
    `Project.event_names` knows both.
    """
    names: set[str] = set()
    for leaf in leaves(condition):
        match leaf:
            case EventCount(query=query) | EventSum(query=query) | DaysSince(query=query) | Top(query=query):
                names.add(query.event)
            case WasSent():
                names.add("accepted")
            case IsFriend():
                names |= {"follow", "unfollow"}
            case Rfm():
                names |= {rfm} if rfm else set()
            case Score(score=score):
                names |= (scores or {}).get(score, frozenset())
            case _:
                pass
    return frozenset(names)

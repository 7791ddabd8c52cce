"""What a condition can be told from: figures of a member's events and marks of her attributes; it reads none of them.

A feature is a count, a sum or the last instant of the events of one kind, in one window; `last` needs none, because a
last event inside a window is the last of all. What a condition asks about a visit's entry or key, about what refreshes
tell of, and what fades by a half-life is told from no feature: it is asked as it always was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from journey_engine.compiler.asked_of_events import whether_any
from journey_engine.compiler.ranks import plain, ranking, window_text
from journey_engine.language.conditions import (
    Attribute,
    Condition,
    DateInThisMonth,
    DateIsToday,
    DateWithinNext,
    DaysSince,
    EventCount,
    EventQuery,
    EventSum,
    HasTag,
    IsFriend,
    Rank,
    Rfm,
    Score,
    ThisPeriod,
    Top,
    WasSent,
    Within,
    leaves,
)
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.language.schema import DERIVED_EVENTS

Span = Within | ThisPeriod


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of events: how many (`number`), the last instant (`last`), or over a property how much (`sum`) and of
    how many events it has a value (`valued`). `kind` has no window of its own."""

    taken: Literal["number", "last", "sum", "valued"]
    kind: EventQuery
    window: Span | None = None
    summed: str = ""

    @property
    def text(self) -> str:
        """The same for the same meaning, wherever in the files it is asked."""
        named = f"{self.taken} {self.summed}".rstrip()
        return f"{named} of {plain(self.kind)}{window_text(replace(self.kind, window=self.window))}"


@dataclass(frozen=True, slots=True)
class Trait:
    """Whether an attribute passes a test."""

    leaf: Attribute

    @property
    def text(self) -> str:
        return plain(self.leaf)


@dataclass(frozen=True, slots=True)
class YearDay:
    """Month and day of an attribute that is a date, as month · 100 + day."""

    attribute: str

    @property
    def text(self) -> str:
        return f"day of {self.attribute}"


@dataclass(frozen=True, slots=True)
class Held:
    """Of a tag: `until` when the last grant that has begun is in force, and when the next begins `later` than that."""

    tag: str
    taken: Literal["until", "later"]

    @property
    def text(self) -> str:
        return f"{self.taken} of tag {self.tag}"


Feature = Figure | Trait | YearDay | Held


def features_of(project: Project, conditions: Iterable[Condition]) -> frozenset[Feature]:
    """All features that these conditions can be told from."""
    found = (features_of_leaf(project, leaf) for condition in conditions for leaf in leaves(condition))
    return frozenset(feature for several in found for feature in several or ())


def features_of_leaf(project: Project, leaf: Condition) -> tuple[Feature, ...] | None:
    """Those of a part that is not `and`, `or`, `not`; None: it cannot be told from features."""
    match leaf:
        case EventCount(query, operator, count):
            return _figures(query, "number" if whether_any(operator, count) is None else "last")
        case EventSum(query, name, _):
            return _figures(query, "sum", name)
        case DaysSince(query, _):
            return _figures(query, "last")
        case WasSent(message):
            return _figures(EventQuery("accepted", of=message), "last")
        case IsFriend():
            return tuple(Figure("last", EventQuery(name)) for name in ("follow", "unfollow"))
        case Top() | Rfm():
            return features_of_rank(project, leaf)
        case Score(score=name):
            kind = project.schema_.scores[name]
            rules = [_figures(rule.on.query, "number") for rule in kind.gives]
            if kind.half_life is not None or None in rules:
                return None
            return tuple(feature for rule in rules for feature in rule or ())
        case HasTag(tag):
            return Held(tag, "until"), Held(tag, "later")
        case Attribute():
            return (Trait(replace(leaf, column=0)),)
        case DateWithinNext() | DateInThisMonth() | DateIsToday():
            return (YearDay(leaf.attribute),)
        case _:
            return None


def features_of_rank(project: Project, rank: Rank) -> tuple[Figure, ...] | None:
    """What a rank is worked out from; a sum over no value ranks nobody, so that these are counted."""
    ranked = ranking(project, rank)
    match ranked.taken:
        case "number":
            return _figures(ranked.query, "number")
        case "last day":
            return _figures(ranked.query, "last")
        case _:
            summed = ranked.taken.removeprefix("sum of ")
            both = [_figures(ranked.query, taken, summed) for taken in ("sum", "valued")]
            return None if None in both else tuple(figure for one in both for figure in one or ())


def windows_of(project: Project, conditions: Iterable[Condition]) -> dict[EventQuery, frozenset[Span | None]]:
    """The windows that these conditions look into, by kind of event; None: as far back as there are events."""
    found: dict[EventQuery, set[Span | None]] = {}
    for query in (query for condition in conditions for leaf in leaves(condition) for query in _queries(project, leaf)):
        whole = figure(query, "number")
        if whole is not None:
            found.setdefault(whole.kind, set()).add(whole.window)
    return {kind: frozenset(windows) for kind, windows in found.items()}


def lengths_of(conditions: Iterable[Condition]) -> frozenset[Duration]:
    """How far ahead they look for dates."""
    found = (leaf for condition in conditions for leaf in leaves(condition))
    return frozenset(leaf.length for leaf in found if isinstance(leaf, DateWithinNext))


def _queries(project: Project, leaf: Condition) -> list[EventQuery]:
    match leaf:
        case EventCount(query=query) | EventSum(query=query) | DaysSince(query=query):
            return [query]
        case Top() | Rfm():
            return [ranking(project, leaf).query]
        case Score(score=name):
            return [rule.on.query for rule in project.schema_.scores[name].gives]
        case WasSent(message):
            return [EventQuery("accepted", of=message)]
        case IsFriend():
            return [EventQuery("follow"), EventQuery("unfollow")]
        case _:
            return []


def figure(query: EventQuery, taken: Literal["number", "last", "sum", "valued"], name: str = "") -> Figure | None:
    """The figure of a query; None where events of that kind, or the window, are told from no feature."""
    window = query.window
    if query.event in DERIVED_EVENTS or not (window is None or isinstance(window, Within | ThisPeriod)):
        return None
    kind = EventQuery(query.event, of=query.of, where=query.where)
    return Figure(taken, kind, None if taken == "last" else window, name)


def _figures(
    query: EventQuery, taken: Literal["number", "last", "sum", "valued"], name: str = ""
) -> tuple[Figure, ...] | None:
    found = figure(query, taken, name)
    return None if found is None else (found,)

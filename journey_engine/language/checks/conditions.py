"""Whether a condition speaks of things that exist and compares them with values of their type; evaluates nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import assert_never

from journey_engine.language import conditions as tree
from journey_engine.language.catalog import BUILT_IN_EVENTS
from journey_engine.language.checks.comparing import test_problems
from journey_engine.language.checks.names import Names, Sentence, Spot, known_problems, tag_nobody_gives, unknown
from journey_engine.language.checks.queries import NO_ENTRY, asked_problems, summed_problems
from journey_engine.language.checks.queries import query_problems as query_problems
from journey_engine.language.places import Problem
from journey_engine.language.words import NOTHING, Words


def condition_problems(condition: tree.Condition, at: Spot) -> Iterator[Problem]:
    """Everything wrong with `condition` at its spot."""
    match condition:
        case tree.All(parts) | tree.AnyOf(parts):
            for part in parts:
                yield from condition_problems(part, at)
        case tree.Not(part):
            yield from condition_problems(part, at)
        case tree.Attribute(name, test, column):
            yield from _attribute(name, test, column, at)
        case tree.EventCount(query=query):
            yield from asked_problems(query, at)
        case tree.EventSum(query, summed, _, column):
            yield from asked_problems(query, at)
            yield from summed_problems(query.event, summed, column, at)
        case tree.DaysSince(query=query):
            yield from asked_problems(query, at)
        case tree.DateWithinNext(name, length, column):
            yield from _date(name, column, at)
            if length.is_exact or length.unit == "month":
                yield at.wrong(column, _IN_DAYS)
        case tree.DateInThisMonth(name, column) | tree.DateIsToday(name, column):
            yield from _date(name, column, at)
        case tree.Top() | tree.Rfm():
            yield from _rank(condition, at)
        case tree.Score(word, _, column):
            yield from known_problems("score", word, at.names.scores, column, at)
            if at.is_watched:
                yield at.wrong(column, _FADES)
        case tree.IsFriend():
            return
        case tree.EntryProperty(name, test, column):
            yield from _entry_property(name, test, column, at)
        case tree.Property(name, _, column):
            yield at.wrong(column, unknown("attribute", name, at.names.attributes or ()))
        case _:
            yield from _named(condition, at)


Named = (
    tree.WasSent
    | tree.HasTag
    | tree.TagStrength
    | tree.StageIs
    | tree.InSegment
    | tree.PersonaIs
    | tree.InJourney
    | tree.FinishedJourney
)


def _named(condition: Named, at: Spot) -> Iterator[Problem]:
    names = at.names
    match condition:
        case tree.WasSent(word, column):
            yield from known_problems("message", word, names.messages, column, at)
        case tree.HasTag(word, column) | tree.TagStrength(word, _, column):
            if names.tags is not None and word not in names.tags:
                yield at.wrong(column, tag_nobody_gives(word, names.tags))
        case tree.StageIs(word, column):
            yield from known_problems("stage", word, names.stages, column, at)
        case tree.InSegment(word, column):
            yield from known_problems("segment", word, names.segments, column, at)
        case tree.PersonaIs(word, column):
            yield from known_problems("persona", word, names.personas, column, at)
        case tree.InJourney(word, column) | tree.FinishedJourney(word, column):
            yield from known_problems("journey", word, names.journeys, column, at)
        case _:
            assert_never(condition)


# ---- ranks --------------------------------------------------------------------------------------------------------
def _rank(rank: tree.Rank, at: Spot) -> Iterator[Problem]:
    if at.is_watched:
        yield at.wrong(_place(rank), _NOT_WATCHED)
        return
    match rank:
        case tree.Top(query=query, property=summed, column=column):
            if isinstance(query.window, tree.SinceEntry | tree.BeforeEntry):
                yield at.wrong(query.column, _NO_ENTRY_OF_ALL)
                return
            yield from asked_problems(query, at)
            if summed is not None:
                yield from summed_problems(query.event, summed, column, at)
        case tree.Rfm(test=test, column=column):
            if at.names.schema is not None and at.names.schema.rfm is None:
                yield at.wrong(column, _NO_RFM)
            if not any(_is_met(test, Decimal(score)) for score in range(1, 6)):
                yield at.wrong(column, _ONE_TO_FIVE)


def _is_met(test: tree.Compare | tree.Between, score: Decimal) -> bool:
    match test:
        case tree.Compare(operator, Decimal() as limit):
            return _MEETS[operator](score, limit)
        case tree.Between(Decimal() as low, Decimal() as high):
            return low <= score <= high
        case _:
            return True


_MEETS = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def _place(rank: tree.Rank) -> int:
    return rank.query.column if isinstance(rank, tree.Top) else rank.column


_NOT_WATCHED = (
    Words(
        "名次（top、rfm）只在每次更新時才變，leave 與 goal 察覺不到。",
        "A rank (top, rfm) moves with the refresh only; leave and goal would not notice.",
    ),
    Words(
        "請把它寫成一個分群，例如 segments/best.yaml，這裡改寫 in segment best。",
        "Make a segment of it, for example segments/best.yaml, and ask here: in segment best.",
    ),
)
_FADES = (
    Words(
        "分數隨每件事、每一天而變，leave 與 goal 察覺不到。",
        "A score moves with every event and every day; leave and goal would not notice.",
    ),
    Words(
        "請把它寫成一個分群，例如 segments/loyal.yaml，這裡改寫 in segment loyal。",
        "Make a segment of it, for example segments/loyal.yaml, and ask here: in segment loyal.",
    ),
)
_NO_ENTRY_OF_ALL = (
    Words("名次是所有會員一起排的，沒有「進入」可言。", "A rank is about all members, who have no entry in common."),
    Words("請改用 within 365 days 這類寫法。", "Use a window such as within 365 days."),
)
_NO_RFM = (
    Words("schema.yaml 沒有寫 rfm 依據哪個事件。", "schema.yaml does not say which event rfm goes by."),
    Words(
        "請在 schema.yaml 加上 rfm: {event: purchase, within: 365 days}。",
        "Add to schema.yaml: rfm: {event: purchase, within: 365 days}.",
    ),
)
_ONE_TO_FIVE = (
    Words("rfm 的分數是 1 到 5，這個條件永遠不成立。", "Scores are 1 to 5; this never holds."),
    Words("例如寫 rfm recency >= 4。", "Write for example: rfm recency >= 4."),
)


# ---- the entry ----------------------------------------------------------------------------------------------------
def _entry_property(name: str, test: tree.Test, column: int, at: Spot) -> Iterator[Problem]:
    if not at.has_entry:
        yield at.wrong(column, NO_ENTRY)
    elif at.entry is not None:
        kind = at.entry.get(name)
        if kind is not None:
            yield from test_problems(name, kind, None, test, column, at)
        elif at.entry:
            yield at.wrong(column, unknown("property", name, at.entry))
        else:
            yield at.wrong(column, _NO_ENTRY_EVENT)


# ---- attributes and types -----------------------------------------------------------------------------------------
def _attribute(name: str, test: tree.Test, column: int, at: Spot) -> Iterator[Problem]:
    names = at.names
    if names.attributes is None or names.schema is None:
        return
    if name not in names.attributes:
        yield at.wrong(column, _no_attribute(name, names))
        return
    kind = names.schema.attributes.get(name)
    if kind is not None:
        yield from test_problems(name, kind.type, kind.values, test, column, at)


def _no_attribute(name: str, names: Names) -> Sentence:
    what, cure = unknown("attribute", name, names.attributes or ())
    holders = [event for event in sorted(names.events or ()) if name in (names.properties_of(event) or {})]
    if names.events and name in names.events:
        cure = Words(
            f"「{name}」是事件，例如寫 {name} within 30 days。", f"“{name}” is an event: {name} within 30 days."
        )
    elif holders and name not in BUILT_IN_EVENTS:
        cure = Words(
            f"「{name}」是事件 {holders[0]} 的屬性；where 有好幾項時請加括號：where (… and …)。",
            f"“{name}” is a property of {holders[0]}; put several tests after where in parentheses: where (… and …).",
        )
    return what, cure


def _date(name: str, column: int, at: Spot) -> Iterator[Problem]:
    names = at.names
    if names.attributes is None or names.schema is None:
        return
    if name not in names.attributes:
        yield at.wrong(column, _no_attribute(name, names))
    elif (kind := names.schema.attributes.get(name)) and kind.type != "date":
        yield at.wrong(column, (Words(f"「{name}」不是日期。", f"“{name}” is not a date."), NOTHING))


_NO_ENTRY_EVENT = (
    Words(
        "這個旅程不是由事件進入的，沒有 entry 屬性。", "Members do not enter this journey by an event with properties."
    ),
    NOTHING,
)
_IN_DAYS = (Words("這裡的長度要寫天或週。", "This length must be in days or weeks."), NOTHING)

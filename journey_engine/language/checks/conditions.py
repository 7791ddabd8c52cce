"""Whether a condition speaks of things that exist and compares them with values of their type; evaluates nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import assert_never

from journey_engine.language import conditions as tree
from journey_engine.language.catalog import BUILT_IN_EVENTS, EVENTS_OF_A_MESSAGE, ValueType
from journey_engine.language.checks.comparing import test_problems
from journey_engine.language.checks.names import Names, Sentence, Spot, tag_nobody_gives, unknown
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
            yield from query_problems(query, at)
        case tree.EventSum(query, summed, _, column):
            yield from query_problems(query, at)
            yield from _summed(query.event, summed, column, at)
        case tree.DaysSince(query=query):
            yield from query_problems(query, at)
        case tree.DateWithinNext(name, length, column):
            yield from _date(name, column, at)
            if length.is_exact or length.unit == "month":
                yield at.wrong(column, _IN_DAYS)
        case tree.DateInThisMonth(name, column):
            yield from _date(name, column, at)
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
    | tree.InJourney
    | tree.FinishedJourney
)


def _named(condition: Named, at: Spot) -> Iterator[Problem]:
    names = at.names
    match condition:
        case tree.WasSent(word, column):
            yield from _known("message", word, names.messages, column, at)
        case tree.HasTag(word, column) | tree.TagStrength(word, _, column):
            if names.tags is not None and word not in names.tags:
                yield at.wrong(column, tag_nobody_gives(word, names.tags))
        case tree.StageIs(word, column):
            yield from _known("stage", word, names.stages, column, at)
        case tree.InSegment(word, column):
            yield from _known("segment", word, names.segments, column, at)
        case tree.InJourney(word, column) | tree.FinishedJourney(word, column):
            yield from _known("journey", word, names.journeys, column, at)
        case _:
            assert_never(condition)


def _known(noun: str, word: str, known: Collection[str] | None, column: int, at: Spot) -> Iterator[Problem]:
    if known is not None and word not in known:
        yield at.wrong(column, unknown(noun, word, known))


# ---- events -------------------------------------------------------------------------------------------------------
def query_problems(query: tree.EventQuery, at: Spot) -> Iterator[Problem]:
    """Everything wrong with an event, its message, window and `where`."""
    names = at.names
    if names.events is not None and query.event not in names.events:
        yield at.wrong(query.column, _no_event(query.event, names))
        return
    if query.of is not None:
        yield from _of(query, query.of, at)
    if isinstance(query.window, tree.SinceEntry | tree.BeforeEntry) and not at.has_entry:
        yield at.wrong(query.column, _NO_ENTRY)
    properties = names.properties_of(query.event)
    if query.where is not None and properties is not None:
        yield from _where(query.where, query, properties, at)


def _no_event(word: str, names: Names) -> Sentence:
    if names.attributes is not None and word in names.attributes:
        what = Words(f"「{word}」是屬性，不是事件。", f"“{word}” is an attribute, not an event.")
        return what, Words(f"例如寫 {word} is known。", f"Write for example: {word} is known.")
    sentence = unknown("event", word, names.events or ())
    if word in (names.tags or ()):
        return sentence[0], Words(f"「{word}」是標籤，請寫 tag {word}。", f"“{word}” is a tag: tag {word}.")
    if word in names.segments:
        return sentence[0], Words(
            f"「{word}」是分群，請寫 in segment {word}。", f"“{word}” is a segment: in segment {word}."
        )
    return sentence


def _of(query: tree.EventQuery, target: str, at: Spot) -> Iterator[Problem]:
    if query.event in EVENTS_OF_A_MESSAGE:
        yield from _known("message", target, at.names.messages, query.of_column, at)
    elif query.event == "go_to":
        yield from _known("journey", target, at.names.journeys, query.of_column, at)
    else:
        what = Words(
            f"「{query.event}」後面不能接 of。", f"“{query.event}” is not of a message, so “of” cannot follow."
        )
        yield at.wrong(query.of_column, (what, NOTHING))
        return
    taps = at.taps.get(target)
    if query.event == "click" and taps is not None and not taps:
        what = Words(f"訊息「{target}」沒有可以點的按鈕。", f"Message “{target}” has no button that taps.")
        cure = Words("請在訊息裡加上有 taps 的按鈕。", "Give it a button with taps: NAME.")
        yield at.wrong(query.of_column, (what, cure))


def _where(
    where: tree.Condition, query: tree.EventQuery, properties: Mapping[str, ValueType], at: Spot
) -> Iterator[Problem]:
    for leaf in tree.leaves(where):
        if not isinstance(leaf, tree.Property):
            continue
        kind = properties.get(leaf.name)
        if kind is None:
            what = Words(
                f"事件「{query.event}」沒有屬性「{leaf.name}」。",
                f"Event “{query.event}” has no property “{leaf.name}”.",
            )
            yield at.wrong(leaf.column, (what, unknown("property", leaf.name, properties)[1]))
            continue
        yield from test_problems(leaf.name, kind, None, leaf.test, leaf.column, at)
        taps = at.taps.get(query.of or "")
        if query.event == "click" and leaf.name == "button" and taps:
            for button in _texts(leaf.test):
                if button not in taps:
                    yield at.wrong(leaf.column, unknown("button", button, taps))


def _texts(test: tree.Test) -> tuple[str, ...]:
    match test:
        case tree.Compare(value=str(value)):
            return (value,)
        case tree.OneOf(values):
            return tuple(value for value in values if isinstance(value, str))
        case _:
            return ()


def _summed(event: str, summed: str, column: int, at: Spot) -> Iterator[Problem]:
    properties = at.names.properties_of(event)
    if properties is None:
        return
    kind = properties.get(summed)
    if kind is None:
        what = Words(f"事件「{event}」沒有屬性「{summed}」。", f"Event “{event}” has no property “{summed}”.")
        yield at.wrong(column, (what, unknown("property", summed, properties)[1]))
    elif kind not in ("number", "money"):
        yield at.wrong(
            column, (Words(f"「{summed}」不是數字，不能加總。", f"“{summed}” is no number to sum up."), NOTHING)
        )


def _entry_property(name: str, test: tree.Test, column: int, at: Spot) -> Iterator[Problem]:
    if not at.has_entry:
        yield at.wrong(column, _NO_ENTRY)
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


_NO_ENTRY = (
    Words("這裡不在旅程裡，沒有「進入」可言。", "This is not inside a journey, so there is no entry."),
    Words("請改用 within 30 days 這類寫法。", "Use a window such as within 30 days."),
)
_NO_ENTRY_EVENT = (
    Words(
        "這個旅程不是由事件進入的，沒有 entry 屬性。", "Members do not enter this journey by an event with properties."
    ),
    NOTHING,
)
_IN_DAYS = (Words("這裡的長度要寫天或週。", "This length must be in days or weeks."), NOTHING)

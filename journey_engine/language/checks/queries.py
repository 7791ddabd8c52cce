"""Whether an event pattern means events that exist, with their message, key and properties; evaluates nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from journey_engine.language import conditions as tree
from journey_engine.language.checks.comparing import test_problems
from journey_engine.language.checks.names import Names, Sentence, Spot, known_problems, unknown
from journey_engine.language.places import Problem
from journey_engine.language.schema import (
    EVENTS_OF_A_COUPON,
    EVENTS_OF_A_JOURNEY,
    EVENTS_OF_A_MESSAGE,
    EVENTS_OF_A_REPLY,
    EVENTS_OF_A_SEGMENT,
    EVENTS_OF_A_SURVEY,
    ValueType,
)
from journey_engine.language.words import NOTHING, Words

NO_ENTRY = (
    Words("這裡不在旅程裡，沒有「進入」可言。", "This is not inside a journey, so there is no entry."),
    Words("請改用 within 30 days 這類寫法。", "Use a window such as within 30 days."),
)


def query_problems(query: tree.EventQuery, at: Spot) -> Iterator[Problem]:
    """Everything wrong with an event, its message, window and `where`."""
    names = at.names
    if names.events is not None and query.event not in names.events:
        yield at.wrong(query.column, _no_event(query.event, names))
        return
    if query.of is not None:
        yield from _of(query, query.of, at)
    if query.any_key is not None:
        yield from _any_key(query, query.any_key, at)
    if isinstance(query.window, tree.SinceEntry | tree.BeforeEntry) and not at.has_entry:
        yield at.wrong(query.column, NO_ENTRY)
    properties = names.properties_of(query.event)
    if query.where is not None and properties is not None:
        yield from _where(query.where, query, properties, at)


def asked_problems(query: tree.EventQuery, at: Spot) -> Iterator[Problem]:
    """The same for a condition, which may ask further back than events are kept (policy.yaml, retention)."""
    yield from query_problems(query, at)
    kept, window = at.names.kept, query.window
    if kept is None or query.event not in (at.names.events or ()):
        return
    match window:
        case tree.SinceEntry() | tree.ThisPeriod():  # what open visits ask about stays
            return
        case tree.Within(length=length) if length.longest <= kept.longest:
            return
        case _:
            what = Words(
                f"這裡問的「{query.event}」比保留期限 {kept} 更久，更早的事件已經刪除。",
                f"This asks about “{query.event}” further back than events are kept ({kept}).",
            )
            cure = Words(
                f"請寫 within {kept} 以內，或把 policy.yaml 的 retention.events 拉長。",
                f"Ask within {kept} at most, or let policy.yaml's retention keep events longer.",
            )
            yield at.page.problem(at.path, what, cure, column=query.column, severity="warning")


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
        yield from known_problems("message", target, at.names.messages, query.of_column, at)
    elif query.event in EVENTS_OF_A_JOURNEY:
        yield from known_problems("journey", target, at.names.journeys, query.of_column, at)
    elif query.event in EVENTS_OF_A_REPLY:
        yield from known_problems("rule", target, at.names.replies, query.of_column, at)
    elif query.event in EVENTS_OF_A_SEGMENT:
        yield from known_problems("segment", target, at.names.segments, query.of_column, at)
    elif query.event in EVENTS_OF_A_COUPON:
        yield from known_problems("coupon", target, at.names.coupons, query.of_column, at)
    elif query.event in EVENTS_OF_A_SURVEY:
        yield from known_problems("survey", target, at.names.surveys, query.of_column, at)
    else:
        what = Words(
            f"「{query.event}」後面不能接 of。", f"“{query.event}” is not of a message, so “of” cannot follow."
        )
        yield at.wrong(query.of_column, (what, NOTHING))
        return
    taps = at.taps.get(target)
    if query.event == "click" and taps is not None and not taps and not at.names.links.get(target):
        what = Words(f"訊息「{target}」沒有可以點的按鈕或連結。", f"Message “{target}” has no button or link to tap.")
        cure = Words("請在訊息裡加上有 taps 或 opens 的按鈕。", "Give it a button with taps: NAME or opens: ADDRESS.")
        yield at.wrong(query.of_column, (what, cure))


def _any_key(query: tree.EventQuery, key: str, at: Spot) -> Iterator[Problem]:
    properties = at.names.properties_of(query.event)
    if properties is not None and key not in properties:
        yield at.wrong(query.key_column, no_property(query.event, key, properties))
    elif at.key != key:
        what = Words(
            f"這裡不是每個 {key} 各走一次，不寫 of any 也看得到全部。",
            f"This is not entered per {key}: all are seen without “of any” too.",
        )
        cure = Words(f"請刪掉 of any {key}。", f"Leave out: of any {key}.")
        yield at.wrong(query.key_column, (what, cure))


def no_property(event: str, name: str, properties: Mapping[str, ValueType]) -> Sentence:
    """The sentence about a property that an event does not have."""
    what = Words(f"事件「{event}」沒有屬性「{name}」。", f"Event “{event}” has no property “{name}”.")
    return what, unknown("property", name, properties)[1]


def _where(
    where: tree.Condition, query: tree.EventQuery, properties: Mapping[str, ValueType], at: Spot
) -> Iterator[Problem]:
    for leaf in tree.leaves(where):
        if not isinstance(leaf, tree.Property):
            continue
        kind = properties.get(leaf.name)
        if kind is None:
            yield at.wrong(leaf.column, no_property(query.event, leaf.name, properties))
            continue
        yield from test_problems(leaf.name, kind, None, leaf.test, leaf.column, at)
        yield from _of_survey(leaf, query, where, at)
        taps = at.taps.get(query.of or "")
        if query.event == "click" and leaf.name == "button" and taps:
            for button in _texts(leaf.test):
                if button not in taps:
                    yield at.wrong(leaf.column, unknown("button", button, taps))
        links = at.names.links.get(query.of or "", frozenset())
        if query.event == "click" and leaf.name == "link" and links and "" not in links:
            for link in _texts(leaf.test):
                if link not in links:
                    yield at.wrong(leaf.column, unknown("link", link, links))


def _of_survey(leaf: tree.Property, query: tree.EventQuery, where: tree.Condition, at: Spot) -> Iterator[Problem]:
    """Whether the survey has the question, and the question such answers."""
    survey = at.names.surveys.get(query.of or "") if query.event in EVENTS_OF_A_SURVEY else None
    if survey is None:
        return
    if leaf.name == "question":
        for name in _texts(leaf.test):
            if name not in survey.questions:
                yield at.wrong(leaf.column, unknown("question", name, survey.questions))
    elif leaf.name in ("band", "score"):
        properties = (
            each for each in tree.leaves(where) if isinstance(each, tree.Property) and each.name == "question"
        )
        named = [name for each in properties for name in _texts(each.test)]
        asked = [survey.questions[name] for name in named or survey.questions if name in survey.questions]
        bands = [band for question in asked for band in question.bands]
        if leaf.name == "band":
            for band in _texts(leaf.test):
                if asked and band not in bands:
                    yield at.wrong(leaf.column, unknown("band", band, bands))
        elif asked and not any(question.has_score for question in asked):
            yield at.wrong(leaf.column, _NO_SCORE)


_NO_SCORE = (
    Words("這一題沒有分數。", "This question has no score."),
    Words("請改寫 is 選項，例如 answer of skin.type is dry。", "Ask for the option: answer of skin.type is dry."),
)


def _texts(test: tree.Test) -> tuple[str, ...]:
    match test:
        case tree.Compare(value=str(value)):
            return (value,)
        case tree.OneOf(values):
            return tuple(value for value in values if isinstance(value, str))
        case _:
            return ()


def summed_problems(event: str, summed: str, column: int, at: Spot) -> Iterator[Problem]:
    """What is wrong with summing up this property of the event's."""
    properties = at.names.properties_of(event)
    if properties is None:
        return
    kind = properties.get(summed)
    if kind is None:
        yield at.wrong(column, no_property(event, summed, properties))
    elif kind not in ("number", "money"):
        yield at.wrong(
            column, (Words(f"「{summed}」不是數字，不能加總。", f"“{summed}” is no number to sum up."), NOTHING)
        )

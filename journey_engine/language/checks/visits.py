"""What a message is filled with on a visit to a journey, and whether the journey's own entry brings it; fills nothing.

That anything brings it at all is told where the message is written; here it is told of each step that sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from journey_engine.language.catalog import BUILT_IN_EVENTS, Schema, ValueType
from journey_engine.language.checks.flexes import strings_of
from journey_engine.language.checks.names import Sentence, Spot
from journey_engine.language.checks.slots import fitting, list_in_a_text
from journey_engine.language.contents import Cards
from journey_engine.language.gather import Gathered, Kept, once
from journey_engine.language.journey import Journey, Send
from journey_engine.language.message import Message, container_of
from journey_engine.language.placeholders import Slot, slots
from journey_engine.language.places import Problem
from journey_engine.language.words import NOTHING, Words, near

ENTRY = "entry."
_SPOKEN = {"alt", "say", "quick_replies", "sender"}


@dataclass(frozen=True)
class _Sent:
    """A message that a step at `spot` sends to who came in by `trigger`, which brings `entry`.

    `bringers`: for each property the events that bring it.
    """

    name: str
    message: Message
    spot: Spot
    trigger: Words
    entry: Mapping[str, ValueType]
    bringers: Mapping[str, list[str]]


@once
def slots_of(found: Gathered) -> Mapping[str, tuple[Slot, ...]]:
    """Every brace of each message that is filled, its flex files' included."""
    return {name: tuple(_slots(found, kept.value)) for name, kept in found.messages.items()}


def _slots(found: Gathered, message: Message) -> Iterator[Slot]:
    said = message.model_dump(mode="json", by_alias=True, include=_SPOKEN)
    files = [file for each in message.say if isinstance(file := container_of(each), str)]
    for whole in (said, *(found.flexes[file] for file in files if file in found.flexes)):
        for _, text in strings_of(whole):
            yield from slots(text)


def visit_problems(found: Gathered, kept: Kept, spot: Spot) -> Iterator[Problem]:
    """What the messages of a journey's steps ask of its entry, and it does not bring."""
    if spot.entry is None:
        return
    journey: Journey = kept.value
    trigger, bringers = _trigger(journey), _bringers(found)
    for path, _, step in kept.steps:
        if isinstance(step, Send) and step.send in found.messages:
            at, message = spot.below(*path, "send"), found.messages[step.send].value
            sent = _Sent(step.send, message, at, trigger, spot.entry, bringers)
            for (what, cure), severity in [*_texts(found, sent), *_decks(sent)]:
                yield spot.page.problem(at.path, what, cure, severity=severity)


Told = tuple[Sentence, Literal["error", "warning"]]


def _texts(found: Gathered, sent: _Sent) -> Iterator[Told]:
    """A text without a default for what is never there goes to nobody; each name is told once."""
    seen, entry = set[str](), sent.entry
    for slot in slots_of(found)[sent.name]:
        name = (slot.field or "").removeprefix(ENTRY)
        if name == slot.field or name in seen or _is_nowhere(sent.spot, name):
            continue
        if name not in entry:
            if slot.default is None:
                seen.add(name)
                yield _lacks(sent, name), "error"
        elif not _is_told_there(sent.spot, name):
            seen.add(name)
            wrong = [list_in_a_text(name)] if entry[name] == "list" else fitting(slot, entry[name])
            for sentence in wrong:
                yield _of(sent, sentence), "error"


def _decks(sent: _Sent) -> Iterator[Told]:
    """Cards of a list that is never there are left out; a message of nothing else goes to nobody."""
    decks = [said.cards.of.removeprefix(ENTRY) for said in sent.message.say if isinstance(said, Cards)]
    alone = len(decks) == len(sent.message.say)
    for name in dict.fromkeys(decks):
        if _is_nowhere(sent.spot, name) or sent.entry.get(name) == "list":
            continue
        fate = (
            Words("這則訊息沒有東西可以傳。", "nothing of it is left to send.")
            if alone
            else Words("這些卡片不會出現。", "its cards are left out.")
        )
        if name not in sent.entry:
            what = Words(
                f"訊息「{sent.name}」的卡片要用「{ENTRY}{name}」，但{sent.trigger.zh}沒有帶：{fate.zh}",
                f"“{sent.name}” makes cards of “{ENTRY}{name}”, which {sent.trigger.en} does not bring: {fate.en}",
            )
            lists = [each for each, kind in sent.entry.items() if kind == "list"]
            yield (what, _cure(sent, name, lists, _ELSE)), "error" if alone else "warning"
        elif not _is_told_there(sent.spot, name):
            what = Words(f"「{name}」不是清單：{fate.zh}", f"“{name}” is no list: {fate.en}")
            cure = Words("schema.yaml 要寫 list。", "In schema.yaml it must be a list.")
            yield _of(sent, (what, cure)), "error" if alone else "warning"


def _is_nowhere(spot: Spot, name: str) -> bool:
    """Whether nothing brings it at all, which is told where the message is written."""
    return spot.names.brought is not None and name not in spot.names.brought


def _is_told_there(spot: Spot, name: str) -> bool:
    """Whether everything that brings it brings it in one type, so that the message itself says if that does not fit."""
    return spot.names.brought is not None and spot.names.brought.get(name) is not None


def _lacks(sent: _Sent, name: str) -> Sentence:
    what = Words(
        f"訊息「{sent.name}」要填「{ENTRY}{name}」，但{sent.trigger.zh}沒有帶，從這裡傳不出去。",
        f"“{sent.name}” asks for “{ENTRY}{name}”, which {sent.trigger.en} does not bring; from here it cannot be sent.",
    )
    return what, _cure(sent, name, list(sent.entry), _ELSE_OR_DEFAULT)


def _cure(sent: _Sent, name: str, there: list[str], otherwise: Words) -> Words:
    """What is near, else who brings it and what else can be done."""
    if likely := near(name, there):
        zh, en = (mark.join(f"{ENTRY}{each}" for each in likely) for mark in ("」或「", "” or “"))
        return Words(f"訊息裡是否要寫「{zh}」？", f"Did you mean “{en}” in the message?")
    bringers = sent.bringers.get(name, [])
    zh, en = "、".join(bringers), ", ".join(bringers)
    who = Words(f"會帶它的事件：{zh}。", f"It comes with: {en}. ") if bringers else NOTHING
    return Words(who.zh + otherwise.zh, who.en + otherwise.en)


_ELSE = Words("請改傳別則訊息。", "Send another message.")
_ELSE_OR_DEFAULT = Words(
    "請改傳別則訊息，或在訊息裡替它寫預設文字。", "Send another message, or give it a default there."
)


def _trigger(journey: Journey) -> Words:
    """What lets members in: “event “purchase””."""
    if journey.enter.on is not None:
        event = journey.enter.on.query.event
        return Words(f"進入事件「{event}」", f"the event “{event}”")
    return Words("進入這個旅程的方式", "the way into this journey")


@once
def _bringers(found: Gathered) -> Mapping[str, list[str]]:
    bringers: dict[str, list[str]] = {}
    if found.schema is not None:
        schema: Schema = found.schema.value
        for event in (*BUILT_IN_EVENTS, *schema.events):
            for name in schema.properties_of(event) or ():
                bringers.setdefault(name, []).append(event)
    return bringers


def _of(sent: _Sent, sentence: Sentence) -> Sentence:
    what, cure = sentence
    return Words(f"訊息「{sent.name}」：{what.zh}", f"Message “{sent.name}”: {what.en}"), cure

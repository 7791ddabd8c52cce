"""One message filled for a look at it: LINE's message objects, and what was put where, or why it would not go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from journey_engine.language.contents import ITEM
from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.line.filling import COUPON, Blocked, Dealt, Filled
from journey_engine.line.placeholders import Missing, Placeholder
from journey_engine.line.render import Rendering, UnsendableMessage, compile_message
from journey_engine.previewing.samples import sample_items, sample_of
from journey_engine.saying.reasons import unsent

Kind = Literal["blocked", "default", "sample", "value"]
_ENTRY = "entry."


@dataclass(frozen=True, slots=True)
class Note:
    """One line beside the message: what was filled in and from where, or why she would not get it."""

    kind: Kind
    words: Words


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would look; `messages` None if it cannot be drawn at all. `blocked`: she would not get this."""

    message: str
    title: str
    topic: str
    messages: list[dict[str, Any]] | None
    notes: tuple[Note, ...] = field(default=())
    silent: bool = False

    @property
    def blocked(self) -> bool:
        """Whether what is drawn would not be sent."""
        return any(note.kind == "blocked" for note in self.notes)

    def as_json(self, language: Language) -> dict[str, Any]:
        """The preview as the page's scripts take it."""
        notes = [{"kind": note.kind, "words": note.words.said(language)} for note in self.notes]
        account = Words("官方帳號", "Official account").said(language)
        said = {"message": self.message, "title": self.title, "topic": self.topic, "account": account}
        return {**said, "messages": self.messages, "notes": notes, "silent": self.silent}


def preview_of(
    project: Project,
    message: Message,
    values: Mapping[str, Any],
    *,
    member: bool,
    against: Sequence[Words] = (),
) -> Preview:
    """`message` with `values`; what they lack is shown with samples, and said.

    With `member` the values are somebody's: what she lacks and has no default blocks the message, as it would when it
    is sent. `against`: what else stands against sending it to her.
    """
    notes = [Note("blocked", words) for words in against]
    try:
        rendering = compile_message(project, message)
    except UnsendableMessage as error:
        told = Words(f"LINE 不會收下這則訊息：{error.reason}", error.reason)
        return Preview(message.message, message.title, message.topic, None, (*notes, Note("blocked", told)))
    filled = dict(values)
    for wanted, link in wanted_by(rendering):
        note, filled[wanted.name] = _value(project, wanted, values, member=member, link=link)
        notes.append(note)
    for cards in _cards(rendering):
        if not member and not cards.has_items(filled):
            filled[cards.of] = items = sample_items(cards, project)
            count = len(items)
            notes.append(
                Note("sample", Words(f"{cards.of}：{count} 項（示範）", f"{cards.of}: {count} items (samples)"))
            )
    try:
        made: list[dict[str, Any]] | None = json.loads(rendering.messages(filled))
    except Blocked as blocked:
        made = None
        notes.append(Note("blocked", unsent(blocked.reason)))
    return Preview(message.message, message.title, message.topic, made, tuple(notes), rendering.silent)


def wanted_by(rendering: Rendering) -> Iterator[tuple[Placeholder, bool]]:
    """The placeholders of a compiled message, each name once, in order, and whether it begins an address.

    Those of a card's own item are left out.
    """
    seen: set[str] = set()
    for piece in _filled(rendering):
        for number, part in enumerate(piece.parts):
            own = isinstance(part, Placeholder) and part.name.split(".")[0] == ITEM
            if isinstance(part, Placeholder) and not own and part.name not in seen:
                seen.add(part.name)
                yield part, piece.link and number == 0


def _filled(rendering: Rendering) -> Iterator[Filled]:
    for piece in (piece for pieces in (*rendering.objects, rendering.below) for piece in pieces):
        for inner in piece.pieces if isinstance(piece, Dealt) else (piece,):
            if isinstance(inner, Filled):
                yield inner


def _cards(rendering: Rendering) -> Iterator[Dealt]:
    return (piece for pieces in rendering.objects for piece in pieces if isinstance(piece, Dealt))


def _value(
    project: Project, wanted: Placeholder, values: Mapping[str, Any], *, member: bool, link: bool
) -> tuple[Note, Any]:
    name, given = wanted.name, values.get(wanted.name)
    own = _said(wanted, values)
    if own is not None:
        return Note("value", Words(f"{name}：{own}", f"{name}: {own}")), given
    if wanted.default is not None:
        shown = wanted.default
        told = Words(f"{name}：{shown}（預設）", f"{name}: {shown} (the default)")
        nothing = Words(f"{name}：留空（預設）", f"{name}: left out (the default)")
        return Note("default", told if shown.strip() else nothing), given
    sample = sample_of(wanted, project, link=link)
    shown = _said(wanted, {name: sample}) or sample
    if member and not _comes_later(name, values):
        return Note("blocked", _blocked(name, given, shown)), sample
    return Note("sample", Words(f"{name}：{shown}（示範值）", f"{name}: {shown} (a sample)")), sample


def _said(wanted: Placeholder, values: Mapping[str, Any]) -> str | None:
    """The value in its form, defaults aside."""
    try:
        return replace(wanted, default=None).value(values)
    except Missing:
        return None


def _comes_later(name: str, values: Mapping[str, Any]) -> bool:
    """Whether she gets it only when she comes to the step: a code, or what a visit she has not begun brings along."""
    inside = any(known.startswith(_ENTRY) for known in values)
    return name.startswith(COUPON) or (name.startswith(_ENTRY) and not inside)


def _blocked(name: str, given: object, sample: str) -> Words:
    why = unsent(f"missing value: {name}")
    what = "" if given is None else str(given)
    zh = f"不會送出：{why.zh}" + (f"（現在是「{what}」）" if what else "") + f"；下面以示範值「{sample}」代替"
    en = f"Not sent: {why.en}" + (f" (now “{what}”)" if what else "") + f"; “{sample}” stands for it below"
    return Words(zh, en)

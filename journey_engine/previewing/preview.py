"""One message filled for a look at it: LINE's message objects, and what was put where, or why it would not go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.line.filling import Blocked, Filled
from journey_engine.line.placeholders import Missing, Placeholder
from journey_engine.line.render import Rendering, UnsendableMessage, compile_message
from journey_engine.previewing.samples import sample_of
from journey_engine.saying.reasons import unsent

Kind = Literal["blocked", "missing", "default", "sample", "value", "about"]


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

    @property
    def blocked(self) -> bool:
        """Whether what is drawn would not be sent."""
        return any(note.kind == "blocked" for note in self.notes)

    def as_json(self, language: Language) -> dict[str, Any]:
        """The preview as the page's scripts take it."""
        notes = [{"kind": note.kind, "words": note.words.said(language)} for note in self.notes]
        account = Words("官方帳號", "Official account").said(language)
        said = {"message": self.message, "title": self.title, "topic": self.topic, "account": account}
        return {**said, "messages": self.messages, "notes": notes}


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
    for wanted in wanted_by(rendering):
        note, filled[wanted.attribute] = _value(wanted, values, member)
        notes.append(note)
    try:
        made: list[dict[str, Any]] | None = json.loads(rendering.messages(filled))
    except Blocked as blocked:
        made = None
        notes.append(Note("blocked", unsent(blocked.reason)))
    return Preview(message.message, message.title, message.topic, made, tuple(notes))


def wanted_by(rendering: Rendering) -> Iterator[Placeholder]:
    """The placeholders of a compiled message, each attribute once, in the order in which they stand."""
    seen: set[str] = set()
    for piece in rendering.pieces:
        for part in piece.parts if isinstance(piece, Filled) else ():
            if isinstance(part, Placeholder) and part.attribute not in seen:
                seen.add(part.attribute)
                yield part


def _value(wanted: Placeholder, values: Mapping[str, Any], member: bool) -> tuple[Note, Any]:
    name, given = wanted.attribute, values.get(wanted.attribute)
    try:
        shown = wanted.value(values)
    except Missing:
        sample = sample_of(wanted)
        if member:
            return Note("blocked", _blocked(name, given, sample)), sample
        return Note("sample", Words(f"{name}：{sample}（示範值）", f"{name}: {sample} (a sample)")), sample
    if given is None or str(given).strip() != shown:
        return Note("default", Words(f"{name}：{shown}（預設）", f"{name}: {shown} (the default)")), given
    return Note("value", Words(f"{name}：{shown}", f"{name}: {shown}")), given


def _blocked(name: str, given: object, sample: str) -> Words:
    why = unsent(f"missing value: {name}")
    what = "" if given is None else str(given)
    zh = f"不會送出：{why.zh}" + (f"（現在是「{what}」）" if what else "") + f"；下面以示範值「{sample}」代替"
    en = f"Not sent: {why.en}" + (f" (now “{what}”)" if what else "") + f"; “{sample}” stands for it below"
    return Words(zh, en)

"""A journey as a tree of lines for a terminal, branches set in and shown where they rejoin; it measures no terminal."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.drawing.parts import Part, Way, parts
from journey_engine.language.journey import Journey
from journey_engine.language.words import Language, Words
from journey_engine.saying.titles import Titles
from journey_engine.saying.triggers import entering
from journey_engine.saying.values import spaced

MARKS = {
    "send": "✉",
    "wait": "◷",
    "branch": "◆",
    "split": "⚂",
    "tag": "#",
    "untag": "#",
    "set": "=",
    "call": "↗",
    "hand_off": "☎",
    "go_to": "»",
    "stop": "■",
}
_END = Words("結束", "the end")


def tree(journey: Journey, titles: Titles, language: Language) -> str:
    """The journey from its entrance to its end, a step a line: mark, name, what it does."""
    row = parts(journey, titles)
    lines = [f"● {sentence.said(language)}" for sentence in map(spaced, entering(journey, titles)[:1])]
    lines += _row(row, language, "")
    if all(part.goes_on for part in row):
        lines += ["│", f"○ {_END.said(language)}"]
    return "\n".join(lines)


def _row(row: tuple[Part, ...], language: Language, margin: str) -> Iterator[str]:
    for part in row:
        yield f"{margin}│"
        yield f"{margin}{MARKS[part.verb]} {part.name}  {part.provided.said(language)}{part.does.said(language)}"
        for way in part.ways:
            yield from _way(way, language, margin)


def _way(way: Way, language: Language, margin: str) -> Iterator[str]:
    to = way.to or _END.said(language)
    if not way.parts:
        yield f"{margin}├─ {way.label.said(language)} → {to}"
        return
    yield f"{margin}├─ {way.label.said(language)}"
    yield from _row(way.parts, language, f"{margin}│  ")
    if way.goes_on:
        yield f"{margin}│  ╰→ {to}"

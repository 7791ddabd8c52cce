"""Where each box, line and label of a drawn journey goes, in pixels from the upper left corner; it paints nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from journey_engine.drawing.parts import Part, Way
from journey_engine.language.words import Language

WIDTH, GAP, ROW, PAD = 216, 28, 22, 12  # of a box, between columns, a line of text, inside a box
DOWN = 30  # between two boxes
LABEL = 18  # a line of a way's label
_WIDOW = 4  # half-width letters that are too few for a line of their own
_LETTERS = 23  # widths of a half-width letter in a box; a Chinese one takes two


@dataclass(frozen=True, slots=True)
class Box:
    """One step: upper left corner, height, lines of text, and a fainter first part of them (its condition)."""

    x: float
    y: float
    height: float
    verb: str
    name: str
    condition: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a way on, centred at x, its first line at y."""

    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """A line through points; dashed when it is taken only if a condition does not hold."""

    points: tuple[tuple[float, float], ...]
    is_dashed: bool = False
    has_arrow: bool = False


@dataclass(slots=True)
class Sheet:
    """All that is to be painted."""

    boxes: list[Box] = field(default_factory=list[Box])
    labels: list[Label] = field(default_factory=list[Label])
    wires: list[Wire] = field(default_factory=list[Wire])


def wrapped(text: str, letters: int = _LETTERS) -> tuple[str, ...]:
    """The text in lines of at most so many half-width letters; Latin words stay whole where they fit.

    A last line of a letter or two takes some more from the line before.
    """
    lines = _filled(text, letters)
    for fewer in range(letters - 1, letters - _WIDOW - 4, -1):
        if len(lines) < 2 or _size(lines[-1]) > _WIDOW:
            break
        narrower = _filled(text, fewer)
        lines = narrower if len(narrower) == len(lines) else lines
    return lines


def _filled(text: str, letters: int) -> tuple[str, ...]:
    lines, line, width = list[str](), "", 0
    for word in _words(text):
        size = _size(word)
        if line and width + size > letters:
            lines.append(line.rstrip())
            line, width = "", 0
            word, size = word.lstrip(), _size(word.lstrip())
        while size > letters:
            lines.append(word[:letters])
            word = word[letters:]
            size = _size(word)
        line, width = line + word, width + size
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)


def _size(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _words(text: str) -> Iterator[str]:
    """Chinese letters one by one (a closing sign stays with the one before), runs of others with their spaces."""
    word = ""
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in "WF"
        if letter in "，。、；：）」？！":
            word += letter
        elif wide or letter == " " or (word and unicodedata.east_asian_width(word[-1]) in "WF"):
            if word and not word.endswith(("「", "（")):
                yield word
                word = ""
            word += letter
        else:
            word += letter
    if word:
        yield word


def width_of(row: Sequence[Part]) -> float:
    """How wide the row is with everything that hangs below it."""
    return max((_width(part) for part in row), default=float(WIDTH))


def _width(part: Part) -> float:
    if not part.ways:
        return WIDTH
    return max(float(WIDTH), sum(width_of(way.parts) for way in part.ways) + GAP * (len(part.ways) - 1))


def place_row(sheet: Sheet, row: Sequence[Part], middle: float, top: float, language: Language) -> float:
    """Put the row's boxes below each other around x = `middle`; the y where it ends."""
    y = top
    for number, part in enumerate(row):
        if number:
            before = row[number - 1]
            sheet.wires.append(Wire(((middle, y), (middle, y + DOWN)), before.is_last, has_arrow=True))
            y += DOWN
        y = _place(sheet, part, middle, y, language)
    return y


def _place(sheet: Sheet, part: Part, middle: float, top: float, language: Language) -> float:
    condition = wrapped(part.provided.said(language).strip())
    lines = wrapped(part.does.said(language))
    height = PAD * 2 + ROW * (len(condition) + len(lines)) + 16
    sheet.boxes.append(Box(middle - WIDTH / 2, top, height, part.verb, part.name, condition, lines))
    bottom = top + height
    return _fan(sheet, part.ways, middle, bottom, language) if part.ways else bottom


def _fan(sheet: Sheet, ways: Sequence[Way], middle: float, top: float, language: Language) -> float:
    """The ways side by side below a box, and the line in which those that go on come together again."""
    widths = [width_of(way.parts) for way in ways]
    left = middle - (sum(widths) + GAP * (len(ways) - 1)) / 2
    bar = top + DOWN / 2
    labels = [wrapped(way.label.said(language)) for way in ways]
    first = bar + 8 + LABEL * max(len(lines) for lines in labels) + 18
    ends: list[tuple[float, float, bool]] = []
    sheet.wires.append(Wire(((middle, top), (middle, bar))))
    for way, width, lines in zip(ways, widths, labels, strict=True):
        x = left + width / 2
        sheet.wires.append(Wire(((middle, bar), (x, bar), (x, first)), has_arrow=bool(way.parts)))
        sheet.labels.append(Label(x, bar + 8 + LABEL, lines))
        ends.append((x, place_row(sheet, way.parts, x, first, language), way.goes_on))
        left += width + GAP
    bottom = max(y for _, y, _ in ends) + DOWN / 2
    for (x, y, goes_on), way in zip(ends, ways, strict=True):
        if goes_on:
            last = bool(way.parts) and way.parts[-1].is_last
            sheet.wires.append(Wire(((x, y), (x, bottom), (middle, bottom)), last))
    return bottom

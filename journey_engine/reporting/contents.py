"""What a page says, before anybody says how it looks: sections of sentences, tables and drawings; values only, pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from journey_engine.language.words import NOTHING, Words

# share: 0.189 is 18.9 %; points: a difference of shares, +1.2 percentage points; money: two decimals, the currency is
# in the column's head; number: one decimal; change: a whole number with its sign; growth: 0.05 is +5.0 %; p: a p value.
Kind = Literal["text", "count", "share", "points", "money", "number", "change", "growth", "p"]


@dataclass(frozen=True, slots=True)
class Spread:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


Cell = str | Words | int | float | Decimal | date | datetime | Spread | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and how its values are written."""

    head: Words
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. `name` (a-z, dashes) is the CSV's file name; a cell of None is not known, and stays empty."""

    name: str
    title: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Words = NOTHING


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph. `alarm`: something is wrong and somebody has to act; `hint`: how to read what stands there."""

    words: Words
    tone: Literal["plain", "alarm", "hint"] = "plain"


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure that stands large, with what it is."""

    title: Words
    value: Cell
    kind: Kind = "count"
    note: Words = NOTHING


@dataclass(frozen=True, slots=True)
class Tiles:
    """A few figures side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as one SVG element, which stands in the page as it is: drawn by our own code, never by others."""

    svg: str
    caption: Words = NOTHING


Block = Sentence | Table | Tiles | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under its heading. `name`: a-z and dashes, the place in the page."""

    name: str
    title: Words
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page says. `subtitle`: which time, which line, from which state."""

    title: Words
    subtitle: Words
    sections: tuple[Section, ...]
    foot: Words = NOTHING


def tables(page: Page) -> Iterator[Table]:
    """Every table of the page, in order."""
    return (block for section in page.sections for block in section.blocks if isinstance(block, Table))

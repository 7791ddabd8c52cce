"""What a column of a file looks like, by its name and the first rows: a number, an instant, a consent; decides none."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from journey_engine.data.last_rows import NO, YES
from journey_engine.members.phones import e164
from journey_engine.reading.sources import Reading, names_for

ROWS = 20_000  # rows that are looked at
_FEW = 12  # different values that are a set
_MOST = 0.95

Form = Literal["empty", "number", "date", "instant", "line", "email", "phone", "consent", "text"]

_NUMBER = re.compile(r"\s*[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?\s*")
_COMMA = re.compile(r"\s*[+-]?[0-9.]*,[0-9]{1,2}\s*")
_DATE = re.compile(r"\s*[12][0-9]{3}([-/])[0-9]{1,2}\1[0-9]{1,2}\s*")
_INSTANT = re.compile(r"\s*[12][0-9]{3}([-/])[0-9]{1,2}\1[0-9]{1,2}[ T]+[0-9]{1,2}:[0-9]{2}.*")
_OFFSET = re.compile(r".*:[0-9.]+\s*(Z|[+-][0-9]{2}:?[0-9]{2})\s*")
_LINE = re.compile(r"U[0-9a-f]{32}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Look:
    """A column: its name in the file, what most of its values are, and what can be said of all of them."""

    name: str
    form: Form
    filled: float  # share of rows with a value
    unique: bool
    values: tuple[str, ...]  # all of them if they are few and come again, else none
    own_offset: bool = False  # instants say their zone
    comma: bool = False  # numbers are written 1,5


def look(reading: Reading, country: str | None) -> tuple[list[Look], int]:
    """The columns of a file, and how many rows were looked at."""
    names = names_for(reading.columns, {})
    rows = list(_rows(reading))
    columns = [[row[place].strip() if place < len(row) else "" for row in rows] for place in range(len(names))]
    return [_look(name, cells, country) for name, cells in zip(names, columns, strict=True)], len(rows)


def _rows(reading: Reading) -> Iterator[list[str]]:
    text = bytearray()
    for block in reading.blocks():
        text += block
        if text.count(b"\n") > ROWS:
            break
    lines = csv.reader(io.StringIO(text.decode("utf-8", "replace"), newline=""), delimiter=reading.delimiter)
    for number, row in enumerate(lines):
        if number > ROWS:
            return
        if row and (number or not reading.header):
            yield row


def _look(name: str, cells: Sequence[str], country: str | None) -> Look:
    filled = [cell for cell in cells if cell]
    different = set(filled)
    few = 1 < len(different) <= _FEW and len(filled) >= 5 * len(different)
    return Look(
        name=name,
        form=_form(name, filled, different, country),
        filled=len(filled) / len(cells) if cells else 0.0,
        unique=len(different) == len(filled) > 1,
        values=tuple(sorted(different)) if few else (),
        own_offset=_most(filled, _OFFSET),
        comma=_most(filled, _COMMA),
    )


def _form(name: str, filled: Sequence[str], different: set[str], country: str | None) -> Form:
    if not filled:
        return "empty"
    if _most(filled, _LINE):
        return "line"
    if _most(filled, _EMAIL):
        return "email"
    if re.search(r"phone|mobile|tel\b|cell|手機|電話", name, re.IGNORECASE) and country is not None:
        asked = filled[:200]
        if sum(e164(cell, country) is not None for cell in asked) >= 0.8 * len(asked):
            return "phone"
    if {cell.lower() for cell in different} <= {*YES, *NO} and not {cell.lower() for cell in different} <= {"0", "1"}:
        return "consent"
    if _most(filled, _INSTANT):
        return "instant"
    if _most(filled, _DATE):
        return "date"
    return "number" if _most(filled, _NUMBER) or _most(filled, _COMMA) else "text"


def _most(cells: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Whether nearly all cells are of this form."""
    return bool(cells) and sum(pattern.fullmatch(cell) is not None for cell in cells) >= _MOST * len(cells)

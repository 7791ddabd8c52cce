"""Which character stands between the values of a CSV, by its first rows; it reads no further."""

from __future__ import annotations

import csv
import io
from collections import Counter

_MARKS = (",", "\t", ";", "|")
_ROWS = 50
_WORDS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}


def sniff(beginning: str) -> str:
    """The one of comma, tab, semicolon and pipe that cuts most of the first rows into as many values as the header.

    Of several that do, the one that gives more columns; a comma if none does: then there is one column.
    """
    scores = {mark: _score(beginning, mark) for mark in _MARKS}
    return max(_MARKS, key=lambda mark: scores[mark])


def named(delimiter: str) -> str:
    """The delimiter in words."""
    return _WORDS.get(delimiter, f"“{delimiter}”")


def _score(beginning: str, mark: str) -> tuple[float, int]:
    """(share of rows as wide as the header, the header's width); nothing for a header that it does not cut."""
    widths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(beginning, newline=""), delimiter=mark):
            if row:
                widths.append(len(row))
            if len(widths) > _ROWS:
                break
    except csv.Error:
        return 0.0, 0
    if len(widths) > 2:
        widths.pop()  # it may be cut where the beginning ends
    if not widths or widths[0] < 2:
        return 0.0, 0
    return Counter(widths)[widths[0]] / len(widths), widths[0]

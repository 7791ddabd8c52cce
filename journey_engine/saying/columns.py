"""Rows as columns for a terminal, Chinese letters being two wide; it shortens nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def columns(head: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> list[str]:
    """A line for the head and one for each row; columns of numbers stand to the right, thousands apart."""
    texts = [[_text(cell) for cell in row] for row in rows]
    numeric = [bool(rows) and not any(isinstance(row[place], str) for row in rows) for place in range(len(head))]
    wide = [max(width(row[place]) for row in [list(head), *texts]) for place in range(len(head))]
    lines: list[str] = []
    for row in [list(head), *texts]:
        cells = [
            " " * (wide[place] - width(cell)) + cell if numeric[place] else cell + " " * (wide[place] - width(cell))
            for place, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def width(text: str) -> int:
    """How many half-width letters wide a text is."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _text(cell: str | int | float) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"

"""Tables of a page as CSV files that Excel opens rightly; it writes values, not their looks, and never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from journey_engine.language.words import Language, Words
from journey_engine.reporting.contents import Cell, Page, Spread, Table, tables

# A cell that begins so is reckoned by a spreadsheet, whoever wrote it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(table: Table, language: Language) -> str:
    """The table as CSV with a head: shares as 0.189, an estimate as three columns, unknown as empty.

    It begins with a byte order mark, without which Excel reads Chinese as something else.
    """
    spread = [any(isinstance(row[number], Spread) for row in table.rows) for number in range(len(table.columns))]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    heads = (_heads(column.head, wide, language) for column, wide in zip(table.columns, spread, strict=True))
    writer.writerow([name for names in heads for name in names])
    for row in table.rows:
        cells = (_values(cell, wide, language) for cell, wide in zip(row, spread, strict=True))
        writer.writerow([value for values in cells for value in values])
    return "\ufeff" + written.getvalue()


def write_sheets(page: Page, folder: Path, stem: str, language: Language) -> list[Path]:
    """`STEM-TABLE.csv` in the folder for every table of the page that has rows. Returns the files."""
    return [
        _written(folder / f"{stem}-{table.name}.csv", sheet(table, language)) for table in tables(page) if table.rows
    ]


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8", newline="")
    return file


def _heads(head: Words, wide: bool, language: Language) -> Iterator[str]:
    name = head.said(language)
    yield name
    if wide:
        yield name + Words("（下限）", " (low)").said(language)
        yield name + Words("（上限）", " (high)").said(language)


def _values(cell: Cell, wide: bool, language: Language) -> list[str]:
    match cell:
        case Spread():
            return [repr(cell.value), repr(cell.low), repr(cell.high)]
        case None:
            value = ""
        case str() | Words():
            value = cell.said(language) if isinstance(cell, Words) else cell
            value = f"'{value}" if value.startswith(_FORMULA) else value
        case datetime():
            value = cell.isoformat(sep=" ", timespec="minutes")
        case _:
            value = str(cell)
    return [value, "", ""] if wide else [value]

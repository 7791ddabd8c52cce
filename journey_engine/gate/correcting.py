"""Quarantined rows as a CSV that Excel opens, and that file read again when people have mended it; it lands none."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from journey_engine.gate.quarantined import Row
from journey_engine.language.feed import Format
from journey_engine.reading import sources
from journey_engine.reading.mistakes import SourceError

NUMBER, BATCH, PLACE, REASONS = "_quarantine", "_batch", "_row", "_reasons"
_OURS = (NUMBER, BATCH, PLACE, REASONS)


class NoQuarantineNumbers(SourceError):
    """A file that does not say which quarantined rows it corrects."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(
            f"This file does not say which quarantined rows it mends: {detail}.",
            f"Correct the file that `journeys quarantine export` wrote, and leave its column {NUMBER} as it is.",
            where,
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """A corrected file: what each row, by its number in quarantine, says now; empty cells are None."""

    rows: Mapping[int, Mapping[str, str | None]]


def written(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """The rows as UTF-8 CSV with a byte order mark, so that Excel reads Chinese; our columns begin with `_`.

    `columns` are the files' in their order; what rows have besides follows.
    """
    names = list(dict.fromkeys((*columns, *(name for row in rows for name in row.content))))
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow([*_OURS, *names])
    for row in rows:
        cells = (row.content.get(name) or "" for name in names)
        writer.writerow([row.number, row.batch, row.row, "; ".join(row.reasons), *cells])
    return page.getvalue().encode("utf-8-sig")


def read(path: Path) -> Correction:
    """The corrected file, in whatever encoding and with whatever separator it was saved (CSV or Excel).

    Raises NoQuarantineNumbers, and what reading the file raises.
    """
    reading = sources.of_file(Format(delimiter=_delimiter(path)), None, path)
    lines = b"".join(reading.blocks()).decode("utf-8").splitlines(keepends=True)
    table = csv.reader(lines, delimiter=reading.delimiter)
    head = [name.strip().lstrip("\ufeff") for name in reading.columns]
    if NUMBER not in head:
        raise NoQuarantineNumbers(str(path), f"there is no column {NUMBER}")
    if reading.header:
        next(table)
    found: dict[int, dict[str, str | None]] = {}
    for line in table:
        if not any(line):
            continue
        cells = dict(zip(head, line, strict=False))
        number = cells[NUMBER].strip()
        if not number.isdigit() or int(number) in found:
            fault = "two rows have the number" if number.isdigit() else "a row has the number"
            raise NoQuarantineNumbers(str(path), f"{fault} {number or '(none)'}")
        found[int(number)] = {name: value or None for name, value in cells.items() if name not in _OURS}
    return Correction(found)


def _delimiter(path: Path) -> str:
    """Excel saves with the separator of its country: what stands after our first column tells which."""
    head = path.read_bytes()[:400].replace(b"\x00", b"")
    after = head.partition(NUMBER.encode())[2].lstrip(b'"')[:1]
    return {b";": ";", b"\t": "tab", b"|": "|"}.get(after, ",")

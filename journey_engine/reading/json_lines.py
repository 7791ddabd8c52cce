"""Files of JSON lines as CSV: nested values by their dotted path, numbers as they are written; it keeps no type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from journey_engine.reading.encodings import as_utf8
from journey_engine.reading.mistakes import BrokenLine, EmptyFile, WrongEncoding
from journey_engine.reading.tabular import ROWS, cell_text, rows_csv

_DEEPEST = 20  # levels of objects inside objects: no export of a shop has more


def columns(path: Path, encoding: str) -> list[str]:
    """The paths that the objects of the file have, in the order in which they first appear.

    Raises BrokenLine with the line, and EmptyFile.
    """
    names: dict[str, None] = {}
    for row in _rows(path, encoding):
        names.update(dict.fromkeys(row))
    if not names:
        raise EmptyFile(str(path))
    return list(names)


def csv_blocks(path: Path, encoding: str, names: Sequence[str]) -> Iterator[bytes]:
    """The file's rows as CSV without header, with the columns `names`."""
    rows: list[list[str]] = []
    for row in _rows(path, encoding):
        rows.append([row.get(name, "") for name in names])
        if len(rows) == ROWS:
            yield from rows_csv(rows)
            rows = []
    yield from rows_csv(rows)


def _rows(path: Path, encoding: str) -> Iterator[dict[str, str]]:
    for number, line in enumerate(_lines(path, encoding), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            # Numbers stay as they are written: 0.10 keeps its nought.
            read: Any = json.loads(line, parse_float=str, parse_constant=_no_number)
            if not isinstance(read, dict):
                raise BrokenLine(where, "it holds something else")
            row: dict[str, str] = {}
            _flatten(cast("dict[str, Any]", read), "", row, 0)
        except (ValueError, RecursionError) as error:
            raise BrokenLine(where, str(error).splitlines()[0]) from error
        yield row


def _lines(path: Path, encoding: str) -> Iterator[str]:
    rest, number = b"", 1
    for block in as_utf8(path, encoding):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield _text(line, path, number)
            number += 1
    yield _text(rest, path, number)


def _text(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise WrongEncoding("UTF-8", f"{path}:{number}", str(error.reason)) from error


def _no_number(word: str) -> str:
    raise ValueError(f"{word} is no number")


def _flatten(read: dict[str, Any], before: str, row: dict[str, str], depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"objects lie in objects more than {_DEEPEST} deep")
    for key, value in read.items():
        name = _storable(key)
        if isinstance(value, dict):
            _flatten(cast("dict[str, Any]", value), f"{before}{name}.", row, depth + 1)
        elif isinstance(value, list):
            row[f"{before}{name}"] = _storable(json.dumps(value, ensure_ascii=False))
        else:
            row[f"{before}{name}"] = _storable(cell_text(value))


def _storable(text: str) -> str:
    """As the database takes it: without NUL and half pairs."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")

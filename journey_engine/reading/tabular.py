"""Parquet, Excel and frames as CSV bytes whose texts are what the source means: 17850.0 is 17850; it keeps no type."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from journey_engine.reading.mistakes import BrokenFile, NoSuchSheet

ROWS = 65_536  # rows turned into one block of CSV: about 5 MB of text


def parquet_columns(path: Path) -> list[str]:
    """The column names of a Parquet file. Raises BrokenFile if it was cut off."""
    return [str(name) for name in _parquet(path).schema_arrow.names]


def parquet_csv(path: Path) -> Iterator[bytes]:
    """A Parquet file's rows as CSV without header, some thousand rows at a time."""
    file = _parquet(path)
    try:
        for batch in file.iter_batches(batch_size=ROWS):
            yield arrow_csv(batch)
    except (OSError, ValueError) as error:
        raise BrokenFile("Parquet", str(path), _first_line(error)) from error
    finally:
        file.close()


def arrow_csv(batch: Any) -> bytes:
    """An Arrow batch or table as CSV without header: every value as text, nothing for a missing one."""
    pa, arrow = _arrow("pyarrow"), _arrow("pyarrow.csv")
    columns = [_texts(batch.column(number)) for number in range(batch.num_columns)]
    table = pa.table(columns, names=[str(number) for number in range(len(columns))])
    buffer = io.BytesIO()
    arrow.write_csv(table, buffer, arrow.WriteOptions(include_header=False, quoting_style="needed"))
    return buffer.getvalue()


def excel_rows(path: Path, sheet: str | None) -> list[list[str]]:
    """All rows of an Excel sheet (the first if none is named) as texts, the header first, `""` for an empty cell.

    Raises BrokenFile and NoSuchSheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))  # pyright: ignore[reportUnknownMemberType]
        if sheet is not None and sheet not in workbook.sheet_names:
            raise NoSuchSheet(sheet, workbook.sheet_names, str(path))
        name = sheet if sheet is not None else workbook.sheet_names[0]
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise BrokenFile("Excel", str(path), _first_line(error)) from error
    texts = [[cell_text(cell) for cell in row] for row in rows]
    while texts and not any(texts[-1]):
        texts.pop()
    return texts


def rows_csv(rows: list[list[str]]) -> Iterator[bytes]:
    """Rows of texts as CSV blocks."""
    for start in range(0, len(rows), ROWS):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows[start : start + ROWS])
        yield buffer.getvalue().encode()


def cell_text(cell: object) -> str:
    """One cell as the text a person reads in it; whole numbers without `.0`, instants in ISO form."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e16:
            return str(int(cell))
        case datetime():
            return (cell.astimezone(UTC) if cell.tzinfo else cell).isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case Decimal():
            return f"{cell:f}"
        case None:
            return ""
        case bytes() | bytearray():
            return cell.decode("utf-8", "replace").replace("\x00", "")
        case dict() | list():
            return json.dumps(cell, ensure_ascii=False, default=str).replace("\\u0000", "")
        case _:
            return str(cell).replace("\x00", "")


def _parquet(path: Path) -> Any:
    try:
        return _arrow("pyarrow.parquet").ParquetFile(path)
    except (OSError, ValueError) as error:
        raise BrokenFile("Parquet", str(path), _first_line(error)) from error


def _texts(column: Any) -> Any:
    """An Arrow column as one of strings. Arrow itself writes the float 17850.0 as 17850 and the shortest other form."""
    pa, pc = _arrow("pyarrow"), _arrow("pyarrow.compute")
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(pc.cast(column, kind.value_type))
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
        return pc.cast(column, pa.large_string())
    if pa.types.is_timestamp(kind):
        zone = "+00:00" if kind.tz else ""
        naive = pc.cast(column, pa.timestamp("us"), safe=False)
        texts = pc.replace_substring_regex(pc.strftime(naive, "%Y-%m-%d %H:%M:%S"), r"\.0+$", "")
        return pc.cast(pc.binary_join_element_wise(texts, zone, ""), pa.large_string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else cell_text(v) for v in column.to_pylist()], pa.large_string())
    return pc.cast(column, pa.large_string())


def _arrow(module: str) -> Any:
    """A module of pyarrow, imported when it is used; it has no types."""
    return import_module(module)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

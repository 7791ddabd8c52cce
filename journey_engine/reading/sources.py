"""What a feed names, found and made ready to be staged: files by pattern or a frame's rows; it writes nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from journey_engine.language.feed import AUTO, Feed, Format
from journey_engine.reading import delimiters, encodings, frames, json_lines, tabular
from journey_engine.reading.line_ends import Evened
from journey_engine.reading.mistakes import EmptyFile, NoSuchFile, NoSuchHeader, UnknownFormat

_EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_TEXT = (".csv", ".tsv", ".txt")
_JSON = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Reading:
    """One file or one span of a frame. `blocks()` gives its CSV bytes in UTF-8 anew each time it is called.

    `columns` are the headers as they stand there; `header`: the bytes begin with the header's line. For a frame's span
    [covers_from, covers_to) is what was asked of it; None where the rows themselves must say it. `read_as`: what was
    found out about how it is written; `line` tells which line of the file a line of the bytes was. `empty`: that there
    are no rows is no mistake; `query`: what it gives is not known before it is read, so it has no checksum.
    """

    source: str
    where: str
    checksum: str
    columns: tuple[str, ...]
    blocks: Callable[[], Iterator[bytes]] = field(repr=False)
    header: bool = False
    delimiter: str = ","
    covers_from: datetime | None = None
    covers_to: datetime | None = None
    read_as: str = ""
    line: Callable[[int], int] = field(default=int, repr=False)
    empty: bool = False
    query: bool = False


def find_files(feed: Feed, project: Path, day: date | None) -> list[Path]:
    """The files that the feed's pattern finds, by name; with `{day}` in it those of `day` (of any day if None).

    Raises NoSuchFile.
    """
    written = feed.from_.file or ""
    pattern = written.format(day=day) if day else re.sub(r"\{day[^}]*\}", "*", written)
    files = matching(project, pattern)
    if not files:
        raise NoSuchFile(feed.feed, pattern)
    return files


def matching(project: Path, pattern: str) -> list[Path]:
    """The files below the project that a pattern finds, by name."""
    base = Path(pattern)
    if base.is_absolute():
        found = sorted(Path(base.anchor).glob(str(base.relative_to(base.anchor))))
    else:
        found = sorted(project.glob(pattern))
    return [path for path in found if path.is_file()]


def of_file(written: Format, sheet: str | None, path: Path) -> Reading:
    """A file by its ending. Raises what is wrong with it, if its head or its encoding tell."""
    ending = path.suffix.lower()
    if path.stat().st_size == 0:
        raise EmptyFile(str(path))
    if ending == ".parquet":
        names = tabular.parquet_columns(path)
        return Reading(path.name, str(path), _checksum(path), tuple(names), lambda: tabular.parquet_csv(path))
    if ending in _EXCEL:
        rows = tabular.excel_rows(path, sheet)
        if not rows:
            raise EmptyFile(str(path))
        if len(rows) < written.header:
            raise NoSuchHeader(written.header, len(rows), str(path))
        rows = rows[written.header - 1 :]
        body = rows[1:]
        return Reading(path.name, str(path), _checksum(path), tuple(rows[0]), lambda: tabular.rows_csv(body))
    if ending in _TEXT:
        return _of_text(written, path)
    if ending in _JSON:
        return _of_json_lines(written, path)
    raise UnknownFormat(str(path), ending)


def of_frame(feed: Feed, wanted: Sequence[str], span: frames.Span | None) -> Reading:
    """A frame's rows in `span`, with those of the columns `wanted` that it has."""
    source = feed.from_
    name = f"{source.package}.{source.frame}"
    has = frames.columns(source)
    names = tuple(column for column in has if column in wanted)
    what = f"{name} {frames.version(source.package or '')} {source.join} {source.per} {names} {span}"
    return Reading(
        source=f"{name}, {span}" if span else name,
        where=name,
        checksum=hashlib.sha256(what.encode()).hexdigest(),
        columns=names,
        blocks=lambda: frames.csv_blocks(source, names, span),
        covers_from=span.since if span else None,
        covers_to=span.until if span else None,
    )


def names_for(headers: Sequence[str], said: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The name each header goes by: our own where `format: columns:` gives one, `column_N` for an empty one."""
    own = {header: name for name, forms in said.items() for header in forms}
    stripped = [header.strip() for header in headers]
    return [own.get(header, header) or f"column_{number}" for number, header in enumerate(stripped, start=1)]


def _of_text(written: Format, path: Path) -> Reading:
    looked = encodings.look_at(path, written.encoding)

    def plain() -> Iterator[bytes]:
        return encodings.as_utf8(path, looked.encoding)

    evened = Evened(plain, written.header) if looked.ends.uneven or written.header > 1 else None
    blocks = evened or plain
    beginning = _beginning(blocks())
    delimiter = _delimiter(written, path, beginning)
    guessed = [looked.name] if looked.guessed else []
    guessed += [f"separator {delimiters.named(delimiter)}"] if written.delimiter == AUTO and delimiter != "," else []
    return Reading(
        source=path.name,
        where=str(path),
        checksum=looked.checksum,
        columns=_header(path, beginning, delimiter),
        blocks=blocks,
        header=True,
        delimiter=delimiter,
        read_as=", ".join(guessed),
        line=evened.line if evened else int,
    )


def _of_json_lines(written: Format, path: Path) -> Reading:
    looked = encodings.look_at(path, written.encoding)
    names = json_lines.columns(path, looked.encoding)
    return Reading(
        source=path.name,
        where=str(path),
        checksum=looked.checksum,
        columns=tuple(names),
        blocks=lambda: json_lines.csv_blocks(path, looked.encoding, names),
        read_as=looked.name if looked.guessed else "",
    )


def _delimiter(written: Format, path: Path, beginning: str) -> str:
    """The one character between two values: as it is said, else what the first rows look like."""
    if written.delimiter != AUTO:
        return "\t" if written.delimiter in ("tab", "\\t") else written.delimiter
    return "\t" if path.suffix.lower() == ".tsv" else delimiters.sniff(beginning)


def _beginning(blocks: Iterator[bytes]) -> str:
    """The first rows; the last of them may be cut, even inside a character."""
    text = bytearray()
    for block in blocks:
        text += block
        if len(text) >= encodings.BLOCK:
            break
    return text.decode("utf-8", errors="replace")


def _header(path: Path, beginning: str, delimiter: str) -> tuple[str, ...]:
    """The first record of a CSV, read with the quoting rules of COPY."""
    record = next(csv.reader(io.StringIO(beginning, newline=""), delimiter=delimiter), list[str]())
    if not any(cell.strip() for cell in record):
        raise EmptyFile(str(path))
    return tuple(record)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Frames of installed packages as if they were files: joined, cut to a day, read once a process; never all frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from journey_engine.language.feed import Source
from journey_engine.reading.mistakes import NoSuchFrame
from journey_engine.reading.tabular import ROWS, arrow_csv


def version(package: str) -> str:
    """The installed version. Raises NoSuchFrame if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        raise NoSuchFrame(package, f"the package {package} is not installed") from None


def columns(source: Source) -> list[str]:
    """The frame's columns, those of the joined frame after them."""
    own = [str(source.per)] if source.per else _names(_frame(source.package or "", source.frame or ""))
    if source.join is None:
        return own
    beside = _names(_frame(source.package or "", source.join.frame))
    return own + [name for name in beside if name not in own]


def csv_blocks(source: Source, wanted: Sequence[str], span: Span | None) -> Iterator[bytes]:
    """The rows of `span` (all if None) with the columns `wanted`, as CSV without header."""
    table: Any = import_module("pyarrow").Table
    rows: Any = _frame(source.package or "", source.frame or "")
    if span is not None:
        rows = span.cut(rows)
    if source.per:
        rows = rows[[source.per]].drop_duplicates().sort_values(source.per)
    if source.join:
        beside = _frame(source.package or "", source.join.frame)
        kept = [name for name in _names(beside) if name in wanted and name not in _names(rows)]
        rows = rows.merge(beside[[source.join.on, *kept]], how="left", on=source.join.on, validate="many_to_one")
    for start in range(0, len(rows), ROWS):
        part: Any = rows.iloc[start : start + ROWS][list(wanted)]
        yield arrow_csv(table.from_pandas(part, preserve_index=False))


class Span:
    """The rows whose time column lies in [since, until); the frame's naive times are wall times of `zone`."""

    def __init__(self, column: str, zone: str, since: datetime | None, until: datetime) -> None:
        self.column, self.since, self.until = column, since, until
        self._zone = ZoneInfo(zone)

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%dT%H:%M%z}" if self.since else "the beginning"
        return f"{since} to {self.until:%Y-%m-%dT%H:%M%z}"

    def cut(self, rows: Any) -> Any:
        """The rows of the span, in their order."""
        times = rows[self.column]
        kept = times < self._wall(self.until)
        if self.since is not None:
            kept &= times >= self._wall(self.since)
        return rows[kept]

    def _wall(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone).replace(tzinfo=None)


def _names(frame: Any) -> list[str]:
    return [str(name) for name in frame.columns]


@cache
def _frame(package: str, frame: str) -> Any:
    """A frame by the package's own `get_data`, kept for the life of the process: a night reads it day by day."""
    try:
        module = import_module(package)
    except ImportError as error:
        raise NoSuchFrame(package, f"the package {package} is not installed") from error
    try:
        return module.get_data(frame)[frame]  # never without a name: that loads every frame
    except (AttributeError, KeyError, ValueError) as error:
        raise NoSuchFrame(package, f"{package} has no frame {frame}") from error

"""The staging tables: a source's rows as they came, all text, numbered from 1; it judges no value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, text

from journey_engine.language.feed import Format
from journey_engine.reading.mistakes import (
    DuplicateHeader,
    EmptyFile,
    MissingColumn,
    RaggedRow,
    SourceError,
    WrongDelimiter,
    WrongEncoding,
)
from journey_engine.reading.sources import Reading, names_for

SCHEMA = "staging"
ROW = "_row"  # the row's number; 1 is the first row after the header
_LONGEST = 63  # bytes of an identifier in Postgres
_LOCK = text("select pg_advisory_xact_lock(7402130)")


def table_of(batch: int, columns: Sequence[str]) -> Table:
    """The staging table of a batch as a value: the row number and one text column for each of `columns`."""
    return _table(f"batch_{batch}", tuple(columns))


@lru_cache(maxsize=100)
def _table(name: str, columns: tuple[str, ...]) -> Table:
    """One value for what is alike: SQLAlchemy knows a table by its identity, and compiles what names another anew."""
    return Table(
        name,
        MetaData(),
        Column(ROW, BigInteger),
        *(Column(name, Text) for name in columns),
        schema=SCHEMA,
    )


def column_names(written: Format, reading: Reading, asked: dict[str, str]) -> list[str]:
    """The names of the staging columns, in the file's order; `asked` maps each column needed to who names it.

    Raises DuplicateHeader, WrongDelimiter and MissingColumn.
    """
    names = names_for(reading.columns, written.columns)
    place = f"{reading.where}:1" if reading.header else reading.where
    for number, name in enumerate(names):
        if name in names[:number]:
            raise DuplicateHeader(name, place)
    missing = [name for name in asked if name not in names]
    if missing:
        likely = _likely_delimiter(reading) if len(names) == 1 else None
        if likely:
            raise WrongDelimiter(reading.delimiter, likely, place)
        raise MissingColumn(missing, names, place, asked[missing[0]])
    return [_fitting(name) for name in names]


def make_schema(connection: Connection) -> None:
    """Where staging tables are, made by the first import."""
    connection.execute(_LOCK)
    connection.execute(text(f"create schema if not exists {SCHEMA}"))


def stage(connection: Connection, batch: int, reading: Reading, columns: Sequence[str]) -> int:
    """Make the batch's staging table, COPY the source's bytes into it and return the number of rows.

    Raises EmptyFile, RaggedRow and WrongEncoding with the file's line, and what reading the source raises. Unlogged: it
    lives until its batch has landed (see `keep` for batches that are held).
    """
    make_schema(connection)
    name = sql.Identifier(SCHEMA, f"batch_{batch}")
    fields = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    typed = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in columns)
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor:
        cursor.execute(
            # It is analysed at once and lives for seconds: autovacuum would only read it beside us.
            sql.SQL(
                "create unlogged table {} ({} bigint generated always as identity (cache 1000), {})"
                " with (autovacuum_enabled = off)"
            ).format(name, sql.Identifier(ROW), typed)
        )
        # FORCE_NULL: an empty value is missing, whether or not it was quoted.
        options = sql.SQL("format csv, delimiter {}, header {}, encoding 'UTF8', force_null ({})").format(
            sql.Literal(reading.delimiter), sql.SQL("true" if reading.header else "false"), fields
        )
        command = sql.SQL("copy {} ({}) from stdin ({})").format(name, fields, options)
        try:
            with cursor.copy(command) as copy:
                for block in reading.blocks():
                    copy.write(block)
        except psycopg.DataError as error:
            raise _told(error, reading) from error
        rows: int = cursor.rowcount
        if rows == 0 and reading.covers_to is None and not reading.empty:
            raise EmptyFile(reading.where, rows=True)
    look(connection, f"{SCHEMA}.batch_{batch:d}")
    return rows


def fill(
    connection: Connection, batch: int, columns: Sequence[str], rows: Iterable[tuple[int, Mapping[str, str | None]]]
) -> None:
    """Make a staging table of these rows by their numbers: some of a batch that came before."""
    make_schema(connection)
    name = sql.Identifier(SCHEMA, f"batch_{batch}")
    fields = sql.SQL(", ").join(sql.Identifier(column) for column in (ROW, *columns))
    typed = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in columns)
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor:
        cursor.execute(sql.SQL("create unlogged table {} ({} bigint, {})").format(name, sql.Identifier(ROW), typed))
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(name, fields)) as copy:
            for number, cells in rows:
                copy.write_row((number, *(cells.get(column) for column in columns)))
    look(connection, f"{SCHEMA}.batch_{batch:d}")


def look(connection: Connection, name: str, columns: str = "") -> None:
    """Tell the planner of a table that lives for seconds: its size, and roughly the values in `columns` (or all)."""
    raw: Any = connection.connection.driver_connection
    roughly = "set local default_statistics_target = 10", f"analyze {name} {columns}", "reset default_statistics_target"
    with raw.cursor() as cursor:
        cursor.execute("; ".join(roughly), prepare=False)


def keep(connection: Connection, batch: int) -> None:
    """Make the staged rows survive a crash of the database: the batch waits for a person."""
    connection.execute(text(f"alter table {SCHEMA}.batch_{batch:d} set logged"))


def drop(connection: Connection, batch: int) -> None:
    """Remove the staged rows of a batch; nothing happens if they are gone."""
    connection.execute(text(f"drop table if exists {SCHEMA}.batch_{batch:d}, {SCHEMA}.batch_{batch:d}_phones"))


def staged_columns(connection: Connection, batch: int) -> list[str]:
    """The columns of a batch's staging table in order, the row number not among them; empty if it is gone."""
    rows = connection.execute(
        text(
            "select column_name from information_schema.columns"
            " where table_schema = :schema and table_name = :name and column_name <> :row order by ordinal_position"
        ),
        {"schema": SCHEMA, "name": f"batch_{batch}", "row": ROW},
    )
    return [str(name) for name in rows.scalars()]


def _fitting(name: str) -> str:
    """A header as an identifier: Postgres would silently cut one of more than 63 bytes (21 Chinese characters)."""
    raw = name.encode()
    if len(raw) <= _LONGEST:
        return name
    return raw[: _LONGEST - 9].decode(errors="ignore") + "~" + hashlib.sha256(raw).hexdigest()[:8]


def _likely_delimiter(reading: Reading) -> str | None:
    counts = {mark: reading.columns[0].count(mark) for mark in ",;\t|" if mark != reading.delimiter}
    best = max(counts, key=lambda mark: counts[mark])
    return {"\t": "tab"}.get(best, best) if counts[best] else None


def _told(error: psycopg.DataError, reading: Reading) -> SourceError:
    """COPY's complaint in the file's terms."""
    context = error.diag.context or ""
    line = re.search(r"line (\d+)", context)
    number = reading.line(int(line[1])) if line else 0
    place = f"{reading.where}:{number}" if reading.header and number else f"{reading.where}, row {number}"
    detail = (error.diag.message_primary or str(error)).strip()
    if isinstance(error, psycopg.errors.CharacterNotInRepertoire | psycopg.errors.UntranslatableCharacter):
        return WrongEncoding("UTF-8", place, detail)
    return RaggedRow(place, detail)

"""Queries of other databases: read-only, streamed, each row as text; it writes nothing there and tells no address.

The address stands in the environment (JOURNEYS_SOURCE_SHOP of `database: shop`) or in a Prefect Secret block
(source-shop), never in a file, a log or an error.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from journey_engine.language.feed import Feed, Source
from journey_engine.reading.mistakes import BrokenQuery, NoSuchFile, NoSuchSource, NotADatabase
from journey_engine.reading.sources import Reading
from journey_engine.reading.tabular import cell_text, rows_csv
from journey_engine.settings import Settings

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_AT_ONCE = 5_000  # rows between two blocks: some MB


def of_query(feed: Feed, settings: Settings, mark: str | None) -> Reading:
    """What the feed's query gives; with a `mark`, the rows whose watermark is that or higher, or that have none.

    Raises NoSuchSource, NotADatabase, NoSuchFile and BrokenQuery.
    """
    source = feed.from_
    statement, name = _statement(feed, settings.project), source.database or ""
    url = _address(settings.source(name), name)

    with _reading(url, name) as connection:
        columns = tuple(connection.exec_driver_sql(f"{_wrapped(statement)} where 1 = 0").keys())

    def blocks() -> Iterator[bytes]:
        options = {"stream_results": True, "yield_per": _AT_ONCE}
        with _reading(url, name) as connection:
            asked, values = _since(connection, source, statement, mark)
            with connection.exec_driver_sql(asked, values, execution_options=options) as rows:
                for part in rows.partitions():
                    yield from rows_csv([[cell_text(cell) for cell in row] for row in part])

    since = f" from {source.watermark} {mark}" if mark is not None else ""
    return Reading(
        source=f"{name}{since}", where=f"database {name}", checksum="", columns=columns, blocks=blocks,
        empty=mark is not None, query=True,
    )  # fmt: skip


def _statement(feed: Feed, project: Path) -> str:
    written = feed.from_.sql or ""
    if not written.rstrip().endswith(".sql"):
        return written.strip().rstrip(";")
    path = project / written.strip()
    if not path.is_file():
        raise NoSuchFile(feed.feed, written.strip())
    return path.read_text(encoding="utf-8").strip().rstrip(";")


def _wrapped(statement: str) -> str:
    """On lines of its own: it may end with a comment. Drivers take a lone % for the place of a value."""
    return "select * from (\n" + statement.replace("%", "%%") + "\n) feed_rows"


def _since(connection: Connection, source: Source, statement: str, mark: str | None) -> tuple[str, tuple[Any, ...]]:
    if mark is None or source.watermark is None:
        return _wrapped(statement), ()
    column = connection.dialect.identifier_preparer.quote(source.watermark)
    return f"{_wrapped(statement)} where {column} >= %s or {column} is null", (_typed(mark),)


def _typed(mark: str) -> Decimal | datetime | date | str:
    """A mark as the database compares it: a number, an instant, a day, else a text."""
    try:
        return Decimal(mark)
    except ArithmeticError:
        pass  # no number
    try:
        return date.fromisoformat(mark) if len(mark) == 10 else datetime.fromisoformat(mark)  # 2026-12-05
    except ValueError:
        return mark


def _address(written: str | None, name: str) -> URL:
    if not written:
        raise NoSuchSource(name)
    try:
        url = make_url(written)
        driver = _DRIVERS[url.drivername.partition("+")[0]]
    except (ArgumentError, KeyError):
        raise NotADatabase(name) from None  # the cause would show the address
    return url.set(drivername=driver)


@contextmanager
def _reading(url: URL, name: str) -> Generator[Connection]:
    """A connection that can only read. Raises BrokenQuery with the database's first line, which names no password."""
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except ImportError:
        raise NotADatabase(name, missing="mysql") from None
    try:
        with engine.connect() as connection:
            if url.get_backend_name() == "postgresql":
                connection.exec_driver_sql("set transaction read only")
            else:
                connection.exec_driver_sql("set session transaction read only")
                connection.rollback()  # it holds from the next transaction on
            yield connection
    except SQLAlchemyError as error:
        detail = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise BrokenQuery(name, (detail or ["no word"])[0]) from None
    finally:
        engine.dispose()

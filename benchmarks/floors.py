"""The floors: hand-written statements that write the rows the engine wrote into like tables; nothing decides here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from benchmarks.measuring import expect

LIKE = "create table floor.{table} (like public.{table} including defaults including indexes)"
WRITTEN = ("enrolments", "inside", "waiting", "moves", "intents", "tags")
# The people had tags before.
_OF = {"tags": "tags where source <> 'history'"}
FIRST_TICK = tuple(f"insert into floor.{table} select * from public.{_OF.get(table, table)}" for table in WRITTEN)
# Everyone rests anew, and the guard stays: waiting rows are written again, moves and intents are added.
LATER_TICK = (
    "insert into floor.waiting select * from public.waiting",
    "insert into floor.moves select * from public.moves where id > :moves",
    "insert into floor.intents select * from public.intents where id > :intents",
)


def like(engine: Engine, *tables: str) -> None:
    """Empty tables in the schema `floor` with the primary keys and indexes of their models, without foreign keys."""
    with engine.begin() as connection:
        for table in tables:
            connection.execute(text(LIKE.format(table=table)))


def run(engine: Engine, statements: Sequence[str], values: dict[str, Any] | None = None) -> None:
    """All of them in one transaction."""
    with engine.begin() as connection:
        connection.execute(text("set local jit = off"))
        for statement in statements:
            connection.execute(text(statement), values or {})


def same_counts(engine: Engine, *tables: str) -> None:
    """Raise ResultsDiffer unless floor and engine have the same number of rows."""
    with engine.connect() as connection:
        for table in tables:
            written = count(connection, f"public.{_OF.get(table, table)}")
            expect(f"rows of floor.{table}", count(connection, f"floor.{table}"), written)


def count(connection: Connection, table: str) -> int:
    """Rows of a table."""
    return connection.execute(text(f"select count(*) from {table}")).scalar_one()


def last_numbers(engine: Engine, *tables: str) -> dict[str, int]:
    """The greatest id of each."""
    with engine.connect() as connection:
        asked = {table: text(f"select coalesce(max(id), 0) from {table}") for table in tables}
        return {table: connection.execute(query).scalar_one() for table, query in asked.items()}


def copy(engine: Engine, table: str, file: Path) -> None:
    """Raw COPY of a file with a header into a table."""
    with engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(copy_statement(table)) as stream, file.open("rb") as source:
            while block := source.read(1 << 20):
                stream.write(block)


def copy_statement(table: str) -> str:
    """As it is shown in the report."""
    return f"copy {table} from stdin (format csv, header)"

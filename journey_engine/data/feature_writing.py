"""Writes tables of features: a few rows in their place, many by writing the table anew; it works out no feature.

A row that is updated costs as much as some ten rows that are written into a fresh table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, select, text, update
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.selectable import FromClause

MANY = 15  # one in so many rows
_RELATION = text("select coalesce(to_regclass(:name)::oid::bigint, 0)")


def create(connection: Connection, made: Table) -> None:
    """An empty table in the place of one that may be there."""
    connection.execute(text(f"drop table if exists {full(made)}"))
    connection.execute(CreateTable(made))
    # So that a look at a few rows is enough for the planner; a row that is changed has room in its page.
    connection.execute(text(f"alter table {full(made)} alter member_id set (n_distinct = -1)"))
    connection.execute(text(f"alter table {full(made)} alter member_id set statistics 1, set (fillfactor = 90)"))


def filled(connection: Connection, made: Table) -> None:
    """Tell the planner of rows that have just been written."""
    connection.execute(text(f"analyze {full(made)} (member_id)"))


def change(
    connection: Connection, row: Table, new: FromClause, values: Mapping[str, ColumnElement[Any]], many: bool
) -> None:
    """Give columns new values, for the members in `new`; the values leave all as it is where `new` is null."""
    same = row.c.member_id == new.c.member_id
    if not many:
        connection.execute(update(row).where(same).values(dict(values)))
        return
    made = row.to_metadata(type(row.metadata)(schema=row.schema), name=f"{row.name}_next")
    create(connection, made)
    given = {column.name: values.get(column.name, column) for column in row.c}
    rows = select(*given.values()).select_from(row.outerjoin(new, same))
    connection.execute(insert(made).from_select(list(given), rows))
    connection.execute(text(f"drop table {full(row)}"))
    connection.execute(text(f'alter table {full(made)} rename to "{row.name}"'))
    filled(connection, row)


def full(made: Table) -> str:
    """Its name with its schema's."""
    return f'{made.schema}."{made.name}"'


def relation(connection: Connection, made: Table) -> int:
    """Its number in the catalog; 0: there is none."""
    return connection.execute(_RELATION, {"name": full(made)}).scalar_one()

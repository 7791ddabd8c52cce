"""Writes the table of features: rows in their place, or where most change the table anew; it works out no feature.

It has no index: every look at them is a look at all, and a row is changed in its own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, select, text, update
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.selectable import FromClause

from journey_engine.store.tables.features import feature_sets

MANY = 2  # one in so many rows, from where it costs less to write all
_RELATION = text("select coalesce(to_regclass(:name)::oid::bigint, 0)")


def create(connection: Connection, made: Table) -> None:
    """An empty table in the place of one that may be there."""
    connection.execute(text(f"drop table if exists {full(made)}"))
    connection.execute(CreateTable(made))
    # So that a look at a few rows is enough for the planner; a row that is changed has room in its page.
    connection.execute(text(f"alter table {full(made)} alter member_id set (n_distinct = -1)"))
    connection.execute(text(f"alter table {full(made)} alter member_id set statistics 1, set (fillfactor = 75)"))


def filled(connection: Connection, made: Table) -> None:
    """Tell the planner of rows that have just been written."""
    connection.execute(text(f"analyze {full(made)} (member_id)"))


def once_each(connection: Connection, rows: Table) -> None:
    """Tell the planner that every member is once in a temporary table: the smaller table is the one to be hashed."""
    little = f"alter table {rows.name} alter member_id set statistics 1"
    connection.execute(text(f"{little}; analyze {rows.name} (member_id)"))


def change(
    connection: Connection, row: Table, new: FromClause, values: Mapping[str, ColumnElement[Any]], many: bool
) -> None:
    """Give columns new values, for the members (or if they are not many, the places) in `new`.

    The values leave all as it is where `new` is null.
    """
    if not many:
        same = row.c.ctid == new.c.place if "place" in new.c else row.c.member_id == new.c.member_id
        connection.execute(update(row).where(same).values(dict(values)))
        return
    made = row.to_metadata(type(row.metadata)(schema=row.schema), name=f"{row.name}_next")
    create(connection, made)
    given = {column.name: values.get(column.name, column) for column in row.c if not column.system}
    rows = select(*given.values()).select_from(row.outerjoin(new, row.c.member_id == new.c.member_id))
    connection.execute(insert(made).from_select(list(given), rows))
    connection.execute(text(f"drop table {full(row)}"))
    connection.execute(text(f'alter table {full(made)} rename to "{row.name}"'))
    filled(connection, row)
    connection.execute(update(feature_sets).values(relation=relation(connection, row)))


def full(made: Table) -> str:
    """Its name with its schema's."""
    return f'{made.schema}."{made.name}"'


def relation(connection: Connection, made: Table) -> int:
    """Its number in the catalog; 0: there is none."""
    return connection.execute(_RELATION, {"name": full(made)}).scalar_one()

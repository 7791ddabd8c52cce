"""Rows looked up for each row beside them, which Postgres would not choose by itself; it runs nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, exists, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import FromClause

# Postgres leaves a part with an offset as it is: such a lateral is looked up for each row, and what is reckoned in it
# is not reckoned again wherever it is named.
AS_IT_IS = literal_column("0", Integer)


def found_by(rows: Select[Any], name: str) -> FromClause:
    """Rows looked up for each row of what stands beside them, however many Postgres takes them for.

    A chunk's own tables have no statistics: joined freely, all enrolments of a journey were read once per chunk.
    """
    return rows.offset(AS_IT_IS).lateral(name)


def looked_up(rows: Select[Any]) -> ColumnElement[bool]:
    """Whether there are such rows, asked for each row by itself, through an index.

    Left to itself Postgres reads all that could be asked for once and hashes it: per chunk all refusals of a journey.
    """
    return exists(rows.offset(AS_IT_IS))


def among(value: ColumnElement[Any], rows: Select[Any]) -> ColumnElement[bool]:
    """Whether a number, or a row's place, is one of these: an index is gone through once, not descended for each.

    Whatever the statistics say: Postgres takes an array for ten of them.
    """
    return value == func.any(func.array(rows.scalar_subquery(), type_=ARRAY(value.type)))

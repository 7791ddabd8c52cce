"""The one metadata object and the column forms all tables share; it names constraints so that migrations can."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Every timestamp is timestamptz; sessions run in UTC.
INSTANT = DateTime(timezone=True)


def number(always: bool = True) -> Column[Any]:
    """The row's own number, given by the database; where not `always`, who writes may have taken it beforehand."""
    return Column("id", BigInteger, Identity(always=always), primary_key=True)


def arrived() -> Column[Any]:
    """The writing transaction's id. A pass reads what arrived in [its cursor, xmin of its snapshot).

    A plain sequence would lose a lower number that commits after a higher one.
    """
    return Column("arrived", BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text)::bigint"))

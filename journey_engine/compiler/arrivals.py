"""What arrived since the last pass, by the transactions that brought it; it reads no order of numbers.

A bare sequence would lose a lower number that commits after a higher one. A row is new if its transaction was not seen
by the snapshot of the last pass, whatever else runs in the server meanwhile.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.types import UserDefinedType

SEEN: BindParameter[Any] = bindparam("seen_from", type_=BigInteger)
SNAPSHOT: BindParameter[Any] = bindparam("seen_by", type_=Text)
CURRENT = literal_column("pg_current_snapshot()::text", Text)
XMIN = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)
XMAX = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)


class _TransactionId(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class _Snapshot(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "pg_snapshot"


def is_new(table: Any, looked_up: bool = False) -> ColumnElement[bool]:
    """Whether a row of a table with `arrived` came after the snapshot bound (null: from `seen` on everything did).

    `looked_up`: the rows are found by something else, and the index on arrivals is not to be read for each of them.
    """
    brought_by = cast(cast(table.c.arrived, Text), _TransactionId)
    known = func.coalesce(func.pg_visible_in_snapshot(brought_by, cast(SNAPSHOT, _Snapshot)), False)
    arrived = table.c.arrived + literal_column("0", BigInteger) if looked_up else table.c.arrived
    return and_(arrived >= SEEN, not_(known))


def was_seen(table: Any, snapshot: str, xmin: int, by: int) -> ColumnElement[bool]:
    """Whether a row of a table with `arrived` was there for a snapshot that transaction `by` took before it wrote any.

    A transaction's own snapshot may or may not name it, so that its own rows are said not to have been there. Only of
    those that were under way then is the snapshot asked.
    """
    xmax = int(snapshot.split(":")[1])
    arrived_by = cast(cast(table.c.arrived, Text), _TransactionId)
    visible = func.pg_visible_in_snapshot(arrived_by, cast(literal(snapshot, Text), _Snapshot))
    early = table.c.arrived < literal(xmin, BigInteger)
    between = and_(table.c.arrived < literal(xmax, BigInteger), table.c.arrived != literal(by, BigInteger))
    return or_(early, and_(between, visible))


def is_older(stored: ColumnElement[Any], snapshot: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a stored snapshot (text, or null) is not younger than this one (text)."""

    def upper(text: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.pg_snapshot_xmax(cast(text, _Snapshot))

    return func.coalesce(upper(stored) <= upper(snapshot), True)


def this_transaction() -> ColumnElement[Any]:
    """The number under which rows that are written now arrive: asked once a statement, not once a row."""
    return select(cast(cast(func.pg_current_xact_id(), Text), BigInteger)).scalar_subquery()

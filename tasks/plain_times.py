"""Gives asyncpg Prefect's instants as plain ones, on the Pythons where they are pendulum's; it changes no instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Engine, event


def hand_plain_times() -> None:
    """From now on, for each engine of this process.

    To make an instant binary asyncpg subtracts its epoch. A subtraction of pendulum's, which Prefect's instants are
    below Python 3.13, takes as long as a hundred plain ones: a seventh of all that Prefect's server did.
    """
    event.listen(Engine, "before_cursor_execute", plain, retval=True)


def plain(_conn: Any, _cursor: Any, statement: str, given: Any, _context: Any, _many: bool) -> tuple[str, Any]:
    """Of several rows a list is given, or all their values as one row."""
    return statement, list(map(_row, given)) if isinstance(given, list) else _row(given)  # pyright: ignore[reportUnknownArgumentType]


def _row(row: Any) -> Any:
    if not isinstance(row, tuple):
        return row
    values = cast("tuple[Any, ...]", row)
    return tuple(_same(value) if isinstance(value, datetime) else value for value in values)


def _same(at: datetime) -> datetime:
    if type(at) is datetime:
        return at
    return datetime(
        at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, tzinfo=at.tzinfo, fold=at.fold
    )

"""Arrays in PostgreSQL's text form, for statements that are given many rows at once; it knows no table.

psycopg writes a list element by element with all its care for types, which is half of what a sender's process does;
where the statement casts the parameter anyway, the text says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def array_of(values: Iterable[int | str | bytes | UUID | None]) -> str:
    """The values as `{…}`, to be cast to the array's type by the statement: `cast(:ids as bigint[])`."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _element(value: int | str | bytes | UUID | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return str(value)

"""Arrays in PostgreSQL's text form, for statements that are given many rows at once; it knows no table.

psycopg writes a list element by element with all its care for types, which is half of what a sender's process does;
where the statement casts the parameter anyway, the text says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID


def array_of(values: Iterable[int | str | bytes | UUID | None]) -> str:
    """The values as `{…}`, to be cast to the array's type by the statement: `cast(:ids as bigint[])`."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def array_of_numbers(values: Iterable[int]) -> str:
    """The same for whole numbers, none of them missing."""
    return "{" + ",".join(map(str, values)) + "}"


def array_of_texts(values: Sequence[str]) -> str:
    """The same for texts, none of them missing: looked through for signs of PostgreSQL's own all at once."""
    if not values:
        return "{}"
    told = "\0".join(values)  # no text of PostgreSQL's holds this one
    if "\\" in told:
        told = told.replace("\\", "\\\\")
    if '"' in told:
        told = told.replace('"', '\\"')
    return '{"' + told.replace("\0", '","') + '"}'


def array_of_texts_or_none(values: Sequence[str | None]) -> str:
    """The same for texts of which some, or all, may be missing."""
    some = [value for value in values if value is not None]
    if len(some) == len(values):
        return array_of_texts(some)
    return array_of(values) if some else "{" + ",".join(["NULL"] * len(values)) + "}"


def _element(value: int | str | bytes | UUID | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return str(value)

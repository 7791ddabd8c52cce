"""Arrays as text come back from PostgreSQL as they were."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from journey_engine.store.arrays import array_of, array_of_texts_or_none

ODD = ["", " ", "NULL", "null", '"', "\\", '\\"', "{}", "a,b", "字\n", "\t", "'", "%s :x"]
KEY = UUID("123e4567-e89b-12d3-a456-426614174000")


def read(engine: Engine, kind: str, values: list[Any]) -> list[Any]:
    with engine.connect() as connection:
        said = connection.execute(text(f"select cast(:given as {kind}[])"), {"given": array_of(values)})
        return [bytes(each) if isinstance(each, memoryview) else each for each in said.scalar_one()]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", [*ODD, None]),
        ("bigint", [0, -1, 2**62, None]),
        ("bool", [True, False, None]),
        ("uuid", [KEY, None]),
        ("bytea", [b"", b'\\"\x00\xff', None]),
        ("int", []),
    ],
)
def test_what_was_given_is_read(empty_database: Engine, kind: str, values: list[Any]) -> None:
    assert read(empty_database, kind, values) == values


def test_any_text_is_read_as_it_was_given(empty_database: Engine) -> None:
    @given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")), max_size=5))
    def reads(values: list[str]) -> None:
        assert read(empty_database, "text", values) == values

    reads()


@pytest.mark.parametrize("values", [[*ODD, None], ODD, [None, None], []])
def test_texts_of_which_some_are_missing_are_read_as_they_were_given(
    empty_database: Engine, values: list[str | None]
) -> None:
    with empty_database.connect() as connection:
        given_ = {"given": array_of_texts_or_none(values)}
        assert connection.execute(text("select cast(:given as text[])"), given_).scalar_one() == values

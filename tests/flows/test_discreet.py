"""What a failed statement says of itself to Prefect names no member."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, IntegrityError

from tasks.discreet import discreetly

HERS = "canary-Yellow-7431"
TWICE = text(
    "with m as (insert into members (member_key, created_at, changed_at) values (:key, now(), now()) returning id)"
    " insert into identities (kind, value, member_id) select 'line', :key, id from m, generate_series(1, 2)"
)


def test_neither_the_values_of_a_statement_nor_those_of_a_row_are_told(database: Engine) -> None:
    def twice() -> None:
        with database.begin() as connection:
            connection.execute(TWICE, {"key": HERS})

    with pytest.raises(IntegrityError) as caught:
        discreetly(twice)
    assert "pk_identities" in str(caught.value)
    assert HERS not in "".join(traceback.format_exception(caught.value, chain=True))


def test_a_value_that_cannot_be_read_is_not_quoted(database: Engine) -> None:
    def unreadable() -> None:
        with database.begin() as connection:
            connection.execute(text("select cast(:value as numeric)"), {"value": HERS})

    with pytest.raises(DataError) as caught:
        discreetly(unreadable)
    assert "invalid input syntax for type numeric: (a value)" in str(caught.value)
    assert HERS not in "".join(traceback.format_exception(caught.value, chain=True))

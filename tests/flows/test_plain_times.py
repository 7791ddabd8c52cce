"""What Prefect's server hands to its driver: the same instants and values, and no instant of another's making."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tasks.plain_times import plain


class Slow(datetime):
    """As pendulum's are: a datetime with arithmetic of its own."""


# 5 November 2017, 01:30 for the second time.
AT = Slow(2017, 11, 5, 1, 30, 0, 250_000, tzinfo=ZoneInfo("America/New_York"), fold=1)


def handed(given: Any) -> Any:
    statement, values = plain(None, None, "insert", given, None, False)
    assert statement == "insert"
    return values


def test_an_instant_is_the_same_one_and_plain_in_one_row_and_in_several() -> None:
    row, rows = handed((AT, 7, None)), handed([(AT, "a"), (AT + timedelta(hours=1), "b")])
    assert row == (AT, 7, None)
    assert rows == [(AT, "a"), (AT + timedelta(hours=1), "b")]
    assert {type(each[0]) for each in (row, *rows)} == {datetime}
    assert (row[0].fold, row[0].utcoffset()) == (1, timedelta(hours=-5))


def test_values_by_name_and_no_values_stay_as_they_are() -> None:
    assert handed({"at": AT}) == {"at": AT}
    assert handed(()) == ()

"""Quick ways of reading a text read what the full ones read."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, Text, column, literal, select, values

from journey_engine.data import casts
from journey_engine.gate.row_rules import unlike

WRITTEN = {
    "2026-03-10 09:30": "2026-03-10T01:30:00+00:00",
    "2026-03-10 09:30:05": "2026-03-10T01:30:05+00:00",
    "2026-03-10": "2026-03-09T16:00:00+00:00",
    "2026/3/1 9:05": "2026-03-01T01:05:00+00:00",
    "2026-03-10 8:00Z": "2026-03-10T08:00:00+00:00",
    "2026-03-10 08:00+02": "2026-03-10T06:00:00+00:00",
    "2026-03-10T08:00:00.5+09:00": "2026-03-09T23:00:00.500000+00:00",
}
NO_INSTANTS = (
    "2026-02-30 10:00", "2026-03-10 24:00", "2026-03-10 -5:00", "2026-03-10 2 :00", "2026-03-10 1a:00", "2026-03-10 :",
    "2026-03-10 12:6", "2026-03-10 12:60", "0026-03-10x12:00", "abcd-ef-gh ij:kl",
)  # fmt: skip
NUMBERS = {"1": 1, "-7.5": -7.5, " 1,204 ": 1204, "1e3": 1000, "+5.": 5}


def _told(database: Engine, texts, *asked):
    rows = values(column("text", Text), name="texts").data([(text,) for text in texts])
    with database.connect() as connection:
        said = [make(rows.c.text) for make in asked]
        return {row[0]: tuple(row[1:]) for row in connection.execute(select(rows.c.text, *said))}


def _plainly_unlike(text, regex):
    return ~text.regexp_match(regex)


def test_an_instant_known_to_be_one_is_read_as_any_other(database: Engine):
    ways = (lambda text: casts.instant(text, "Asia/Taipei"), lambda text: casts.known_instant(text, "Asia/Taipei"))
    found = _told(database, WRITTEN, *ways)
    assert {text: tuple(at.isoformat() for at in both) for text, both in found.items()} == {
        text: (at, at) for text, at in WRITTEN.items()
    }


def test_a_date_ahead_is_told_from_one_before_however_it_is_written(database: Engine):
    limit = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)  # 09:30 in Taipei
    ahead = (
        "2026-03-10 09:31", "2026-03-10 09:30:01", "2026-3-10 10:00", "2026/03/11", "2026-04-1", "2027-01-01",
        " 2026-03-11", "2026-03-09 23:00-12:00", "2026-03-10T09:30:00.5", "2026-10-1 08:00",
    )  # fmt: skip
    before = (
        "2026-03-10 09:30", "2026-03-09 23:59", "2026-03-1 10:00", "2026-03-9", "2026-2-28", "2026/3/10", "2025-12-31",
        "2026-03-10 15:00+14", "abcd-ef-gh", "2026-02-30", "",
    )  # fmt: skip
    found = _told(database, (*ahead, *before), lambda text: casts.later_than(text, "Asia/Taipei", limit))
    assert found == dict.fromkeys(ahead, (True,)) | dict.fromkeys(before, (False,))


def test_what_only_looks_like_an_instant_is_none(database: Engine):
    found = _told(database, NO_INSTANTS, lambda text: casts.instant(text, "UTC"), casts.readable)
    assert found == dict.fromkeys(NO_INSTANTS, (None, False))


def test_a_number_known_to_be_one_is_read_as_any_other(database: Engine):
    found = _told(database, NUMBERS, casts.number, casts.known_number)
    assert found == {text: (number, number) for text, number in NUMBERS.items()}


def test_a_pattern_of_a_fixed_length_is_asked_by_its_length_and_says_the_same(database: Engine):
    texts = ("U12", "U123", "U1x3", "u123", "U1234", "", "123", "09\n", "U12\n", "一二三", "[ab")
    patterns = ("^U[0-9]{3}$", "^[^a]{3}$", r"^09\d{0,1}$", r"^\d{3}$", "^U[0-9a-f]{2,3}$")
    for pattern in patterns:
        quick = unlike(literal("x", Text), pattern)
        assert quick is not None
        found = _told(database, texts, partial(unlike, regex=pattern), partial(_plainly_unlike, regex=pattern))
        assert all(ours == theirs for ours, theirs in found.values()), (pattern, found)
    for other in ("U[0-9]{3}", "^U.{3}$", "^(a|b)$", "^U[[:digit:]]{2}$", "^[0-9]{3,1}$"):
        assert unlike(literal("x", Text), other) is None


@pytest.mark.parametrize(
    "zone", ["Asia/Taipei", "Asia/Tokyo", "Europe/Istanbul", "America/New_York", "Pacific/Kiritimati", "UTC"]
)
def test_clocks_that_were_changed_are_read_as_the_zone_has_them_before_and_after_the_last_change(
    database: Engine, zone: str
):
    days = ("1969-12-31", "1979-09-30", "1979-10-01", "1979-10-04", "2016-11-06", "2026-11-01", "2026-11-02")
    texts = [f"{day} {hour:02}:30" for day in days for hour in (0, 1, 2, 12, 23)]
    wanted = {text: datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for text in texts}
    found = _told(database, texts, lambda text: casts.instant(text, zone), lambda text: casts.known_instant(text, zone))
    assert found == {text: (instant, instant) for text, instant in wanted.items()}


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_number_is_written_in_one_way_however_it_came(database: Engine, decimal):
    written = {
        "0": "0",
        "7": "7",
        "007": "7",
        "-7": "-7",
        " 7 ": "7",
        "1" * 60: "1" * 60,
        "7x": "7x",
        "": "",
        "7\n": "7",
    }
    found = _told(database, written, lambda text: casts.canonical(text, "number", decimal))
    assert found == {text: (wanted,) for text, wanted in written.items()}

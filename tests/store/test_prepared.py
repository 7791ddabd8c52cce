"""Statements compiled once do what SQLAlchemy's own execution does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Engine, Interval, bindparam, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from journey_engine.store import prepared
from journey_engine.store.tables.metadata import INSTANT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ASKED = select(
    bindparam("now", type_=INSTANT) + literal(timedelta(days=1), Interval),
    literal(3).in_([1, 2, 3]),
    literal(4).in_([]),
    literal({"a": ["%", ":x", None]}, JSONB),
    literal("100 %").concat(" %(now)s :now"),
    func.cardinality(bindparam("only", type_=ARRAY(BigInteger))),
)


def test_lists_objects_signs_and_what_is_bound_arrive_as_they_are(database: Engine) -> None:
    with database.connect() as connection:
        for day, only in ((NOW, [5, 6]), (NOW + timedelta(days=1), [7])):
            bound = {"now": day, "only": only, "not named": 1}
            told = (day + timedelta(days=1), True, False, {"a": ["%", ":x", None]}, "100 % %(now)s :now", len(only))
            assert tuple(prepared.run(connection, ASKED, bound).one()) == told
            assert tuple(connection.execute(ASKED, bound).one()) == told


def test_it_tells_how_many_rows_were_written(database: Engine) -> None:
    with database.connect() as connection:
        connection.execute(text("create temp table kept (n int)"))
        rows = text("insert into kept select generate_series(1, :upto)")
        assert prepared.run(connection, rows, {"upto": 3}).rowcount == 3
        assert prepared.run(connection, rows, {"upto": 0}).rowcount == 0


def test_statements_that_differ_in_their_values_keep_their_own(database: Engine) -> None:
    def asked(first: list[int], text_of: str, now: datetime | None):
        day = bindparam("now", type_=INSTANT) if now is None else bindparam("now", now, INSTANT)
        return select(literal(2).in_(first), literal(text_of), day)

    later = NOW + timedelta(days=1)
    with database.connect() as connection:
        for first, text_of, own in (
            ([1, 2], "one", None),
            ([3], "two", None),
            ([], "three", later),
            ([2], "four", NOW),
        ):
            told = (2 in first, text_of, own or NOW)
            assert tuple(prepared.run(connection, asked(first, text_of, own), {"now": NOW}).one()) == told

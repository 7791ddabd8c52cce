"""The business clock: real time plus an offset that only a simulation sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from journey_engine import clock

NIGHT = datetime(2017, 3, 1, 2, 0, tzinfo=UTC)


def test_without_a_simulation_the_clock_shows_real_time(database: Engine) -> None:
    with database.connect() as connection:
        shown = clock.now(connection)

        assert shown.tzinfo is UTC
        assert abs(shown - datetime.now(UTC)) < timedelta(seconds=5)
        assert clock.offset(connection) == timedelta(0)


def test_a_simulation_sets_the_clock_back_and_it_runs_on_from_there(database: Engine) -> None:
    with database.connect() as connection:
        clock.set_to(connection, NIGHT)
        first, second = clock.now(connection), clock.now(connection)

    assert NIGHT <= first < second < NIGHT + timedelta(seconds=5)


def test_the_offset_outlives_the_connection(database: Engine) -> None:
    with database.begin() as connection:
        clock.set_offset(connection, timedelta(days=-30))

    with database.connect() as connection:
        assert clock.offset(connection) == timedelta(days=-30)


def test_the_clock_advances_and_never_goes_back(database: Engine) -> None:
    with database.begin() as connection:
        clock.set_to(connection, NIGHT)
        clock.advance_to(connection, NIGHT + timedelta(hours=7))
        with pytest.raises(clock.ClockWouldGoBack, match="does not go back to 2017-03-01 02:00:00 UTC"):
            clock.advance_to(connection, NIGHT)

        assert NIGHT + timedelta(hours=7) <= clock.now(connection) < NIGHT + timedelta(hours=7, seconds=5)

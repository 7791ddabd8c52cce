"""A pooled connection is asked for its server only where there is doubt, and never handed out dead."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from journey_engine.store import liveness
from journey_engine.store.database import engine_on

_NUMBER = text("select pg_backend_pid()")


@pytest.fixture
def engine(empty_database: Engine) -> Generator[Engine]:
    made = engine_on(empty_database.url)
    yield made
    made.dispose()


@pytest.fixture
def asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that were asked."""
    found, ping = list[object](), engine.dialect.do_ping

    def noted(connection: DBAPIConnection) -> bool:
        found.append(connection)
        return ping(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", noted)
    return found


def number(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(_NUMBER).scalar_one()


def test_what_was_used_a_moment_ago_is_not_asked(engine: Engine, asked: list[object]) -> None:
    first = number(engine)

    assert number(engine) == first
    assert asked == []


def test_what_lay_there_for_long_is_asked(engine: Engine, asked: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    first = number(engine)
    monkeypatch.setattr(liveness, "_LONG", 0.0)

    assert number(engine) == first
    assert len(asked) == 1


def test_sessions_that_the_server_ended_are_all_replaced_before_they_are_used(
    engine: Engine, empty_database: Engine
) -> None:
    with engine.connect() as one, engine.connect() as other:
        ended = {each.execute(_NUMBER).scalar_one() for each in (one, other)}
    with empty_database.begin() as connection:
        for each in ended:
            # It is gone when this returns, so that the pool's side has been told.
            assert connection.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": each}).scalar_one()

    with engine.connect() as one, engine.connect() as other:
        assert ended.isdisjoint({each.execute(_NUMBER).scalar_one() for each in (one, other)})

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from journey_engine.inbox.hearing import SandboxSilent, hear
from journey_engine.sandbox.beside import Sandbox
from tests.sandbox_fixtures import user

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_what_friends_did_is_fetched_once_and_the_next_call_goes_on_from_there(
    database: Engine, sandbox: Sandbox
) -> None:
    for number in range(3):
        sandbox.act(user(number), "follow")
    with database.begin() as conn:
        first = hear(conn, sandbox.url, NOW)
    sandbox.act(user(1), "block")
    with database.begin() as conn:
        second = hear(conn, sandbox.url, NOW)
        nothing = hear(conn, sandbox.url, NOW)
        kinds = conn.execute(text("select body ->> 'type' from inbox order by id")).scalars().all()
    assert (first, second, nothing) == (3, 1, 0)
    assert kinds == ["follow", "follow", "follow", "unfollow"]


def test_the_place_does_not_move_on_when_the_transaction_is_undone(database: Engine, sandbox: Sandbox) -> None:
    sandbox.act(user(1), "follow")
    with database.connect() as conn:
        hear(conn, sandbox.url, NOW)
        conn.rollback()
    with database.begin() as conn:
        assert hear(conn, sandbox.url, NOW) == 1


def test_a_sandbox_that_is_down_is_said_so(database: Engine) -> None:
    with database.begin() as conn, pytest.raises(SandboxSilent, match="does not answer"):
        hear(conn, "http://127.0.0.1:9", NOW)

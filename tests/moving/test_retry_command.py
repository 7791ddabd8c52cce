"""`journeys retry` as a person calls it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from journey_engine.commands.retry import retry
from journey_engine.commands.status import status
from journey_engine.inbox import inbox
from journey_engine.settings import Settings


def test_a_stuck_member_is_stuck_no_more_and_others_are_left(database, capsys):
    settings = Settings(Path.cwd(), database_url=database.url.render_as_string(hide_password=False))
    with database.begin() as connection:
        connection.execute(text("insert into stuck select unnest(array['welcome', 'retain']), 1, 'x', now()"))
    assert retry("welcome", settings=settings) == 0
    assert capsys.readouterr().out == "1 of welcome will be tried by the next tick.\n"
    assert retry("welcome", settings=settings) == 0
    assert capsys.readouterr().out == "Nobody is stuck in welcome.\n"
    with database.begin() as connection:
        assert connection.execute(text("select journey from stuck")).scalars().all() == ["retain"]


def test_events_that_were_set_aside_wait_again(database, capsys):
    settings = Settings(Path.cwd(), database_url=database.url.render_as_string(hide_password=False))
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into inbox (webhook_event_id, body, received_at, taken_at, outcome) values"
                " ('1', '{}', now(), now(), 'set aside: index row'), ('2', '{}', now(), now(), 'follow')"
            )
        )
        assert inbox.set_aside(connection) == 1
    assert status(settings=settings) == 0
    assert "SET ASIDE       1 events that could not be taken" in capsys.readouterr().out
    assert retry(settings=settings) == 0
    assert capsys.readouterr().out == "1 events of the inbox will be tried again.\n"
    assert retry(settings=settings) == 0
    assert capsys.readouterr().out == "No event is set aside.\n"
    with database.begin() as connection:
        waiting = connection.execute(text("select webhook_event_id from inbox where taken_at is null"))
        assert waiting.scalars().all() == ["1"]

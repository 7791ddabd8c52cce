"""Who has just done something is answered at once, by the reply token; everybody else waits for the tick."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

from journey_engine import clock, planning
from journey_engine.moving.tick import tick
from journey_engine.receiver.waking import Waker, impatient, wake
from journey_engine.running import places
from journey_engine.running.wiring import join_webhook
from journey_engine.sandbox.beside import Sandbox
from journey_engine.settings import Settings
from tests.compiler.rows import world
from tests.receiver.desk import event, reception
from tests.sandbox_fixtures import user

WELCOME = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}, "nudge": {"send": "nudge"}},
}


def applied(engine: Engine, folder: Path, sandbox: Sandbox) -> Settings:
    """The world is live, and the settings name the sandbox."""
    settings = Settings(project=folder)
    places.write_url(places.sandbox_url_file(settings), sandbox.url)
    with engine.begin() as connection:
        now = clock.now(connection)
        planning.apply(connection, planning.plan(connection, world(WELCOME), now), "a test")
    return settings


def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def test_a_follow_is_greeted_by_its_reply_token_through_webhook_pass_and_sender(database, tmp_path, sandbox):
    applied(database, tmp_path, sandbox)
    with reception(database, tmp_path) as receiver:
        join_webhook(sandbox.url, receiver.url)
        try:
            sandbox.post("act", {"user": user(1), "do": "follow"})
            until(lambda: bool(sandbox.ledger()))
        finally:
            sandbox.post("webhook", {"url": None})
        until(lambda: receiver.rows("select status from intents") == [("accepted",)])
    [taken] = sandbox.ledger()
    assert (taken.endpoint, [each["text"] for each in taken.messages]) == ("reply", ["hello"])
    assert receiver.rows("select endpoint, status from requests") == [("reply", "accepted")]


def test_the_next_tick_finds_it_again_and_changes_nothing(database, tmp_path, sandbox):
    settings = applied(database, tmp_path, sandbox)
    from journey_engine.inbox import inbox

    sandbox.befriend(user(1))
    with database.begin() as connection:
        inbox.store_live(connection, [[event("1", user=user(1))]])
    engine = impatient(database)
    assert len(wake(engine, settings)) == 1
    assert wake(engine, settings) == []
    engine.dispose()
    before = _everything(database)
    with database.begin() as connection:
        project, now = planning.live_project(connection), clock.now(connection)
    tick(database, project, now)
    assert _everything(database) == before


def test_who_is_not_named_waits_for_the_tick(database, tmp_path, sandbox):
    applied(database, tmp_path, sandbox)
    from journey_engine.inbox import inbox

    with database.begin() as connection:
        now = clock.now(connection)
        inbox.store_live(connection, [[event("1", user=user(1)), event("2", user=user(2))]])
        inbox.take(connection, now)
        project = planning.live_project(connection)
        first, second = connection.execute(text("select member_id from events order by id")).scalars().all()
    tick(database, project, now, only=[second])
    assert _members(database) == [second]
    tick(database, project, now)
    assert _members(database) == sorted([first, second])


def test_whom_it_would_have_to_wait_for_longer_than_a_second_it_leaves_to_the_tick(database, tmp_path, sandbox):
    settings = applied(database, tmp_path, sandbox)
    from journey_engine.inbox import inbox

    said: list[str] = []
    with database.begin() as connection:
        inbox.store_live(connection, [[event("1", user=user(1))]])
    with database.begin() as holder:
        holder.execute(text("lock table enrolments in share row exclusive mode"))
        with Waker(database, settings, said.append) as waker:
            waker.ring()
            until(lambda: bool(said))
    assert said == ["Left to the next tick: canceling statement due to lock timeout"]
    assert _members(database) == []
    with database.begin() as connection:
        assert connection.execute(text("select name from events")).scalars().all() == ["follow"]
        project, now = planning.live_project(connection), clock.now(connection)
    tick(database, project, now)
    assert len(_members(database)) == 1


def _members(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text("select member_id from enrolments order by member_id")).scalars())


def _everything(engine: Engine) -> list[object]:
    queries = (
        "select journey, member_id, visit, entered_at from enrolments",
        "select member_id, step, at, status from intents",
        "select member_id, step, due_at from waiting",
        "select member_id, path from moves",
    )
    with engine.connect() as connection:
        return [sorted(str(tuple(row)) for row in connection.execute(text(query))) for query in queries]

"""A pass that was given definitions and an apply of others, interleaved: nobody is left at a step that is gone."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from journey_engine.language.project import Project
from journey_engine.moving.observing import ChunkReport, PassReport, StepCount
from journey_engine.moving.passing import run_pass
from journey_engine.moving.superseding import Superseded
from journey_engine.moving.tick import journeys_with_work, tick
from journey_engine.planning import WouldStrand, apply, live_project, plan
from tests.planning.inside import DAY, NIGHT
from tests.planning.test_planning import WELCOME, edited, project, without_step

NOW = NIGHT + timedelta(hours=8)  # ten in the morning in Taipei


def live(database: Engine) -> Project:
    with database.begin() as conn:
        return live_project(conn)


def go_live(database: Engine, what: Project) -> None:
    with database.begin() as conn:
        apply(conn, plan(conn, what, NIGHT), "a test")


@pytest.fixture
def friend(database: Engine) -> Engine:
    """welcome is live, and one friend has followed."""
    go_live(database, project(welcome=WELCOME))
    with database.begin() as conn:
        conn.execute(
            text("insert into members (member_key, created_at, changed_at) values ('m1', :at, :at)"), {"at": NOW}
        )
        conn.execute(
            text("insert into events (member_id, name, at, source) select id, 'follow', :at, 'line' from members"),
            {"at": NOW},
        )
    return database


def places(database: Engine) -> list[str]:
    with database.begin() as conn:
        return list(conn.execute(text("select step from waiting")).scalars())


class Between:
    """An observer that does something before the pass's chunk begins its transaction."""

    def __init__(self, database: Engine, what: Project) -> None:
        self.database, self.what = database, what

    def begin(self, *_: object) -> None:
        go_live(self.database, self.what)

    def chunk(self, _number: int, _of: int, run: object) -> ChunkReport:
        return run()

    def step(self, _name: str, _parents: object, run: object) -> StepCount:
        return run()

    def end(self, _report: PassReport) -> None:
        raise AssertionError("a pass that stopped has no end to show")


def test_a_pass_whose_definitions_were_replaced_decides_nothing_and_the_next_one_goes_on(friend: Engine) -> None:
    old = live(friend)
    report = run_pass(friend, old, "welcome", NOW, Between(friend, project(welcome=without_step("rest"))))
    assert report.superseded
    assert not report.changed
    assert places(friend) == []
    with friend.begin() as conn:
        assert conn.execute(text("select status from runs where kind = 'pass'")).scalars().all() == ["completed"]
    assert run_pass(friend, live(friend), "welcome", NOW).entered == 1
    assert places(friend) == ["ask"]


def test_a_pass_that_begins_after_the_apply_moves_no_cursor(friend: Engine) -> None:
    old = live(friend)
    on_purchase = edited(enter={"on": "purchase", "again": "never"})
    go_live(friend, project(welcome=on_purchase))
    with friend.begin() as conn:
        conn.execute(
            text("insert into events (member_id, name, at, source) select id, 'purchase', :at, 'shop' from members"),
            {"at": NOW},
        )
    assert run_pass(friend, old, "welcome", NOW).superseded
    assert tick(friend, old, NOW) == []
    with friend.begin() as conn, pytest.raises(Superseded):
        journeys_with_work(conn, old, NOW)
    assert tick(friend, live(friend), NOW)[0].entered == 1


class Meanwhile(Between):
    """While the chunk is at its first step, others begin to apply on a connection of their own."""

    def __init__(self, database: Engine, what: Project) -> None:
        super().__init__(database, what)
        self.refused: list[WouldStrand] = []
        self.thread = threading.Thread(target=self.apply_it)

    def begin(self, *_: object) -> None:
        pass

    def step(self, name: str, _parents: object, run: object) -> StepCount:
        if name == "say_hello":
            self.thread.start()
            time.sleep(0.3)  # it waits for the chunk's lock by now, or would have come through
        return run()

    def apply_it(self) -> None:
        try:
            go_live(self.database, self.what)
        except WouldStrand as refused:
            self.refused.append(refused)

    def end(self, _report: PassReport) -> None:
        pass


def test_an_apply_waits_for_the_chunk_and_sees_who_came_to_the_step_it_takes_away(friend: Engine) -> None:
    old = live(friend)
    both = Meanwhile(friend, project(welcome=without_step("rest")))
    report = run_pass(friend, old, "welcome", NOW, both)
    both.thread.join(timeout=20)
    assert report.entered == 1
    assert places(friend) == ["rest"]
    assert [asked.questions[0].step for asked in both.refused] == ["rest"]
    assert live(friend) == old


def test_what_was_not_read_from_the_database_is_held_to_nothing(friend: Engine) -> None:
    assert run_pass(friend, project(welcome=WELCOME), "welcome", NOW).entered == 1
    assert run_pass(friend, project(welcome=edited(title="歡迎")), "welcome", NOW + DAY).journey == "welcome"


def test_a_cursor_that_meets_an_apply_is_moved_when_that_is_done(friend: Engine) -> None:
    live_now = live(friend)

    def write_beside() -> None:
        with friend.begin() as conn:
            conn.execute(text("update journey_clocks set paused_at = null"))
            time.sleep(1.0)

    beside = threading.Thread(target=write_beside)

    class First(Meanwhile):
        def step(self, name: str, _parents: object, run: object) -> StepCount:
            if name == "(settle)":
                beside.start()
                time.sleep(0.2)
            return run()

    report = run_pass(friend, live_now, "welcome", NOW, First(friend, live_now))
    beside.join(timeout=20)
    assert report.entered == 1
    with friend.begin() as conn:
        assert conn.execute(text("select last_now from journey_clocks")).scalar_one() == NOW


def test_a_chunk_that_could_not_have_all_its_locks_keeps_none(friend: Engine) -> None:
    with friend.begin() as conn:
        conn.execute(text(f"alter database \"{friend.url.database}\" set lock_timeout = '200ms'"))
    friend.dispose()  # for sessions begun from now on
    with friend.connect() as blocker:
        blocker.execute(text("select pg_advisory_lock(hashtext('welcome'), shard) from generate_series(0, 15) shard"))
        with pytest.raises(OperationalError):
            run_pass(friend, live(friend), "welcome", NOW)
        go_live(friend, project(welcome=edited(title="歡迎")))
        blocker.execute(text("select pg_advisory_unlock_all()"))
    assert run_pass(friend, live(friend), "welcome", NOW).entered == 1

"""The order of arrival: what commits late is not lost, what was read is not read again."""

from datetime import timedelta

from sqlalchemy import select, text

from journey_engine.moving.tick import journeys_with_work
from journey_engine.store.tables.moving import journey_clocks
from tests.compiler import rows
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "after exit"},
    "steps": {"wait": {"wait": {"first_of": [{"until": "visit"}]}, "at_most": "30 days"}},
}


def test_a_transaction_that_began_first_and_commits_last_is_not_lost(database):
    stage = Stage(database, world(JOURNEY))
    for key in ("slow", "fast"):
        stage.member(key)
    with database.connect() as slow, database.connect() as fast:
        rows.event(slow, stage.ids["slow"], "follow", "2026-03-02 10:00")
        rows.event(fast, stage.ids["fast"], "follow", "2026-03-02 10:01")
        fast.commit()
        assert stage.run("2026-03-02 10:05").entered == 1
        assert stage.path("slow") == []
        slow.commit()
    assert stage.run("2026-03-02 10:06").entered == 1
    assert stage.path("slow") == ["2026-03-02 10:00 (enter) journey"]


def test_what_was_read_is_not_read_again_while_an_old_transaction_is_open(database):
    stage = Stage(database, world(JOURNEY))
    stage.member("other")
    with database.connect() as old:
        rows.event(old, stage.ids["other"], "visit", "2026-03-02 09:00")
        stage.event("2026-03-02 10:00", "follow")
        assert stage.run("2026-03-02 10:05").entered == 1
        stage.event("2026-03-02 10:06", "follow")
        assert stage.run("2026-03-02 10:07").members == 1
        assert stage.run("2026-03-02 10:08").members == 0


def test_an_event_that_ends_a_wait_is_heard_although_an_older_transaction_is_open(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    stage.member("other")
    with database.connect() as old:
        rows.event(old, stage.ids["other"], "visit", "2026-03-02 09:00")
        stage.event("2026-03-02 11:00", "visit")
        assert stage.run("2026-03-02 11:01").finished == 1


def restored(database):
    """What was seen lies ahead of the server's counter, as in a database that was put back from a copy."""
    far = journey_clocks.update().values(seen=2**60, snapshot=f"{2**60}:{2**60}:")
    with database.begin() as connection:
        connection.execute(far)


def test_after_a_restore_everything_is_looked_at_again_and_nothing_done_twice(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    before = stage.everything()
    restored(database)
    stage.event("2026-03-02 10:30", "follow", "ann")
    assert stage.run("2026-03-02 11:00").entered == 1
    assert [row for row in stage.everything()["enrolments"] if row[0] == stage.ids["mei"]] == before["enrolments"]


def test_after_a_restore_a_trigger_that_was_refused_is_not_judged_again(database):
    stage = Stage(database, world({**JOURNEY, "enter": {**JOURNEY["enter"], "if": "purchase"}}))
    stage.event("2026-03-02 10:00", "follow")
    assert stage.run("2026-03-02 10:00").entered == 0
    stage.event("2026-03-02 09:00", "purchase", value="1")  # it comes late: the trigger would find it now
    restored(database)
    assert stage.run("2026-03-02 11:00").entered == 0
    assert (stage.refused(), stage.path()) == (["2026-03-02 10:00 if"], [])


def test_an_idle_question_writes_nothing_and_makes_no_table(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.tick("2026-03-02 10:00")
    stage.tick("2026-03-02 10:01")
    with database.connect() as connection:
        before = connection.execute(select(journey_clocks)).all()
        assert journeys_with_work(connection, stage.project, at("2026-03-03 10:00")) == []
        assert connection.execute(text("select pg_current_xact_id_if_assigned()")).scalar_one() is None
    stage.tick("2026-03-03 10:00")
    with database.connect() as connection:
        assert connection.execute(select(journey_clocks)).all() == before


def test_what_no_journey_cares_for_moves_the_cursor_on(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "refund", value="1")
    assert stage.tick("2026-03-02 10:00") == []
    with database.connect() as connection:
        assert connection.execute(select(journey_clocks.c.snapshot)).scalar_one() is not None
        assert journeys_with_work(connection, stage.project, at("2026-03-02 10:00")) == []
        connection.rollback()
    assert stage.run("2026-03-02 11:00").members == 0


def test_journeys_with_work_come_by_priority(database):
    low = {**JOURNEY, "journey": "low", "priority": 10}
    stage = Stage(
        database, world(low, JOURNEY, {**JOURNEY, "journey": "idle", "enter": {"on": "refund", "again": "never"}})
    )
    stage.event("2026-03-02 10:00", "follow")
    with database.begin() as connection:
        assert journeys_with_work(connection, stage.project, at("2026-03-02 10:00")) == ["welcome", "low"]
    stage.tick_through("2026-03-02 10:00", "2026-03-02 10:02", timedelta(minutes=1))
    with database.begin() as connection:
        assert journeys_with_work(connection, stage.project, at("2026-03-02 10:03")) == []

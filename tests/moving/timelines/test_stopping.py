"""Paused, retired, draft, held: what goes on and what does not."""

from tests.compiler.rows import world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "leave": {"if": "refund since entry"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}, "nudge": {"send": "nudge"}},
}


def with_two_inside(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-02 10:00", "follow", "ann")
    stage.run("2026-03-02 10:00")
    return stage


def test_a_paused_journey_lets_nobody_in_and_moves_nobody_but_lets_members_leave(database):
    stage = with_two_inside(database)
    stage.status("welcome", "paused")
    stage.event("2026-03-02 12:00", "follow", "bob")
    stage.event("2026-03-02 12:00", "refund", "ann", value="1")
    report = stage.run("2026-03-04 10:00")
    assert (report.entered, report.intents, dict(report.left)) == (0, 0, {"leave": 1})
    assert stage.waits() == ["rest until 2026-03-03 10:00"]
    assert stage.run("2026-03-04 11:00").members == 0


def test_when_it_goes_on_members_go_on_from_their_own_instants(database):
    stage = with_two_inside(database)
    stage.status("welcome", "paused")
    stage.run("2026-03-04 10:00")
    stage.status("welcome", "live")
    stage.run("2026-03-04 12:00")
    assert stage.path()[2:] == [
        "2026-03-03 10:00 rest next",
        "2026-03-03 10:00 nudge next",
        "2026-03-03 10:00 (end) finished",
    ]


def test_a_retired_journey_lets_nobody_in_and_its_members_finish(database):
    stage = with_two_inside(database)
    stage.status("welcome", "retired")
    stage.event("2026-03-02 12:00", "follow", "bob")
    report = stage.run("2026-03-03 10:00")
    assert (report.entered, report.finished) == (0, 2)


def test_a_draft_does_nothing(database):
    stage = Stage(database, world({**JOURNEY, "status": "draft"}))
    stage.event("2026-03-02 10:00", "follow")
    assert stage.run("2026-03-03 10:00").members == 0


def test_a_held_journey_stands_still_lets_members_leave_and_keeps_its_triggers(database):
    stage = with_two_inside(database)
    stage.hold("welcome", "2026-03-02 11:00")
    stage.event("2026-03-02 12:00", "follow", "bob")
    stage.event("2026-03-02 12:00", "refund", "ann", value="1")
    report = stage.run("2026-03-04 10:00")
    assert (report.held, report.entered, report.intents, dict(report.left)) == ("a test", 0, 0, {"leave": 1})
    assert stage.run("2026-03-04 10:30").members == 0
    stage.release("2026-03-04 11:00")
    report = stage.run("2026-03-04 12:00")
    assert (report.held, report.entered, report.finished) == (None, 1, 2)
    assert stage.path("bob")[0] == "2026-03-02 12:00 (enter) journey"

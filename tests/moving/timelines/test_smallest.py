"""The smallest journey, from trigger to end."""

from tests.compiler.rows import world
from tests.moving.stage import Stage

WELCOME = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}, "nudge": {"send": "nudge"}},
}


def test_a_follower_is_greeted_at_once_and_nudged_a_day_later(database):
    stage = Stage(database, world(WELCOME))
    stage.event("2026-03-02 10:00:30", "follow")
    first = stage.run("2026-03-02 10:05")
    assert (first.entered, first.intents, first.waiting) == (1, 1, 1)
    assert stage.path() == ["2026-03-02 10:00:30 (enter) journey", "2026-03-02 10:00:30 greet next"]
    assert stage.waits() == ["rest until 2026-03-03 10:00:30"]
    early = stage.run("2026-03-03 10:00")
    assert (early.members, early.chunks) == (0, 0)
    last = stage.run("2026-03-04 00:00")
    assert (last.finished, last.intents) == (1, 1)
    assert stage.path() == [
        "2026-03-02 10:00:30 (enter) journey",
        "2026-03-02 10:00:30 greet next",
        "2026-03-03 10:00:30 rest next",
        "2026-03-03 10:00:30 nudge next",
        "2026-03-03 10:00:30 (end) finished",
    ]
    assert stage.intents() == ["2026-03-02 10:00:30 hello", "2026-03-03 10:00:30 nudge"]
    assert stage.ends() == [("2026-03-03 10:00:30", "finished")]
    assert stage.waits() == []


def test_one_late_pass_does_what_two_timely_ones_do(database):
    stage = Stage(database, world(WELCOME))
    stage.event("2026-03-02 10:00", "follow")
    report = stage.run("2026-03-09 00:00")
    assert (report.entered, report.finished, report.intents) == (1, 1, 2)
    assert report.steps == {"greet": {"next": 1}, "rest": {"next": 1}, "nudge": {"next": 1}}
    assert stage.intents() == ["2026-03-02 10:00 hello", "2026-03-03 10:00 nudge"]

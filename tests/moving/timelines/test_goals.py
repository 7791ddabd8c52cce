"""Goals: counted once for every entrant in (entry, entry + within], inside or gone."""

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "goal": {"if": "purchase since entry", "within": "7 days", "then": "stay"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}, "nudge": {"send": "nudge"}},
}


@pytest.mark.parametrize(
    ("bought_at", "goal_at"),
    [
        ("2026-03-02 10:00", None),
        ("2026-03-02 10:00:01", "2026-03-02 10:00:01"),
        ("2026-03-09 10:00", "2026-03-09 10:00"),
        ("2026-03-09 10:00:01", None),
    ],
)
def test_the_window_is_open_at_the_entry_and_closed_at_its_end(database, bought_at, goal_at):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.event(bought_at, "purchase", value="1")
    stage.run("2026-03-20 00:00")
    assert stage.goal() == [goal_at]
    assert stage.ends() == [("2026-03-03 10:00", "finished")]


def test_what_held_at_the_entry_already_is_no_goal_before_it_happens_anew(database):
    stage = Stage(database, world({**JOURNEY, "goal": {"if": "purchase", "within": "7 days", "then": "stay"}}))
    stage.event("2026-03-01 10:00", "purchase", value="1")
    stage.event("2026-03-02 10:00", "purchase", value="1")
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-04 00:00")
    assert stage.goal() == [None]
    stage.event("2026-03-05 10:00", "purchase", value="1")
    stage.run("2026-03-06 00:00")
    assert stage.goal() == ["2026-03-05 10:00"]


def test_a_goal_counts_after_she_has_gone_and_only_once(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-04 00:00")
    assert stage.goal() == [None]
    stage.event("2026-03-05 10:00", "purchase", value="1")
    assert stage.run("2026-03-05 10:05").goals == 1
    stage.event("2026-03-06 10:00", "purchase", value="1")
    assert stage.run("2026-03-06 10:05").goals == 0
    assert stage.goal() == ["2026-03-05 10:00"]


def test_a_goal_that_stays_moves_nobody(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-02 12:00", "purchase", value="1")
    assert stage.run("2026-03-02 12:00").goals == 1
    assert stage.waits() == ["rest until 2026-03-03 10:00"]


def test_a_purchase_that_arrives_late_still_counts(database):
    stage = Stage(database, world(JOURNEY))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-20 00:00")
    stage.event("2026-03-04 10:00", "purchase", value="1")
    stage.run("2026-03-20 01:00")
    assert stage.goal() == ["2026-03-04 10:00"]


def test_a_goal_the_clock_brings_after_she_has_gone(database):
    goal = {"if": "no visit within 2 days", "within": "7 days", "then": "stay"}
    stage = Stage(database, world({**JOURNEY, "goal": goal, "steps": {"greet": {"send": "hello"}}}))
    stage.event("2026-03-01 18:00", "visit")
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    assert stage.waits() == ["(goal) until 2026-03-09 10:00"]
    stage.run("2026-03-03 18:30")
    assert (stage.goal(), stage.waits()) == (["2026-03-03 18:00"], [])


def test_each_visit_has_its_own_goal(database):
    stage = Stage(database, world({**JOURNEY, "enter": {"on": "follow", "again": "after exit"}}))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-04 10:00", "follow")
    stage.event("2026-03-04 12:00", "purchase", value="1")
    stage.run("2026-03-10 00:00")
    assert stage.goal() == ["2026-03-04 12:00", "2026-03-04 12:00"]

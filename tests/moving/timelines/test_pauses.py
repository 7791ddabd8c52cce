"""Pauses: what goes on meanwhile, and what becomes of promised times when they end."""

import pytest

from journey_engine.data.release import release
from journey_engine.moving.pausing import status_changed
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

ASKS = {
    "greet": {"send": "hello"},
    "asks": {
        "wait": {"first_of": [{"until": "click of hello", "do": {"thank": {"send": "thanks"}}}]},
        "at_most": "3 days",
        "otherwise": {"do": {"nudge": {"send": "nudge"}}},
    },
}


def paused(database, steps, pause, birthday="2026-03-06"):
    """Entered on Monday 2 March at 10:00; the journey pauses on Tuesday at 10:00."""
    journey = {"journey": "welcome", "enter": {"on": "follow", "again": "never"}, "pause": pause, "steps": steps}
    stage = Stage(database, world(journey))
    stage.member("mei", birthday=birthday)
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    turn(stage, "2026-03-03 10:00", "paused")
    stage.run("2026-03-03 10:00")
    return stage


def turn(stage, when, status):
    was = stage.project.journeys["welcome"].status
    stage.status("welcome", status)
    with stage.engine.begin() as connection:
        status_changed(connection, stage.project, "welcome", was, at(when))


def test_while_it_is_paused_nobody_goes_on(database):
    stage = paused(database, {"rest": {"wait": "1 day"}, "greet": {"send": "hello"}}, "keep")
    stage.run("2026-03-05 10:00")
    assert stage.waits() == ["rest until 2026-03-03 10:00"]


def test_kept_promises_are_decided_at_their_own_instants_when_it_goes_on(database):
    stage = paused(database, ASKS, "keep")
    stage.event("2026-03-04 09:00", "click", of="hello")
    stage.run("2026-03-04 12:00")
    turn(stage, "2026-03-04 22:00", "live")
    stage.run("2026-03-04 22:00")
    assert stage.path()[2:] == [
        "2026-03-04 09:00 asks 1",
        "2026-03-04 09:00 thank next",
        "2026-03-04 09:00 (end) finished",
    ]


def test_shifted_promises_move_by_the_length_of_the_pause(database):
    stage = paused(database, ASKS, "shift")
    turn(stage, "2026-03-04 22:00", "live")  # after 36 hours
    assert stage.waits() == ["asks until 2026-03-06 22:00"]
    stage.event("2026-03-06 21:00", "click", of="hello")
    stage.run("2026-03-08 00:00")
    assert stage.path()[2] == "2026-03-06 21:00 asks 1"


@pytest.mark.parametrize("clicked", ["2026-03-03 09:59", "2026-03-04 09:00"])
def test_with_shift_what_happened_before_or_in_the_pause_ends_a_wait_when_the_pause_ends(database, clicked):
    stage = paused(database, ASKS, "shift")
    stage.event(clicked, "click", of="hello")  # it arrives while the journey stands still
    stage.run("2026-03-04 12:00")
    turn(stage, "2026-03-04 22:00", "live")
    stage.run("2026-03-04 22:00")
    assert stage.path()[2:] == [
        "2026-03-04 22:00 asks 1",
        "2026-03-04 22:00 thank next",
        "2026-03-04 22:00 (end) finished",
    ]


@pytest.mark.parametrize("clicked", [None, "2026-03-04 12:00", "2026-03-04 22:00"])
def test_with_shift_a_wait_for_a_click_that_could_not_come_ends_in_vain_when_the_pause_ends(database, clicked):
    stage = paused(database, ASKS, "shift")
    stage.event("2026-03-04 09:00", "skipped", of="hello", step="greet", reason="consent")
    if clicked:  # of another message of that name
        stage.event(clicked, "click", of="hello")
    stage.run("2026-03-04 12:00")
    turn(stage, "2026-03-04 22:00", "live")
    stage.run("2026-03-04 22:00")
    assert stage.path()[2:] == [
        "2026-03-04 22:00 asks timeout",
        "2026-03-04 22:00 nudge next",
        "2026-03-04 22:00 (end) finished",
    ]


SHIFTED = [
    ("a length", {"wait": "2 days"}, "2026-03-04 10:00", "2026-03-05 22:00"),
    ("its clock time is kept", {"wait": "2 days", "until": "11:00"}, "2026-03-04 11:00", "2026-03-06 11:00"),
    ("its days are kept", {"wait": "4 days", "on": "weekdays"}, "2026-03-06 10:00", "2026-03-09 22:00"),
    ("its window is kept", {"wait": {"window": "11:00-12:00"}, "on": ["thu"]}, "2026-03-05 11:00", "2026-03-12 11:00"),
    ("a clock time", {"wait": "09:30", "on": ["thu"]}, "2026-03-05 09:30", "2026-03-12 09:30"),
    ("a date stays the date it is", {"wait": {"date": "birthday", "at": "10:00"}}, "2026-03-06 10:00",
     "2026-03-06 10:00"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "due", "moved"), [case[1:] for case in SHIFTED], ids=[case[0] for case in SHIFTED])
def test_a_shifted_promise_is_still_kept(database, step, due, moved):
    stage = paused(database, {"rest": step, "greet": {"send": "hello"}}, "shift")
    assert stage.waits() == [f"rest until {due}"]
    turn(stage, "2026-03-04 22:00", "live")
    assert stage.waits() == [f"rest until {moved}"]
    stage.run("2026-03-20 00:00")
    assert stage.intents() == [f"{moved} hello"]


def test_who_was_due_before_the_pause_goes_on_when_it_ends(database):
    journey = {
        "journey": "welcome", "enter": {"on": "follow", "again": "never"}, "pause": "shift",
        "steps": {"rest": {"wait": "20 hours"}, "greet": {"send": "hello"}},
    }  # fmt: skip
    stage = Stage(database, world(journey))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    turn(stage, "2026-03-03 06:30", "paused")  # she was due at 06:00, and no pass came
    turn(stage, "2026-03-03 08:30", "live")
    stage.run("2026-03-03 09:00")
    assert stage.intents() == ["2026-03-03 08:30 hello"]


def test_a_second_pause_moves_what_the_first_had_moved(database):
    stage = paused(database, {"rest": {"wait": "3 days"}, "greet": {"send": "hello"}}, "shift")
    turn(stage, "2026-03-03 22:00", "live")
    assert stage.waits() == ["rest until 2026-03-05 22:00"]
    turn(stage, "2026-03-04 00:00", "paused")
    turn(stage, "2026-03-04 06:00", "live")
    assert stage.waits() == ["rest until 2026-03-06 04:00"]


def test_leaving_goes_on_while_it_is_paused_and_retired_insiders_finish(database):
    journey = {
        "journey": "welcome", "enter": {"on": "follow", "again": "never"}, "leave": {"if": "tag angry"},
        "steps": {"rest": {"wait": "3 days"}, "greet": {"send": "hello"}},
    }  # fmt: skip
    stage = Stage(database, world(journey))
    for key in ("mei", "ann"):
        stage.event("2026-03-02 10:00", "follow", key)
    stage.run("2026-03-02 10:00")
    turn(stage, "2026-03-03 10:00", "paused")
    stage.tag("angry", "2026-03-03 12:00", key="ann")
    stage.run("2026-03-03 12:00")
    assert stage.ends("ann") == [("2026-03-03 12:00", "leave")]
    turn(stage, "2026-03-04 10:00", "retired")
    stage.event("2026-03-04 11:00", "follow", "bob")
    stage.run("2026-03-06 10:00")
    assert stage.ends() == [("2026-03-05 10:00", "finished")]
    assert stage.waits("bob") == []


def test_what_happened_while_the_journey_was_held_is_heard_when_it_is_released(database):
    stage = Stage(database, world({"journey": "welcome", "enter": {"on": "follow", "again": "never"}, "steps": ASKS}))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    stage.hold("welcome", "2026-03-03 08:00")
    stage.event("2026-03-03 09:00", "click", of="hello")
    stage.run("2026-03-03 09:01")
    assert stage.waits() == ["asks until 2026-03-05 10:00"]
    with database.begin() as connection:
        release(connection, "welcome", "小陳", "looked at", at("2026-03-03 12:00"), scope="journey")
    stage.run("2026-03-03 12:00")
    assert stage.path()[2] == "2026-03-03 09:00 asks 1"

"""What comparing the engine with the reference interpreter has found, each as the smallest story that showed it."""

from tests.compiler.rows import world
from tests.moving.stage import Stage

FOLLOW = {"on": "follow", "again": "never"}


def test_a_send_that_quiet_hours_skip_goes_on_to_the_next_step(database):
    steps = {"greet": {"send": "hello", "quiet": "skip"}, "rest": {"wait": "1 day"}}
    project = world({"journey": "welcome", "enter": FOLLOW, "steps": steps}, quiet_hours="21:00-09:00")
    stage = Stage(database, project)
    stage.event("2026-03-02 22:00", "follow")
    stage.run("2026-03-05 10:00")
    assert stage.path() == [
        "2026-03-02 22:00 (enter) journey",
        "2026-03-02 22:00 greet skipped",
        "2026-03-03 22:00 rest next",
        "2026-03-03 22:00 (end) finished",
    ]


def test_a_window_of_a_month_ends_with_the_month_that_is_shorter(database):
    # “A month before” lies in January until the end of February: what was bought on 31 January counts until then.
    journey = {
        "journey": "welcome",
        "enter": FOLLOW,
        "leave": {"if": "no purchase within 1 month"},
        "steps": {"rest": {"wait": "9 days"}},
    }
    stage = Stage(database, world(journey), live_since="2026-01-01 00:00")
    stage.event("2026-01-31 10:00", "purchase")
    stage.event("2026-02-28 09:00", "follow")
    stage.run("2026-03-20 00:00")
    assert stage.path()[1:] == ["2026-03-01 00:00 (leave) leave"]


def test_after_days_of_rest_a_hand_on_comes_before_a_later_trigger(database):
    first = {
        "journey": "zeta",
        "enter": FOLLOW,
        "steps": {"rest": {"wait": "1 day"}, "on": {"go_to": "alpha"}},
    }
    after = {
        "journey": "alpha",
        "enter": {"on": "purchase", "again": "after exit"},
        "steps": {"rest": {"wait": "1 day"}},
    }
    stage = Stage(database, world(first, after))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-06 10:00", "purchase")
    stage.tick("2026-03-20 00:00")
    assert stage.path(journey="alpha", visit=1)[0] == "2026-03-03 10:00 (enter) journey"
    assert stage.path(journey="alpha", visit=2)[0] == "2026-03-06 10:00 (enter) journey"
    assert stage.refused() == []


def test_a_branch_with_an_if_of_its_own_is_taken(database):
    arms = [{"if": "refund"}, {"otherwise": True}]
    which = {"if": "no purchase since entry", "branch": arms}
    journey = {"journey": "welcome", "enter": {"on": "purchase", "again": "after exit"}, "steps": {"which": which}}
    stage = Stage(database, world(journey))
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-02 10:01")
    assert stage.path()[1:] == ["2026-03-02 10:00 which otherwise", "2026-03-02 10:00 (end) finished"]


def test_who_draws_the_share_itself_is_not_held_out(database):
    goal = {"if": "purchase since entry", "within": "7 days", "then": "leave"}
    journey = {"journey": "welcome", "enter": FOLLOW, "holdout": "11.89%", "goal": goal}
    stage = Stage(database, world(journey | {"steps": {"rest": {"wait": "9 days"}}}))
    stage.event("2026-03-02 10:00", "follow", key="m1")  # m1 draws 1189 of 10,000
    stage.run("2026-03-02 10:01")
    assert stage.path(key="m1") == ["2026-03-02 10:00 (enter) journey"]


def test_a_leave_rule_that_a_step_puts_off_holds_only_when_it_holds_again(database):
    # Looked at before the step of 3 March she would leave at the visit; the tag that it gives lasts a day.
    journey = {
        "journey": "welcome",
        "enter": FOLLOW,
        "leave": {"if": "visit within 24 hours and not tag keen"},
        "steps": {"rest": {"wait": "1 day"}, "mark": {"tag": "keen for 1 day"}, "more": {"wait": "9 days"}},
    }
    stage = Stage(database, world(journey))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-03 14:00", "visit")
    stage.run("2026-03-06 10:00")
    assert stage.path()[-1] == "2026-03-04 10:00 (leave) leave"


def test_a_wait_that_is_over_as_she_arrives_has_not_begun_until_its_data_are_there(database):
    # Twelve hours since she entered are over, but there may have been purchases: until they are known an edit may still
    # ask whether she waits at all.
    asked = {"count": "since entry", "at_most": "12 hours"}
    answer = {"wait": {"first_of": [{"until": "click of hello"}, {"until": "purchase"}]}, **asked}
    journey = {"journey": "welcome", "enter": FOLLOW, "steps": {"rest": {"wait": "1 day"}, "answer": answer}}
    edited = journey | {"steps": {"rest": {"wait": "1 day"}, "answer": {"if": "no click of hello", **answer}}}
    stage = Stage(database, world(journey, feeds={"orders": "purchase"}))
    stage.event("2026-03-02 09:00", "follow")
    stage.event("2026-03-02 10:00", "click", of="hello")
    stage.run("2026-03-03 12:00")
    assert stage.path()[1:] == ["2026-03-03 09:00 rest next"]
    stage.project = world(edited, feeds={"orders": "purchase"})
    stage.covered("orders", "2026-03-04 00:00")
    stage.run("2026-03-04 03:00")
    assert stage.path()[2:] == ["2026-03-03 09:00 answer passed by", "2026-03-03 09:00 (end) finished"]

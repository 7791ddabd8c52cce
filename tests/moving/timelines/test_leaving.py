"""Leaving: at which instant, for which cause, and before what."""

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "leave": {"if": "refund since entry or tag vip"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "3 days"}, "nudge": {"send": "nudge"}},
}


def greeted(database, journey=JOURNEY, **more):
    stage = Stage(database, world({**journey, **more}))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    return stage


def test_a_leave_rule_ends_a_wait_at_the_instant_of_its_event(database):
    stage = greeted(database)
    stage.event("2026-03-03 12:00", "refund", value="10")
    report = stage.run("2026-03-03 12:30")
    assert dict(report.left) == {"leave": 1}
    assert stage.path()[2:] == ["2026-03-03 12:00 (leave) leave"]
    assert stage.ends() == [("2026-03-03 12:00", "leave")]
    assert stage.waits() == []


def test_leave_beats_the_timeout_at_the_same_instant(database):
    stage = greeted(database)
    stage.event("2026-03-05 10:00", "refund", value="10")
    stage.run("2026-03-05 10:00")
    assert stage.path()[2:] == ["2026-03-05 10:00 (leave) leave"]
    assert stage.intents() == ["2026-03-02 10:00 hello"]


def test_leave_beats_the_event_that_ends_the_wait_at_the_same_instant(database):
    wait = {"wait": {"first_of": [{"until": "visit"}]}, "at_most": "3 days"}
    stage = greeted(database, steps={"greet": {"send": "hello"}, "rest": wait, "nudge": {"send": "nudge"}})
    stage.event("2026-03-03 12:00", "visit")
    stage.event("2026-03-03 12:00", "refund", value="10")
    stage.run("2026-03-03 12:00")
    assert stage.path()[2:] == ["2026-03-03 12:00 (leave) leave"]


def test_a_step_before_the_leave_instant_still_runs_in_a_late_pass(database):
    stage = greeted(database)
    stage.event("2026-03-05 10:01", "refund", value="10")
    stage.run("2026-03-09 10:00")
    assert stage.path()[2:] == [
        "2026-03-05 10:00 rest next",
        "2026-03-05 10:00 nudge next",
        "2026-03-05 10:00 (end) finished",
    ]


def test_a_cause_that_arrives_late_takes_her_from_where_she_waits_and_not_before(database):
    steps = {"first": {"wait": "1 day"}, "greet": {"send": "hello"}, "second": {"wait": "3 days"}}
    stage = greeted(database, steps=steps)
    stage.run("2026-03-03 11:00")
    stage.event("2026-03-02 18:00", "refund", value="10")
    stage.run("2026-03-03 12:00")
    assert stage.path()[-1] == "2026-03-03 10:00 (leave) leave"
    assert stage.intents() == ["2026-03-03 10:00 hello"]


def test_who_meets_the_leave_rule_at_the_entry_takes_no_step(database):
    stage = Stage(database, world(JOURNEY))
    stage.tag("vip", "2026-03-01 10:00")
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    assert stage.path() == ["2026-03-02 10:00 (enter) journey", "2026-03-02 10:00 (leave) leave"]
    assert stage.intents() == []


def test_who_blocks_us_leaves_as_blocked(database):
    stage = greeted(database)
    stage.event("2026-03-04 09:00", "unfollow")
    stage.run("2026-03-04 09:01")
    assert stage.ends() == [("2026-03-04 09:00", "blocked")]


def test_who_is_erased_leaves_as_erased_before_all_other_causes(database):
    stage = greeted(database)
    stage.event("2026-03-04 09:00", "unfollow")
    stage.event("2026-03-04 09:00", "refund", value="10")
    stage.erase("2026-03-04 09:00")
    stage.run("2026-03-04 09:01")
    assert stage.ends() == [("2026-03-04 09:00", "erased")]


def test_a_goal_that_ends_the_journey(database):
    stage = greeted(database, goal={"if": "purchase", "within": "14 days", "then": "leave"})
    stage.event("2026-03-04 09:00", "purchase", value="10")
    report = stage.run("2026-03-04 09:30")
    assert (report.goals, dict(report.left)) == (1, {"goal": 1})
    assert stage.ends() == [("2026-03-04 09:00", "goal")]
    assert stage.goal() == ["2026-03-04 09:00"]


def test_the_leave_rule_goes_before_the_goal_at_the_same_instant(database):
    stage = greeted(database, goal={"if": "refund", "within": "14 days", "then": "leave"})
    stage.event("2026-03-04 09:00", "refund", value="10")
    stage.run("2026-03-04 09:30")
    assert stage.ends() == [("2026-03-04 09:00", "leave")]


CLOCKED = [
    ("no visit within 2 days", "2026-03-03 08:00"),
    ("not tag vip", "2026-03-04 09:30"),
    ("days since last visit >= 2", "2026-03-03 00:00"),
    ("birthday within next 3 days", "2026-03-04 00:00"),
    ("not in segment lapsed", "2026-03-03 02:00"),
]


@pytest.mark.parametrize(("rule", "leaves_at"), CLOCKED)
def test_the_clock_alone_ends_a_journey(database, rule, leaves_at):
    stage = Stage(database, world({**JOURNEY, "leave": {"if": rule}}))
    stage.member(birthday="1990-03-07")
    stage.event("2026-03-01 08:00", "visit")
    stage.tag("vip", "2026-03-01 08:00", "2026-03-04 09:30")
    stage.segment("lapsed", "2026-03-01 02:00", "2026-03-03 02:00")
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    assert stage.waits() == ["rest until 2026-03-05 10:00"]
    assert stage.run("2026-03-02 23:59").members == 0  # nobody is due, so nothing is looked at
    stage.run("2026-03-04 12:00")
    assert stage.ends() == [(leaves_at, "leave")]


def test_a_changed_attribute_is_noticed(database):
    stage = Stage(database, world({**JOURNEY, "leave": {"if": "tier = '金卡'"}}))
    stage.member(tier="一般")
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    stage.attributes("2026-03-03 09:00", tier="金卡")
    stage.run("2026-03-03 09:05")
    assert stage.ends()[0][1] == "leave"


def test_a_tag_given_by_the_journey_itself_can_end_it(database):
    steps = {"mark": {"tag": "vip"}, "greet": {"send": "hello"}}
    stage = greeted(database, steps=steps)
    assert stage.path() == [
        "2026-03-02 10:00 (enter) journey",
        "2026-03-02 10:00 mark next",
        "2026-03-02 10:00 (leave) leave",
    ]


def test_a_journey_that_one_waits_in_can_end_another(database):
    other = {"journey": "retain", "enter": {"on": "visit", "again": "never"}, "steps": {"rest": {"wait": "9 days"}}}
    stage = Stage(database, world({**JOURNEY, "leave": {"if": "in journey retain"}}, other))
    stage.event("2026-03-02 10:00", "follow")
    stage.tick("2026-03-02 10:00")
    stage.event("2026-03-03 10:00", "visit")
    stage.tick("2026-03-03 10:01")
    assert stage.path(journey="welcome")[-1] == "2026-03-03 10:00 (leave) leave"

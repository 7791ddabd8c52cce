"""Waits: lengths, clock times, the first of several events, and what ends them at the same instant."""

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

FIRST_OF = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "greet": {"send": "hello"},
        "interested": {
            "wait": {
                "first_of": [
                    {"until": "click of hello", "do": {"thank": {"send": "thanks"}}},
                    {"until": "visit where page = 'shop'"},
                ]
            },
            "at_most": "3 days",
            "otherwise": {"do": {"remind": {"send": "nudge"}}},
        },
        "last": {"send": "coupon"},
    },
}


def waiting(database, **more):
    stage = Stage(database, world({**FIRST_OF, **more}))
    stage.event("2026-03-02 10:00", "follow")
    return stage


def after_greeting(stage):
    return [line for line in stage.path() if not line.endswith(("(enter) journey", "greet next"))]


def test_an_event_ends_the_wait_at_its_own_instant(database):
    stage = waiting(database)
    stage.run("2026-03-02 10:00")
    assert stage.waits() == ["interested until 2026-03-05 10:00"]
    stage.event("2026-03-03 08:15", "click", of="hello")
    stage.run("2026-03-03 08:20")
    assert after_greeting(stage) == [
        "2026-03-03 08:15 interested 1",
        "2026-03-03 08:15 thank next",
        "2026-03-03 08:15 last next",
        "2026-03-03 08:15 (end) finished",
    ]


def test_an_event_of_another_kind_ends_nothing(database):
    stage = waiting(database)
    stage.event("2026-03-03 08:15", "click", of="nudge")
    stage.event("2026-03-03 08:16", "visit", page="home")
    stage.run("2026-03-05 09:59")
    assert after_greeting(stage) == []
    stage.run("2026-03-05 10:00")
    assert after_greeting(stage) == [
        "2026-03-05 10:00 interested timeout",
        "2026-03-05 10:00 remind next",
        "2026-03-05 10:00 last next",
        "2026-03-05 10:00 (end) finished",
    ]


def test_an_event_exactly_when_due_beats_the_timeout(database):
    stage = waiting(database)
    stage.event("2026-03-05 10:00", "click", of="hello")
    stage.run("2026-03-05 10:00")
    assert after_greeting(stage)[0] == "2026-03-05 10:00 interested 1"


def test_an_event_a_second_after_due_is_too_late(database):
    stage = waiting(database)
    stage.event("2026-03-05 10:00:01", "click", of="hello")
    stage.run("2026-03-09 10:00")
    assert after_greeting(stage)[0] == "2026-03-05 10:00 interested timeout"


def test_an_event_at_the_instant_of_arrival_does_not_end_the_wait(database):
    stage = waiting(database)
    stage.event("2026-03-02 10:00", "click", of="hello")
    stage.run("2026-03-05 10:00")
    assert after_greeting(stage)[0] == "2026-03-05 10:00 interested timeout"


def test_of_two_events_at_one_instant_the_one_written_first_ends_the_wait(database):
    stage = waiting(database)
    stage.event("2026-03-03 08:15", "visit", page="shop")
    stage.event("2026-03-03 08:15", "click", of="hello")
    stage.run("2026-03-03 09:00")
    assert after_greeting(stage)[0] == "2026-03-03 08:15 interested 1"


def test_the_earliest_event_ends_the_wait_whichever_arrived_first(database):
    stage = waiting(database)
    stage.run("2026-03-02 10:00")
    stage.event("2026-03-03 09:00", "click", of="hello")
    stage.event("2026-03-03 08:15", "visit", page="shop")
    stage.run("2026-03-03 10:00")
    assert after_greeting(stage)[:2] == ["2026-03-03 08:15 interested 2", "2026-03-03 08:15 last next"]


def test_an_event_that_arrives_late_undoes_nothing(database):
    stage = waiting(database)
    stage.run("2026-03-05 10:30")
    stage.event("2026-03-04 08:15", "click", of="hello")
    stage.run("2026-03-05 11:00")
    assert after_greeting(stage)[0] == "2026-03-05 10:00 interested timeout"
    assert stage.ends() == [("2026-03-05 10:00", "finished")]


def test_an_event_dated_after_the_pass_is_heard_when_its_time_has_come(database):
    stage = waiting(database)
    stage.event("2026-03-03 08:15", "click", of="hello")
    stage.run("2026-03-03 08:00")
    assert after_greeting(stage) == []
    stage.run("2026-03-03 08:15")
    assert after_greeting(stage)[0] == "2026-03-03 08:15 interested 1"


ONLY_CLICKS = {
    **FIRST_OF,
    "steps": {
        "greet": {"send": "hello"},
        "clicked": {
            "wait": {"first_of": [{"until": "click of hello"}]},
            "at_most": "3 days",
            "otherwise": {"do": {"remind": {"send": "nudge"}}},
        },
    },
}


@pytest.mark.parametrize("fate", ["skipped", "unknown"])
def test_a_wait_for_a_click_ends_when_the_message_was_not_sent(database, fate):
    stage = Stage(database, world(ONLY_CLICKS))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    stage.event("2026-03-02 10:20", fate, of="hello", step="greet", reason="consent")
    stage.run("2026-03-02 10:21")
    assert stage.path()[2:] == [
        "2026-03-02 10:20 clicked timeout",
        "2026-03-02 10:20 remind next",
        "2026-03-02 10:20 (end) finished",
    ]


def test_a_message_skipped_before_the_wait_for_its_click_began_ends_it_at_once(database):
    steps = {"greet": {"send": "hello"}, "rest": {"wait": "1 hour"}, "clicked": ONLY_CLICKS["steps"]["clicked"]}
    stage = Stage(database, world({**ONLY_CLICKS, "steps": steps}))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-02 10:20", "skipped", of="hello", step="greet", reason="consent")
    stage.run("2026-03-02 12:00")
    assert stage.path()[2:] == [
        "2026-03-02 11:00 rest next",
        "2026-03-02 11:00 clicked timeout",
        "2026-03-02 11:00 remind next",
        "2026-03-02 11:00 (end) finished",
    ]


def test_a_wait_for_a_click_goes_on_when_the_message_was_accepted(database):
    stage = Stage(database, world(ONLY_CLICKS))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-02 10:20", "accepted", of="hello", step="greet")
    stage.run("2026-03-02 10:21")
    assert stage.waits() == ["clicked until 2026-03-05 10:00"]


def test_another_exit_keeps_the_wait_when_the_message_was_skipped(database):
    stage = waiting(database)
    stage.event("2026-03-02 10:20", "skipped", of="hello", step="greet", reason="consent")
    stage.run("2026-03-02 10:21")
    assert stage.waits() == ["interested until 2026-03-05 10:00"]


TIMERS = [
    ({"wait": "90 minutes"}, "2026-03-02 11:30"),
    ({"wait": "1 week"}, "2026-03-09 10:00"),
    ({"wait": "1 month"}, "2026-04-02 10:00"),
    ({"wait": "18:30"}, "2026-03-02 18:30"),
    ({"wait": "10:00"}, "2026-03-03 10:00"),
    ({"wait": "1 day", "until": "10:00"}, "2026-03-03 10:00"),
    ({"wait": "1 day", "until": "09:00"}, "2026-03-04 09:00"),
    ({"wait": "2 hours", "until": "10:00"}, "2026-03-03 10:00"),
]


@pytest.mark.parametrize(("step", "due"), TIMERS)
def test_a_timer_is_due_at(database, step, due):
    stage = Stage(database, world({**FIRST_OF, "steps": {"rest": step, "greet": {"send": "hello"}}}))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    assert stage.waits() == [f"rest until {due}"]
    stage.run("2026-05-01 00:00")
    assert stage.intents() == [f"{due} hello"]


def test_a_day_is_a_day_of_the_members_own_zone(database):
    stage = Stage(database, world({**FIRST_OF, "steps": {"rest": {"wait": "1 day"}, "greet": {"send": "hello"}}}))
    stage.member("ann", zone="America/New_York")
    stage.member("bob", zone="Mars/Olympus")
    for key in ("ann", "bob"):
        stage.event("2026-03-07 23:00", "follow", key)  # 10:00 on 7 March in New York; in the night an hour is lost
    stage.run("2026-03-10 00:00")
    assert stage.intents("ann") == ["2026-03-08 22:00 hello"]
    assert stage.intents("bob") == ["2026-03-08 23:00 hello"]


def test_a_wait_into_the_repeated_hour_ends_at_the_first(database):
    stage = Stage(database, world({**FIRST_OF, "steps": {"rest": {"wait": "1 day"}, "greet": {"send": "hello"}}}))
    stage.member("ann", zone="America/New_York")
    stage.event("2026-10-31 13:30", "follow", "ann")  # 01:30 in New York
    stage.run("2026-11-03 00:00")
    assert stage.intents("ann") == ["2026-11-01 13:30 hello"]

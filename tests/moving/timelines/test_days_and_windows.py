"""Waits that go on only on some days or at some hours, and lengths that count from the entry."""

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

# 2026-03-02 is a Monday. Taiwan's new year of 2026: 15 to 20 February are closed, Monday 23 is the next working day.
JOURNEY = {"journey": "welcome", "enter": {"on": "follow", "again": "never"}}


def waiting(database, step, entered="2026-03-02 10:00", **more):
    steps = {"rest": step, "greet": {"send": "hello"}}
    stage = Stage(database, world({**JOURNEY, "steps": steps}, **more), live_since="2026-01-01 00:00")
    stage.event(entered, "follow")
    stage.run(entered)
    return stage


DAYS = [
    ("a Monday is a weekday", {"wait": "1 week", "on": "weekdays"}, "2026-03-02 10:00", "2026-03-09 10:00"),
    ("Saturday to Monday", {"wait": "1 day", "on": "weekdays"}, "2026-03-06 10:00", "2026-03-09 10:00"),
    ("Monday to Saturday", {"wait": "1 day", "on": "weekends"}, "2026-03-01 10:00", "2026-03-07 10:00"),
    ("Tuesday to Thursday", {"wait": "1 day", "on": ["mon", "thu"]}, "2026-03-02 10:00", "2026-03-05 10:00"),
    ("hours, then the day", {"wait": "30 hours", "on": "weekdays"}, "2026-03-06 10:00", "2026-03-09 16:00"),
    ("`until` comes before the day", {"wait": "1 day", "until": "09:00", "on": "weekdays"}, "2026-03-05 10:00",
     "2026-03-09 09:00"),
    ("a clock time on a day", {"wait": "18:30", "on": "weekends"}, "2026-03-02 10:00", "2026-03-07 18:30"),
    ("before new year's eve", {"wait": "1 day", "on": "workdays"}, "2026-02-12 10:00", "2026-02-13 10:00"),
    ("over new year", {"wait": "1 day", "on": "workdays"}, "2026-02-13 10:00", "2026-02-23 10:00"),
    ("over new year, weekdays", {"wait": "1 day", "on": "weekdays"}, "2026-02-13 10:00", "2026-02-16 10:00"),
]  # fmt: skip
TAIWAN = {"calendar": {"country": "TW"}}


@pytest.mark.parametrize(("step", "entered", "due"), [case[1:] for case in DAYS], ids=[case[0] for case in DAYS])
def test_a_wait_goes_on_only_on_its_days(database, step, entered, due):
    stage = waiting(database, step, entered, **TAIWAN)
    assert stage.waits() == [f"rest until {due}"]
    stage.run("2026-05-01 00:00")
    assert stage.intents() == [f"{due} hello"]


def test_days_closed_and_opened_by_the_policy_beat_the_country(database):
    calendar = {"country": "TW", "closed": ["2026-03-04"], "open": ["2026-02-18"]}
    stage = waiting(database, {"wait": "1 day", "on": "workdays"}, "2026-02-13 10:00", calendar=calendar)
    assert stage.waits() == ["rest until 2026-02-18 10:00"]
    stage.event("2026-03-03 10:00", "follow", "bob")
    stage.run("2026-03-03 10:00")
    assert stage.waits("bob") == ["rest until 2026-03-05 10:00"]


WINDOWS = [
    ("inside", {"wait": {"window": "10:00-20:00"}}, "2026-03-02 10:00", "2026-03-02 10:00"),
    ("before", {"wait": {"window": "10:00-20:00"}}, "2026-03-02 09:59", "2026-03-02 10:00"),
    ("its end is open", {"wait": {"window": "10:00-20:00"}}, "2026-03-02 20:00", "2026-03-03 10:00"),
    ("Friday evening", {"wait": {"window": "10:00-20:00"}, "on": "weekdays"}, "2026-03-06 20:00", "2026-03-09 10:00"),
    ("over midnight", {"wait": {"window": "22:00-02:00"}}, "2026-03-03 01:00", "2026-03-03 01:00"),
    ("Sunday's night goes on", {"wait": {"window": "22:00-02:00"}, "on": ["sun"]}, "2026-03-02 01:00",
     "2026-03-02 01:00"),
    ("Monday's does not", {"wait": {"window": "22:00-02:00"}, "on": ["sun"]}, "2026-03-03 01:00", "2026-03-08 22:00"),
    ("the calendar's days", {"wait": {"window": "10:00-20:00"}, "on": "workdays"}, "2026-02-16 12:00",
     "2026-02-23 10:00"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "entered", "due"), [case[1:] for case in WINDOWS], ids=[case[0] for case in WINDOWS])
def test_a_window_lets_go_on_inside_of_it_only(database, step, entered, due):
    stage = waiting(database, step, entered, **TAIWAN)
    stage.run("2026-05-01 00:00")
    assert stage.path()[1] == f"{due} rest next"
    assert stage.intents() == [f"{due} hello"]


def test_the_window_is_one_of_the_members_own_zone(database):
    steps = {"rest": {"wait": {"window": "10:00-20:00"}}, "greet": {"send": "hello"}}
    stage = Stage(database, world({**JOURNEY, "steps": steps}))
    stage.member("ann", zone="America/New_York")
    stage.event("2026-03-08 12:00", "follow", "ann")  # 23:00 on 7 March in New York; in the night an hour is lost
    stage.run("2026-03-10 00:00")
    assert stage.intents("ann") == ["2026-03-08 22:00 hello"]


SINCE_ENTRY = {
    "first": {"wait": "2 days"},
    "rest": {"wait": "3 days", "count": "since entry"},
    "greet": {"send": "hello"},
    "long": {"wait": "4 days", "count": "since entry", "until": "12:00"},
    "over": {"wait": "1 day", "count": "since entry"},
    "late": {"wait": "1 day", "count": "since entry", "until": "10:00", "on": "weekdays"},
}


def test_a_length_since_the_entry_counts_what_has_passed_already(database):
    stage = Stage(database, world({**JOURNEY, "steps": SINCE_ENTRY}))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    stage.run("2026-03-20 10:00")
    assert stage.path()[1:-1] == [
        "2026-03-04 10:00 first next",
        "2026-03-05 10:00 rest next",
        "2026-03-05 10:00 greet next",
        "2026-03-06 12:00 long next",
        "2026-03-06 12:00 over next",  # the day since the entry was long over when she came
        "2026-03-06 12:00 late next",  # and so was the hour that counts from there
    ]


ASKS = {
    "first": {"wait": "2 days"},
    "asks": {
        "wait": {"first_of": [{"until": "click of hello", "do": {"thank": {"send": "thanks"}}}, {"until": "visit"}]},
        "count": "since entry",
        "at_most": "3 days",
        "otherwise": {"do": {"nudge": {"send": "nudge"}}},
    },
}
EARLIER = [
    ("before arrival", ["2026-03-03 09:00 click"], "2026-03-04 10:00 asks 1"),
    ("the earlier of two", ["2026-03-03 09:00 click", "2026-03-03 08:00 visit"], "2026-03-04 10:00 asks 2"),
    ("at the entry itself", ["2026-03-02 10:00 click"], "2026-03-05 10:00 asks timeout"),
    ("before the entry", ["2026-03-01 10:00 click"], "2026-03-05 10:00 asks timeout"),
    ("after arrival", ["2026-03-04 12:00 visit"], "2026-03-04 12:00 asks 2"),
    ("when due", ["2026-03-05 10:00 visit"], "2026-03-05 10:00 asks 2"),
    ("after due", ["2026-03-05 10:01 visit"], "2026-03-05 10:00 asks timeout"),
]


@pytest.mark.parametrize("often", [False, True])
@pytest.mark.parametrize(("events", "expected"), [case[1:] for case in EARLIER], ids=[case[0] for case in EARLIER])
def test_events_since_the_entry_end_a_wait_that_counts_from_there(database, events, expected, often):
    stage = Stage(database, world({**JOURNEY, "steps": ASKS}))
    stage.event("2026-03-02 10:00", "follow")
    for happening in events:
        when, name = happening.rsplit(" ", 1)
        stage.event(when, name, **({"of": "hello"} if name == "click" else {}))
    if often:
        for now in ("2026-03-02 10:00", "2026-03-03 12:00", "2026-03-04 10:00", "2026-03-04 18:00"):
            stage.run(now)
    stage.run("2026-03-10 00:00")
    assert stage.path()[2] == expected


def test_since_entry_a_wait_whose_time_was_over_ends_when_she_comes(database):
    steps = {**ASKS, "first": {"wait": "5 days"}}
    stage = Stage(database, world({**JOURNEY, "steps": steps}))
    for key in ("mei", "ann"):
        stage.event("2026-03-02 10:00", "follow", key)
    stage.event("2026-03-06 10:00", "visit", "ann")  # after the three days, before she came: she has done it
    stage.run("2026-03-10 00:00")
    assert stage.path()[2] == "2026-03-07 10:00 asks timeout"
    assert stage.path("ann")[2] == "2026-03-07 10:00 asks 2"

"""Quiet hours: a wait until their end in the member's zone, or a skipped message."""

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {"greet": {"send": "hello", "expires": "2 hours"}, "rest": {"wait": "1 hour"}, "nudge": {"send": "nudge"}},
}
QUIET = "21:00-09:00"


def test_a_send_in_the_night_waits_for_the_morning_and_what_follows_counts_from_there(database):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    assert stage.run("2026-03-02 22:31").intents == 0
    assert stage.path() == ["2026-03-02 22:30 (enter) journey", "2026-03-02 22:30 greet quiet"]
    assert stage.waits() == ["greet until 2026-03-03 09:00"]
    stage.run("2026-03-03 12:00")
    assert stage.path()[2:] == [
        "2026-03-03 09:00 greet next",
        "2026-03-03 10:00 rest next",
        "2026-03-03 10:00 nudge next",
        "2026-03-03 10:00 (end) finished",
    ]
    assert stage.intents() == ["2026-03-03 09:00 hello", "2026-03-03 10:00 nudge"]


def test_one_pass_over_the_night_gives_the_same_path(database):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    stage.run("2026-03-03 12:00")
    assert stage.path()[1:4] == [
        "2026-03-02 22:30 greet quiet",
        "2026-03-03 09:00 greet next",
        "2026-03-03 10:00 rest next",
    ]


@pytest.mark.parametrize(
    ("when", "sent_at"),
    [
        ("2026-03-02 20:59:59", "2026-03-02 20:59:59"),
        ("2026-03-02 21:00", "2026-03-03 09:00"),
        ("2026-03-03 00:00", "2026-03-03 09:00"),
        ("2026-03-03 08:59:59", "2026-03-03 09:00"),
        ("2026-03-03 09:00", "2026-03-03 09:00"),
    ],
)
def test_the_edges_of_quiet_hours_over_midnight(database, when, sent_at):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.event(when, "follow")
    stage.run("2026-03-03 08:30")
    stage.run("2026-03-03 09:30")
    assert stage.intents()[:1] == [f"{sent_at} hello"]


def test_quiet_hours_end_by_the_members_own_clock_in_a_night_that_loses_an_hour(database):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.member("ann", zone="America/New_York")
    stage.event("2026-03-08 13:00", "follow", "ann")  # midnight in New York; its 09:00 is 21:00 in Taipei
    stage.run("2026-03-08 21:30")
    assert stage.intents("ann") == ["2026-03-08 21:00 hello"]


def test_a_message_that_does_not_wait_is_skipped_and_says_so(database):
    steps = {
        "greet": {"send": "hello", "quiet": "skip"},
        "clicked": {"wait": {"first_of": [{"until": "click of hello"}]}, "at_most": "2 days"},
    }
    stage = Stage(database, world({**JOURNEY, "steps": steps}, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    stage.run("2026-03-02 22:31")
    assert stage.path()[1:] == [
        "2026-03-02 22:30 greet skipped",
        "2026-03-02 22:30 clicked timeout",
        "2026-03-02 22:30 (end) finished",
    ]
    assert stage.told("skipped") == [("2026-03-02 22:30", "hello", {"step": "greet", "reason": "quiet hours"})]
    assert stage.intents() == []


def test_who_leaves_in_the_night_gets_no_message_in_the_morning(database):
    stage = Stage(database, world({**JOURNEY, "leave": {"if": "purchase since entry"}}, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    stage.event("2026-03-03 09:00", "purchase", value="1")
    stage.run("2026-03-03 12:00")
    assert stage.path()[1:] == ["2026-03-02 22:30 greet quiet", "2026-03-03 09:00 (leave) leave"]


def test_who_leaves_at_the_instant_she_comes_to_a_send_meets_no_quiet_hours(database):
    stage = Stage(database, world({**JOURNEY, "leave": {"if": "purchase"}}, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "purchase", value="1")
    stage.event("2026-03-02 22:30", "follow")
    stage.run("2026-03-02 22:31")
    assert stage.path() == ["2026-03-02 22:30 (enter) journey", "2026-03-02 22:30 (leave) leave"]


def test_the_condition_of_a_send_is_asked_before_the_night_and_not_again(database):
    steps = {"greet": {"send": "hello", "if": "no purchase"}}
    stage = Stage(database, world({**JOURNEY, "steps": steps}, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    stage.event("2026-03-03 07:00", "purchase", value="1")
    stage.run("2026-03-03 12:00")
    assert stage.intents() == ["2026-03-03 09:00 hello"]


def token(stage: Stage, key: str = "mei", age: str = "1 second") -> None:
    with stage.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into reply_tokens (token, member_id, event_id, issued_at)"
            " values ('t', %s, 'e', clock_timestamp() - cast(%s as interval))",
            (stage.ids[key], age),
        )


def test_who_has_just_come_is_greeted_in_the_night_by_her_reply_token(database):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    token(stage)
    assert stage.run("2026-03-02 22:30:05").intents == 1
    assert stage.intents() == ["2026-03-02 22:30 hello"]
    assert stage.waits() == ["rest until 2026-03-02 23:30"]


@pytest.mark.parametrize(("passed", "age"), [("22:30:05", "50 seconds"), ("22:31:01", "1 second")])
def test_in_the_night_neither_an_old_token_nor_one_for_something_later_wakes_her(database, passed, age):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    token(stage, age=age)
    stage.run(f"2026-03-02 {passed}")
    assert stage.waits() == ["greet until 2026-03-03 09:00"]


def test_a_send_that_is_skipped_in_the_night_is_not_where_she_may_be_answered(database):
    steps = {"greet": {"send": "hello", "quiet": "skip"}}
    stage = Stage(database, world({**JOURNEY, "steps": steps}, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    token(stage)
    stage.run("2026-03-02 22:30:05")
    assert stage.intents() == ["2026-03-02 22:30 hello"]


def test_who_waits_for_the_morning_already_waits_on_whatever_she_does_in_the_night(database):
    stage = Stage(database, world(JOURNEY, quiet_hours=QUIET))
    stage.event("2026-03-02 22:30", "follow")
    stage.run("2026-03-02 22:31")
    token(stage)
    stage.run("2026-03-02 22:31:05")
    assert stage.waits() == ["greet until 2026-03-03 09:00"]

"""Waits for a date of the member's or of the entry's, in time, late, or missing."""

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage


def dated(form, trigger="follow", **more):
    step = {
        "wait": form,
        "do": {"greet": {"send": "hello"}},
        "otherwise": {"do": {"sorry": {"send": "nudge"}}},
    }
    steps = {"rest": {"wait": "1 day"}, "day": step, "last": {"send": "coupon"}}
    return {"journey": "welcome", "enter": {"on": trigger, "again": "never"}, "steps": steps, **more}


BIRTHDAYS = [
    ("in time", {"date": "birthday", "at": "10:00"}, "2026-05-20", "2026-05-20 10:00", "next"),
    ("at midnight", {"date": "birthday"}, "2026-05-20", "2026-05-20 00:00", "next"),
    ("before it", {"date": "birthday", "offset": "-3 days", "at": "10:00"}, "2026-05-20", "2026-05-17 10:00", "next"),
    ("after it", {"date": "birthday", "offset": "2 hours"}, "2026-05-20", "2026-05-20 02:00", "next"),
    ("exactly on arrival", {"date": "birthday", "at": "09:00"}, "2026-03-03", "2026-03-03 09:00", "next"),
    ("late", {"date": "birthday", "at": "08:59"}, "2026-03-03", "2026-03-03 09:00", "late"),
    ("late, but now", {"date": "birthday", "late": "now"}, "1990-05-20", "2026-03-03 09:00", "next"),
    ("every year", {"date": "birthday", "every": "year", "at": "10:00"}, "1990-05-20", "2026-05-20 10:00", "next"),
    ("every year, today", {"date": "birthday", "every": "year", "at": "09:00"}, "1990-03-03", "2026-03-03 09:00",
     "next"),
    ("every year, passed", {"date": "birthday", "every": "year", "at": "08:00"}, "1990-03-03", "2027-03-03 08:00",
     "next"),
    ("29 February", {"date": "birthday", "every": "year", "offset": "-1 week", "at": "10:00"}, "2000-02-29",
     "2027-02-21 10:00", "next"),
    ("no date", {"date": "birthday"}, None, "2026-03-03 09:00", "no date"),
    ("no such date", {"date": "birthday"}, "2026-02-30", "2026-03-03 09:00", "no date"),
]  # fmt: skip


@pytest.mark.parametrize("often", [False, True])
@pytest.mark.parametrize(
    ("form", "birthday", "when", "outcome"), [case[1:] for case in BIRTHDAYS], ids=[case[0] for case in BIRTHDAYS]
)
def test_a_wait_for_an_attributes_date(database, form, birthday, when, outcome, often):
    stage = Stage(database, world(dated(form)))
    stage.member("mei", **({"birthday": birthday} if birthday else {}))
    stage.event("2026-03-02 09:00", "follow")
    for now in ["2026-03-02 09:00", "2026-03-03 09:00", "2026-05-01 12:00"] if often else []:
        stage.run(now)
    stage.run("2027-12-01 00:00")
    first = "greet" if outcome == "next" else "sorry"
    assert stage.path()[2:] == [
        f"{when} day {outcome}",
        f"{when} {first} next",
        f"{when} last next",
        f"{when} (end) finished",
    ]


ENTRIES = [
    ("a time of another zone", {"date": "entry.starts_at"}, {"starts_at": "2026-03-05T14:00+09:00"},
     "2026-03-05 13:00", "next"),
    ("a business wall time", {"date": "entry.starts_at"}, {"starts_at": "2026-03-05 14:00"}, "2026-03-05 14:00",
     "next"),
    ("the day before", {"date": "entry.starts_at", "offset": "-1 day"}, {"starts_at": "2026-03-05T14:00"},
     "2026-03-04 14:00", "next"),
    ("the day before at ten", {"date": "entry.starts_at", "offset": "-1 day", "at": "10:00"},
     {"starts_at": "2026-03-05T14:00"}, "2026-03-04 10:00", "next"),
    ("two hours before", {"date": "entry.starts_at", "offset": "-2 hours"}, {"starts_at": "2026-03-05T14:00"},
     "2026-03-05 12:00", "next"),
    ("late", {"date": "entry.starts_at", "offset": "-1 day"}, {"starts_at": "2026-03-03T14:00"},
     "2026-03-03 09:00", "late"),
    ("no time", {"date": "entry.starts_at"}, {"starts_at": "soon"}, "2026-03-03 09:00", "no date"),
    ("a date is no time", {"date": "entry.starts_at"}, {"starts_at": "2026-03-05"}, "2026-03-03 09:00", "no date"),
    ("a date", {"date": "entry.day", "at": "10:00"}, {"day": "2026-03-05"}, "2026-03-05 10:00", "next"),
    ("missing", {"date": "entry.day"}, {}, "2026-03-03 09:00", "no date"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "booking", "when", "outcome"), [case[1:] for case in ENTRIES], ids=[case[0] for case in ENTRIES]
)
def test_a_wait_for_the_date_of_an_entry(database, form, booking, when, outcome):
    stage = Stage(database, world(dated(form, trigger="booking")))
    stage.event("2026-03-02 09:00", "booking", **booking)
    stage.run("2026-03-02 09:00")
    stage.run("2026-04-01 00:00")
    assert stage.path()[2] == f"{when} day {outcome}"


def test_a_date_is_one_of_the_members_own_zone(database):
    stage = Stage(database, world(dated({"date": "birthday", "at": "10:00"})))
    stage.member("ann", zone="America/New_York", birthday="2026-03-08")
    stage.event("2026-03-02 09:00", "follow", "ann")
    stage.run("2026-04-01 00:00")
    assert stage.intents("ann")[0] == "2026-03-08 22:00 hello"


def test_a_date_once_promised_stays_when_the_attribute_changes(database):
    stage = Stage(database, world(dated({"date": "birthday", "at": "10:00"})))
    stage.member("mei", birthday="2026-05-20")
    stage.event("2026-03-02 09:00", "follow")
    stage.run("2026-03-04 00:00")
    assert stage.waits() == ["day until 2026-05-20 10:00"]
    stage.attributes("2026-03-05 00:00", birthday="2026-04-01")
    stage.run("2026-06-01 00:00")
    assert stage.intents()[0] == "2026-05-20 10:00 hello"


def test_an_event_of_another_booking_does_not_end_the_wait_for_this_one(database):
    steps = {
        "held": {
            "wait": {"first_of": [{"until": "booking where city = 'cancelled'"}]},
            "at_most": "3 days",
            "otherwise": {"do": {"greet": {"send": "hello"}}},
        }
    }
    journey = {"journey": "welcome", "enter": {"on": "booking where city = 'taipei'", "again": "per booking_id"}}
    stage = Stage(database, world({**journey, "steps": steps}))
    stage.event("2026-03-02 09:00", "booking", booking_id="1", city="taipei")
    stage.event("2026-03-03 09:00", "booking", booking_id="2", city="cancelled")
    stage.run("2026-03-10 00:00")
    assert stage.path()[1] == "2026-03-05 09:00 held timeout"

"""Triggers by the clock, by dates, stages, other journeys and other systems; keys, calendar years and paces."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from journey_engine.store.tables.moving import enrolments, entrances
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown

STEPS = {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}}


def journey(enter, name="welcome", **more):
    return {"journey": name, "enter": {"again": "after exit", **enter}, "steps": STEPS, **more}


def entered(stage, key="mei", name=None):
    return [line.split(" (enter)")[0] for line in stage.path(key, name) if "(enter)" in line]


def keys(stage, key="mei"):
    """(key, entered, ended) of each visit."""
    e = enrolments
    asked = select(e.c.entry_key, e.c.entered_at, e.c.ended_at).where(e.c.member_id == stage.ids[key]).order_by(e.c.id)
    return [(own, shown(came), shown(went)) for own, came, went in stage.rows(asked)]


# ---- every --------------------------------------------------------------------------------------------------------
MONDAYS = {"every": {"cron": "0 10 * * 1", "of": "vips"}}


def test_a_schedule_lets_in_all_whose_stay_contains_its_instant(database):
    stage = Stage(database, world(journey(MONDAYS)))
    stage.segment("vips", "2026-02-20 02:00")
    stage.segment("vips", "2026-03-02 10:00", key="just")
    stage.segment("vips", "2026-02-20 02:00", "2026-03-02 10:00", key="gone")
    stage.segment("vips", "2026-03-02 10:01", key="late")
    assert stage.run("2026-03-02 09:59").members == 0
    assert stage.run("2026-03-02 10:00").entered == 2
    assert stage.run("2026-03-03 10:00").entered == 0
    stage.run("2026-03-10 00:00")
    assert entered(stage) == ["2026-03-02 10:00", "2026-03-09 10:00"]
    assert entered(stage, "late") == ["2026-03-09 10:00"]
    assert entered(stage, "gone") == []


def test_a_schedule_missed_for_weeks_is_caught_up_at_its_own_instants(database):
    stage = Stage(database, world(journey(MONDAYS)))
    stage.segment("vips", "2026-02-20 02:00")
    assert stage.run("2026-03-25 00:00").entered == 4
    assert entered(stage) == ["2026-03-02 10:00", "2026-03-09 10:00", "2026-03-16 10:00", "2026-03-23 10:00"]


def test_a_schedule_with_nobody_to_let_in_is_looked_at_once(database):
    stage = Stage(database, world(journey(MONDAYS)))
    stage.tick("2026-03-02 10:30")
    stage.segment("vips", "2026-02-20 02:00")
    stage.tick("2026-03-02 10:31")
    assert stage.path() == []


def test_a_schedule_does_not_fire_while_the_journey_is_paused(database):
    stage = Stage(database, world(journey(MONDAYS)))
    stage.segment("vips", "2026-02-20 02:00")
    stage.status("welcome", "paused")
    stage.run("2026-03-03 00:00")
    assert stage.path() == []


# ---- date ---------------------------------------------------------------------------------------------------------
BIRTHDAY = {"date": {"of": "birthday", "offset": "-3 days", "at": "10:00", "every": "year"}}


def test_a_yearly_date_fires_before_each_return_in_the_members_own_zone(database):
    stage = Stage(database, world(journey(BIRTHDAY)))
    stage.member("mei", birthday="1990-03-08")
    stage.member("ann", birthday="1990-03-08", zone="America/New_York")
    stage.member("bob", birthday="1990-03-09", zone="No/Where")
    stage.member("odd", birthday="8 March")
    assert stage.run("2026-03-05 09:59").members == 0
    assert stage.run("2026-03-05 10:00").entered == 1
    stage.run("2026-03-12 00:00")
    assert entered(stage) == ["2026-03-05 10:00"]
    assert entered(stage, "ann") == ["2026-03-05 23:00"]
    assert entered(stage, "bob") == ["2026-03-06 10:00"]
    assert entered(stage, "odd") == []
    stage.run("2027-03-12 00:00")
    assert entered(stage) == ["2026-03-05 10:00", "2027-03-05 10:00"]


def test_the_29th_of_february_returns_on_the_28th_of_common_years(database):
    rule = {"date": {"of": "birthday", "at": "09:00", "every": "year"}}
    stage = Stage(database, world(journey(rule)), live_since="2026-01-01 00:00")
    stage.member("mei", birthday="2000-02-29")
    stage.run("2028-12-31 00:00")
    assert entered(stage) == ["2026-02-28 09:00", "2027-02-28 09:00", "2028-02-29 09:00"]
    entries = stage.rows(select(enrolments.c.entry, enrolments.c.entry_ref).order_by(enrolments.c.id))
    assert entries[0] == ({"date": "2026-02-28"}, "date:2026-02-28")


def test_a_date_without_year_fires_once(database):
    rule = {"date": {"of": "birthday", "offset": "2 hours", "at": "10:00"}}
    stage = Stage(database, world(journey(rule)))
    stage.member("mei", birthday="2026-03-08")
    stage.run("2029-01-01 00:00")
    assert entered(stage) == ["2026-03-08 12:00"]


def test_a_date_that_becomes_known_too_late_is_skipped_or_taken_at_once(database):
    late = {"date": {**BIRTHDAY["date"], "late": "now"}}
    stage = Stage(database, world(journey(BIRTHDAY, "a"), journey(late, "b")))
    stage.member("mei")
    stage.member("old", birthday="1990-01-01")
    stage.tick("2026-03-06 12:00")
    stage.attributes("2026-03-06 15:00", birthday="1990-03-08")
    stage.attributes("2026-03-06 15:00", "old", birthday="1990-03-05")
    stage.tick("2026-03-06 15:01")
    stage.tick("2026-03-20 00:00")
    assert entered(stage, name="a") == []
    assert entered(stage, name="b") == ["2026-03-06 15:00"]
    assert entered(stage, "old") == []


def test_a_date_is_used_once_however_often_the_member_changes(database):
    late = {"date": {**BIRTHDAY["date"], "late": "now"}}
    stage = Stage(database, world(journey(late)))
    stage.member("mei", birthday="1990-03-08")
    stage.run("2026-03-05 12:00")
    stage.run("2026-03-06 12:00")
    stage.attributes("2026-03-07 15:00", birthday="1990-03-08", city="Taipei")
    stage.run("2026-03-07 16:00")
    assert entered(stage) == ["2026-03-05 10:00"]


def test_who_is_new_is_too_late_for_a_date_before_she_came(database):
    late = {"date": {**BIRTHDAY["date"], "late": "now"}}
    stage = Stage(database, world(journey(BIRTHDAY, "a"), journey(late, "b")))
    stage.member("mei", born="2026-03-06 15:00", birthday="1990-03-08")
    stage.tick("2026-03-20 00:00")
    assert entered(stage, name="a") == []
    assert entered(stage, name="b") == ["2026-03-06 15:00"]


# ---- stage, after, by, existing -----------------------------------------------------------------------------------
def to_stage(stage, name, since, left=None, key="mei"):
    from tests.compiler import rows

    member_id = stage.ids.get(key) or stage.member(key)
    with stage.engine.begin() as connection:
        rows.stage(connection, member_id, name, since, left)


def test_who_comes_into_a_stage_enters_when_she_did(database):
    stage = Stage(database, world(journey({"stage": "retain"})))
    to_stage(stage, "retain", "2026-03-02 02:00")
    to_stage(stage, "acquire", "2026-03-02 02:00", key="ann")
    to_stage(stage, "retain", "2026-02-28 02:00", key="bob")
    stage.run("2026-03-02 03:00")
    assert entered(stage) == ["2026-03-02 02:00"]
    assert entered(stage, "ann") + entered(stage, "bob") == []


@pytest.mark.parametrize("trigger", ["joins", "stage"])
def test_existing_members_are_let_in_when_the_journey_goes_live(database, trigger):
    stage = Stage(database, world(journey({trigger: "vips", "existing": "include"})))
    come = stage.segment if trigger == "joins" else lambda *args, key="mei": to_stage(stage, *args, key=key)
    come("vips", "2026-02-20 02:00")
    come("vips", "2026-02-20 02:00", "2026-03-01 00:00", key="gone")
    come("vips", "2026-03-02 02:00", key="new")
    with database.begin() as connection:
        from sqlalchemy import text

        connection.execute(
            text("update journey_clocks set seen = pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        )
    come("vips", "2026-03-02 03:00", key="newer")
    stage.tick("2026-03-02 10:00")
    assert (entered(stage), entered(stage, "gone")) == (["2026-03-01 00:00"], [])
    assert entered(stage, "newer") == ["2026-03-02 03:00"]
    come("vips", "2026-02-25 02:00", key="later")
    stage.tick("2026-03-02 11:00")
    assert entered(stage, "later") == []


def test_a_journey_after_another_begins_at_its_normal_end(database):
    first = journey({"on": "visit"}, "a", leave={"if": "refund"})
    stage = Stage(database, world(journey({"after": "a"}, "b", priority=90), first))
    stage.event("2026-03-02 10:00", "visit")
    stage.event("2026-03-02 10:00", "visit", "ann")
    stage.event("2026-03-02 12:00", "refund", "ann")
    reports = stage.tick("2026-03-06 00:00")
    assert [report.journey for report in reports][:2] == ["a", "b"]
    assert entered(stage, name="b") == ["2026-03-03 10:00"]
    assert entered(stage, "ann", "b") == []
    assert stage.ends() == [("2026-03-03 10:00", "finished"), ("2026-03-04 10:00", "finished")]


def test_another_system_lets_in_by_an_event_of_the_journey(database):
    stage = Stage(database, world(journey({"by": "api"}), journey({"on": "visit"}, "other")))
    stage.event("2026-03-02 10:00", "enter", of="welcome", plan="gold")
    stage.event("2026-03-02 10:00", "enter", of="other")
    stage.tick("2026-03-02 10:00")
    assert entered(stage, name="welcome") == ["2026-03-02 10:00"]
    assert entered(stage, name="other") == []
    assert stage.rows(select(enrolments.c.entry)) == [({"plan": "gold"},)]


# ---- again --------------------------------------------------------------------------------------------------------
def test_once_a_year_goes_by_the_calendar_in_the_members_zone(database):
    stage = Stage(database, world(journey({"on": "visit", "again": "once a year"})), live_since="2026-12-01 00:00")
    stage.member("ann", zone="America/New_York")
    for key in ("mei", "ann"):
        stage.event("2026-12-20 10:00", "visit", key)
        stage.event("2027-01-01 06:00", "visit", key)
        stage.event("2027-01-03 06:00", "visit", key)
    stage.run("2027-02-01 00:00")
    assert entered(stage) == ["2026-12-20 10:00", "2027-01-01 06:00"]
    assert entered(stage, "ann") == ["2026-12-20 10:00", "2027-01-03 06:00"]
    assert stage.refused("ann") == ["2027-01-01 06:00 again"]


ORDERS = {"on": "purchase", "again": "per order_id"}


def test_per_key_a_member_is_in_once_for_each_order(database):
    stage = Stage(database, world(journey(ORDERS)))
    stage.event("2026-03-02 10:00", "purchase", order_id="A", value="1")
    stage.event("2026-03-02 12:00", "purchase", order_id="B", value="1")
    stage.event("2026-03-02 13:00", "purchase", order_id="A", value="1")
    stage.event("2026-03-02 14:00", "purchase", value="1")
    stage.event("2026-03-04 10:00", "purchase", order_id="A", value="1")
    stage.run("2026-03-02 15:00")
    assert sorted(stage.waits()) == ["rest until 2026-03-03 10:00", "rest until 2026-03-03 12:00"]
    stage.run("2026-03-06 00:00")
    assert keys(stage) == [
        ("A", "2026-03-02 10:00", "2026-03-03 10:00"),
        ("B", "2026-03-02 12:00", "2026-03-03 12:00"),
    ]
    assert stage.refused() == ["2026-03-02 13:00 inside", "2026-03-02 14:00 no key", "2026-03-04 10:00 again"]


@pytest.mark.parametrize(
    ("again", "days"), [("per order_id after exit", [2, 3, 5]), ("per order_id after 3 days", [2, 5])]
)
def test_per_key_the_rule_counts_the_visits_of_the_same_key(database, again, days):
    stage = Stage(database, world(journey({**ORDERS, "again": again})))
    for day in (2, 3, 5):
        stage.event(f"2026-03-0{day} 10:00", "purchase", order_id="A", value="1")
    stage.event("2026-03-03 09:00", "purchase", order_id="B", value="1")
    stage.run("2026-03-09 00:00")
    assert [came for key, came, _ in keys(stage) if key == "A"] == [f"2026-03-0{day} 10:00" for day in days]
    assert [came for key, came, _ in keys(stage) if key == "B"] == ["2026-03-03 09:00"]


# ---- pace ---------------------------------------------------------------------------------------------------------
def test_a_pace_moves_who_exceeds_it_to_the_next_day_with_room(database):
    stage = Stage(database, world(journey({"on": "visit", "pace": "2 per day"})))
    for number in range(5):
        stage.event(f"2026-03-02 1{number}:00", "visit", f"m{number}")
    stage.event("2026-03-03 08:00", "visit", "next")
    assert stage.run("2026-03-02 20:00").entered == 2
    stage.event("2026-03-02 21:00", "visit", "m0")
    stage.run("2026-03-05 20:00")
    came = {key: entered(stage, key) for key in sorted(stage.ids)}
    assert came == {
        "m0": ["2026-03-02 10:00", "2026-03-05 00:00"],
        "m1": ["2026-03-02 11:00"],
        "m2": ["2026-03-03 00:00"],
        "m3": ["2026-03-03 00:00"],
        "m4": ["2026-03-04 00:00"],
        "next": ["2026-03-04 00:00"],
    }
    assert stage.rows(select(entrances)) == []


def test_a_pace_by_the_hour(database):
    stage = Stage(database, world(journey({**MONDAYS, "pace": "1 per hour"})))
    for key in ("a", "b", "c"):
        stage.segment("vips", "2026-02-20 02:00", key=key)
    stage.run("2026-03-02 11:30")
    stage.run("2026-03-02 13:30")
    assert [entered(stage, key) for key in "abc"] == [["2026-03-02 10:00"], ["2026-03-02 11:00"], ["2026-03-02 12:00"]]


# ---- however often one looks --------------------------------------------------------------------------------------
RULES = {
    "every": {"every": {"cron": "0 */7 * * *", "of": "vips"}},
    "date": {"date": {"of": "birthday", "offset": "-1 day", "at": "10:30", "every": "year"}},
    "late date": {"date": {"of": "birthday", "offset": "-1 day", "at": "10:30", "every": "year", "late": "now"}},
    "joins": {"joins": "vips", "existing": "include"},
    "stage": {"stage": "vips", "existing": "include"},
    "after": {"after": "first"},
    "api": {"by": "api"},
    "once a year": {"on": "visit", "again": "once a year"},
    "per key": {"on": "purchase", "again": "per order_id after exit"},
    "pace": {"on": "visit", "pace": "2 per day"},
    "hourly pace": {"every": {"cron": "30 9 * * *", "of": "vips"}, "pace": "3 per hour"},
}


def lived(database, rule, every):
    first = journey({"on": "visit"}, "first")
    stage = Stage(database, world(journey(rule, priority=90), first))
    for number in range(8):
        key = f"m{number}"
        zone = ["America/New_York", "Europe/London", None][number % 3]
        stage.member(key, zone=zone, birthday=f"1990-03-0{number + 1}")
        stage.segment("vips", f"2026-02-2{number} 02:00", "2026-03-05 10:00" if number == 3 else None, key=key)
        to_stage(stage, "vips", f"2026-02-2{number} 02:00", key=key)
    coming = []
    for number in range(40):
        when = at("2026-03-02 00:00") + timedelta(hours=number * 3, minutes=30 * (number % 2))
        key = f"m{number * 5 % 8}"
        coming += [(when, "visit", key, {}), (when, "enter", key, {"of": "welcome"})]
        coming.append((when, "purchase", key, {"order_id": f"{number % 5}", "value": "1"}))
    now, end = at("2026-03-01 00:00"), at("2026-03-06 12:00")
    while now < end:
        now = min(now + every, end)
        for when, name, key, more in [each for each in coming if each[0] <= now]:
            stage.event(shown(when), name, key, **more)
        coming = [each for each in coming if each[0] > now]
        stage.tick(shown(now))
    return stage.everything()


@pytest.mark.parametrize("rule", list(RULES))
def test_one_pass_over_days_gives_what_many_give(make_database, rule):
    rarely = lived(make_database(), RULES[rule], timedelta(days=7))
    often = lived(make_database(), RULES[rule], timedelta(hours=5, minutes=10))
    assert any(row[1] == "welcome" for row in rarely["enrolments"])
    assert rarely == often

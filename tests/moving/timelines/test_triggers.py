"""Triggers by the clock, by dates, stages, other journeys and other systems."""

import pytest
from sqlalchemy import select

from journey_engine.store.tables.moving import enrolments
from tests.compiler.rows import world
from tests.moving.stage import Stage

STEPS = {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}}


def journey(enter, name="welcome", **more):
    return {"journey": name, "enter": {"again": "after exit", **enter}, "steps": STEPS, **more}


def entered(stage, key="mei", name=None):
    return [line.split(" (enter)")[0] for line in stage.path(key, name) if "(enter)" in line]


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


def test_a_date_told_before_anybody_looked_behind_its_instant_is_not_too_late(database):
    late = {"date": {**BIRTHDAY["date"], "late": "now"}}
    stage = Stage(database, world(journey(BIRTHDAY, "a"), journey(late, "b")))
    stage.member("mei")
    stage.member("ann")
    stage.tick("2026-03-05 09:59")
    stage.attributes("2026-03-05 10:02", birthday="1990-03-08")
    stage.tick("2026-03-05 10:05")  # the next look, three minutes after the change
    stage.attributes("2026-03-05 10:06", "ann", birthday="1990-03-08")
    stage.tick("2026-03-05 10:10")  # somebody had looked at 10:05
    assert (entered(stage, name="a"), entered(stage, name="b")) == (["2026-03-05 10:00"], ["2026-03-05 10:00"])
    assert (entered(stage, "ann", name="a"), entered(stage, "ann", name="b")) == ([], ["2026-03-05 10:06"])


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

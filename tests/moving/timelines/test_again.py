"""How often and how fast: calendar years, keys of their own, paces."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import select

from journey_engine.compiler.pacing import give_turns
from journey_engine.compiler.plot import plot_of
from journey_engine.moving.dues import bound_values
from journey_engine.store.tables.moving import enrolments, entrances, moves, paces, refusals
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown
from tests.moving.timelines.test_triggers import MONDAYS, entered, journey


def keys(stage, key="mei"):
    """(key, entered, ended) of each visit."""
    e = enrolments
    asked = select(e.c.entry_key, e.c.entered_at, e.c.ended_at).where(e.c.member_id == stage.ids[key]).order_by(e.c.id)
    return [(own, shown(came), shown(went)) for own, came, went in stage.rows(asked)]


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


def test_passes_at_the_same_time_count_each_trigger_once(database):
    stage = Stage(database, world(journey({"on": "visit", "pace": "2 per day"})))
    for number in range(5):
        stage.event("2026-03-02 10:00", "visit", f"m{number}")
    plot = plot_of(stage.project, "welcome")
    with (
        database.connect().execution_options(isolation_level="REPEATABLE READ") as other,
        ThreadPoolExecutor(1) as pool,
    ):
        bound, _ = bound_values(other, plot, at("2026-03-02 11:00"))
        other.execute(give_turns(plot, plot.journey.enter.pace), bound)
        passing = pool.submit(stage.run, "2026-03-02 11:00")
        assert wait([passing], timeout=1).not_done
        other.commit()
        assert passing.result(60).entered == 2
    assert sum(taken for (taken,) in stage.rows(select(paces.c.taken))) == 5


# ---- why ----------------------------------------------------------------------------------------------------------
def test_each_verdict_tells_what_it_rests_on(database):
    rule = {"on": "visit", "if": "purchase at least 2 times or not tag vip", "again": "after 7 days"}
    stage = Stage(database, world(journey(rule)))
    stage.tag("vip", "2026-03-01 00:00", "2026-03-03 00:00")
    for day in (2, 3, 5):
        stage.event(f"2026-03-0{day} 10:00", "visit")
    gone = stage.event("2026-03-11 09:00", "unfollow")
    stage.event("2026-03-11 10:00", "visit")
    stage.run("2026-03-12 00:00")
    told = stage.rows(select(refusals.c.reason, refusals.c.why).order_by(refusals.c.at))
    (visit,) = [number for (number,) in stage.rows(select(enrolments.c.id))]
    assert told == [
        ("if", {"asked": {"0": False, "1": True}}),
        ("again", {"enrolment": visit}),
        ("blocked", {"event": gone}),
    ]
    ((path,),) = stage.rows(select(moves.c.path))
    assert (path[0]["step"], path[0]["why"]) == ("(enter)", {"asked": {"0": False, "1": False}})
    assert "why" not in path[1]

"""`restart: on new event`: the first wait counts from the newest trigger, whose properties become the entry."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from journey_engine.store.tables.moving import enrolments, refusals
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown

CART = {
    "journey": "cart",
    "enter": {"on": "visit where page = 'cart'", "again": "after exit", "restart": "on new event"},
    "steps": {
        "rest": {
            "wait": {"first_of": [{"until": "purchase", "do": {"done": {"stop": "bought"}}}]},
            "at_most": "2 hours",
        },
        "remind": {"send": "nudge"},
    },
}
TIMER = {**CART, "steps": {"rest": {"wait": "2 hours"}, "remind": {"send": "nudge"}}}


def carts(stage, *times, key="mei", **more):
    for when in times:
        stage.event(f"2026-03-02 {when}", "visit", key, page="cart", **more)


@pytest.mark.parametrize("journey", [CART, TIMER])
def test_each_new_trigger_begins_the_wait_anew(database, journey):
    stage = Stage(database, world(journey))
    carts(stage, "10:00", "11:00", "13:00", "15:01")
    stage.run("2026-03-02 16:00")
    way = "timeout" if journey is CART else "next"
    assert stage.path() == [
        "2026-03-02 10:00 (enter) journey",
        "2026-03-02 11:00 rest restart",
        "2026-03-02 13:00 rest restart",
        f"2026-03-02 15:00 rest {way}",
        "2026-03-02 15:00 remind next",
        "2026-03-02 15:00 (end) finished",
        "2026-03-02 15:01 (enter) journey",
    ]
    assert stage.refused() == ["2026-03-02 11:00 restart", "2026-03-02 13:00 restart"]
    assert stage.waits() == ["rest until 2026-03-02 17:01"]


def test_the_entry_is_the_newest_triggers_and_the_visit_begins_where_it_began(database):
    stage = Stage(database, world(CART))
    stage.event("2026-03-02 10:00", "visit", page="cart", item="shoe")
    stage.run("2026-03-02 10:30")
    stage.event("2026-03-02 11:00", "visit", page="cart", item="hat")
    stage.run("2026-03-02 11:30")
    ((entry, entered_at),) = stage.rows(select(enrolments.c.entry, enrolments.c.entered_at))
    assert (entry, shown(entered_at)) == ({"page": "cart", "item": "hat"}, "2026-03-02 10:00")
    assert stage.waits() == ["rest until 2026-03-02 13:00"]
    ((why,),) = stage.rows(select(refusals.c.why))
    assert list(why) == ["enrolment"]


def test_an_event_that_ends_the_wait_comes_first_and_other_steps_restart_nothing(database):
    stage = Stage(database, world({**CART, "steps": {**CART["steps"], "more": {"wait": "1 day"}}}))
    carts(stage, "10:00", "12:00", "14:01", "15:00")
    stage.event("2026-03-02 13:00", "purchase", value="1")
    stage.run("2026-03-02 20:00")
    assert stage.path()[:4] == [
        "2026-03-02 10:00 (enter) journey",
        "2026-03-02 12:00 rest restart",
        "2026-03-02 13:00 rest 1",
        "2026-03-02 13:00 done next",
    ]
    assert stage.refused() == ["2026-03-02 12:00 restart", "2026-03-02 15:00 restart"]


def test_of_two_triggers_at_one_instant_the_first_begins_it_anew(database):
    stage = Stage(database, world(TIMER))
    carts(stage, "10:00", "11:00", "11:00")
    stage.run("2026-03-02 11:30")
    assert sorted(stage.refused()) == ["2026-03-02 11:00 inside", "2026-03-02 11:00 restart"]


def test_who_leaves_before_the_new_trigger_is_not_there_for_it(database):
    stage = Stage(database, world({**CART, "leave": {"if": "refund since entry"}}))
    carts(stage, "10:00", "11:00", "12:00")
    stage.event("2026-03-02 11:30", "refund", value="1")
    stage.run("2026-03-02 12:30")
    assert stage.path() == [
        "2026-03-02 10:00 (enter) journey",
        "2026-03-02 11:00 rest restart",
        "2026-03-02 11:30 (leave) leave",
        "2026-03-02 12:00 (enter) journey",
    ]


def test_per_key_only_the_same_cart_begins_anew(database):
    enter = {"on": "purchase", "again": "per order_id after exit", "restart": "on new event"}
    stage = Stage(database, world({**TIMER, "enter": enter}))
    for when, order in (("10:00", "A"), ("10:30", "B"), ("11:00", "A")):
        stage.event(f"2026-03-02 {when}", "purchase", order_id=order, value="1")
    stage.run("2026-03-02 11:30")
    assert sorted(stage.waits()) == ["rest until 2026-03-02 12:30", "rest until 2026-03-02 13:00"]


def test_where_the_trigger_comes_by_a_feed_the_end_waits_for_the_feed(database):
    enter = {"on": "purchase", "again": "after exit", "restart": "on new event"}
    stage = Stage(database, world({**TIMER, "enter": enter}, feeds={"baskets": "purchase"}))
    stage.covered("baskets", "2026-03-02 11:00")
    stage.event("2026-03-02 10:00", "purchase", value="1")
    stage.run("2026-03-02 20:00")
    assert stage.waits() == ["rest until 2026-03-02 12:00"]
    stage.event("2026-03-02 11:30", "purchase", value="1")
    stage.covered("baskets", "2026-03-03 00:00")
    stage.run("2026-03-03 00:00")
    assert stage.path()[1:3] == ["2026-03-02 11:30 rest restart", "2026-03-02 13:30 rest next"]


def test_while_the_end_is_not_known_nobody_says_what_a_new_trigger_does(database):
    stage = Stage(database, world(CART, feeds={"baskets": "purchase"}))
    stage.covered("baskets", "2026-03-02 09:00")
    carts(stage, "10:00", "11:00", "15:00")
    stage.run("2026-03-02 16:00")
    assert (stage.refused(), stage.waits()) == ([], ["rest until 2026-03-02 12:00"])
    assert stage.run("2026-03-02 17:00").members == 0
    stage.event("2026-03-02 11:30", "purchase", value="1")
    stage.covered("baskets", "2026-03-02 11:00")
    stage.run("2026-03-02 18:00")
    assert stage.refused() == ["2026-03-02 11:00 restart", "2026-03-02 15:00 inside"]
    assert stage.waits() == ["rest until 2026-03-02 13:00"]
    stage.covered("baskets", "2026-03-03 00:00")
    stage.run("2026-03-03 00:00")
    assert stage.path()[1:3] == ["2026-03-02 11:00 rest restart", "2026-03-02 11:30 rest 1"]


def test_a_trigger_that_was_refused_before_begins_nothing_anew(database):
    enter = {**TIMER["enter"], "if": "no purchase within 30 days"}
    stage = Stage(database, world({**TIMER, "enter": enter}))
    stage.event("2026-03-02 17:30", "purchase", value="1")
    carts(stage, "18:00")
    stage.run("2026-03-02 18:10")
    assert stage.refused() == ["2026-03-02 18:00 if"]
    carts(stage, "17:00")  # known late; she had not bought by then
    stage.run("2026-03-02 18:20")
    assert stage.path() == ["2026-03-02 17:00 (enter) journey"]
    assert stage.waits() == ["rest until 2026-03-02 19:00"]
    carts(stage, "18:00", "18:15")  # others than the one that was refused
    stage.run("2026-03-02 18:30")
    assert stage.path()[1:] == ["2026-03-02 18:00 rest restart", "2026-03-02 18:15 rest restart"]
    assert stage.waits() == ["rest until 2026-03-02 20:15"]
    assert sorted(stage.refused()) == ["2026-03-02 18:00 if", "2026-03-02 18:00 restart", "2026-03-02 18:15 restart"]


def lived(database, journey, every):
    stage = Stage(database, world(journey))
    coming = []
    for number in range(60):
        key, when = f"m{number % 4}", at("2026-03-02 00:00") + timedelta(minutes=17 * number)
        name = "purchase" if number % 7 == 3 else "visit"
        coming.append((when, name, key, {"value": "1"} if name == "purchase" else {"page": "cart"}))
    now, end = at("2026-03-02 00:00"), at("2026-03-03 00:00")
    while now < end:
        now = min(now + every, end)
        for when, name, key, more in [each for each in coming if each[0] <= now]:
            stage.event(shown(when), name, key, **more)
        coming = [each for each in coming if each[0] > now]
        stage.tick(shown(now))
    return stage.everything()


@pytest.mark.parametrize("journey", [CART, TIMER])
def test_however_often_one_looks_the_wait_begins_anew_at_the_same_instants(two_databases, journey):
    rarely = lived(two_databases[0], journey, timedelta(days=1))
    often = lived(two_databases[1], journey, timedelta(minutes=50))
    assert sum(" rest restart" in line for _, line in rarely["paths"]) > 10
    assert rarely == often

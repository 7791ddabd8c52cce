"""Decisions wait for the data they rest on, and then carry their own instant."""

from datetime import timedelta

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "rest": {"wait": "2 hours"},
        "bought": {
            "branch": [{"if": "purchase since entry", "do": {"thank": {"send": "thanks"}}}, {"otherwise": True}]
        },
        "remind": {"send": "nudge", "if": "no purchase since entry"},
    },
}
FEEDS = {"baskets": "purchase"}


def test_who_bought_at_noon_is_not_reminded_at_one_because_the_orders_come_at_night(database):
    stage = Stage(database, world(JOURNEY, feeds=FEEDS))
    stage.covered("baskets", "2026-03-02 00:00")
    stage.event("2026-03-02 11:00", "follow")
    stage.run("2026-03-02 18:00")
    assert stage.path()[1:] == ["2026-03-02 13:00 rest next"]
    assert stage.waits() == ["bought until 2026-03-02 13:00"]
    assert stage.run("2026-03-02 23:00").members == 0  # who only waits for data costs nothing
    stage.event("2026-03-02 12:00", "purchase", value="1")
    stage.covered("baskets", "2026-03-03 00:00")
    stage.run("2026-03-03 02:00")
    assert stage.path()[2:] == [
        "2026-03-02 13:00 bought 1",
        "2026-03-02 13:00 thank next",
        "2026-03-02 13:00 remind passed by",
        "2026-03-02 13:00 (end) finished",
    ]


def test_without_any_coverage_nothing_that_rests_on_the_feed_is_decided(database):
    stage = Stage(database, world(JOURNEY, feeds=FEEDS))
    stage.event("2026-03-02 11:00", "follow")
    stage.run("2026-03-09 00:00")
    assert stage.waits() == ["bought until 2026-03-02 13:00"]


def test_at_once_decides_on_what_is_known(database):
    branch = {**JOURNEY["steps"]["bought"], "at_once": True}
    remind = {**JOURNEY["steps"]["remind"], "at_once": True}
    steps = {**JOURNEY["steps"], "bought": branch, "remind": remind}
    stage = Stage(database, world({**JOURNEY, "steps": steps}, feeds=FEEDS))
    stage.event("2026-03-02 11:00", "follow")
    stage.run("2026-03-02 13:00")
    assert stage.intents() == ["2026-03-02 13:00 nudge"]


def test_the_timeout_of_a_wait_for_a_purchase_waits_for_the_orders(database):
    wait = {"wait": {"first_of": [{"until": "purchase"}]}, "at_most": "1 day"}
    stage = Stage(database, world({**JOURNEY, "steps": {"wait": wait}}, feeds=FEEDS))
    stage.covered("baskets", "2026-03-03 00:00")
    stage.event("2026-03-02 11:00", "follow")
    stage.run("2026-03-03 15:00")
    assert stage.waits() == ["wait until 2026-03-03 11:00"]
    stage.event("2026-03-03 10:00", "purchase", value="1")
    stage.run("2026-03-03 23:00")
    assert stage.waits() == ["wait until 2026-03-03 11:00"]  # an earlier one may still be on its way
    stage.covered("baskets", "2026-03-04 00:00")
    stage.run("2026-03-04 02:00")
    assert stage.path()[1:] == ["2026-03-03 10:00 wait 1", "2026-03-03 10:00 (end) finished"]


def test_a_click_waits_for_the_orders_where_a_purchase_may_have_come_before_it(database):
    wait = {"wait": {"first_of": [{"until": "purchase"}, {"until": "click of hello"}]}, "at_most": "3 days"}
    stage = Stage(database, world({**JOURNEY, "steps": {"wait": wait}}, feeds=FEEDS))
    stage.covered("baskets", "2026-03-02 12:00")
    stage.event("2026-03-02 11:00", "follow")
    stage.event("2026-03-02 15:00", "click", of="hello")
    stage.run("2026-03-02 15:01")
    assert stage.waits() == ["wait until 2026-03-05 11:00"]
    stage.covered("baskets", "2026-03-02 15:00")
    stage.run("2026-03-02 16:00")
    assert stage.path()[1] == "2026-03-02 15:00 wait 2"


def test_leaving_waits_for_nothing(database):
    stage = Stage(database, world({**JOURNEY, "leave": {"if": "purchase since entry"}}, feeds=FEEDS))
    stage.event("2026-03-02 11:00", "follow")
    stage.run("2026-03-02 11:00")
    stage.event("2026-03-02 12:00", "purchase", value="1")
    stage.run("2026-03-02 12:01")
    assert stage.ends() == [("2026-03-02 12:00", "leave")]


def test_a_trigger_is_held_until_its_condition_can_be_judged(database):
    enter = {"on": "follow", "if": "no purchase within 30 days", "again": "never"}
    stage = Stage(database, world({**JOURNEY, "enter": enter}, feeds=FEEDS))
    stage.covered("baskets", "2026-03-02 00:00")
    stage.event("2026-03-02 11:00", "follow")
    stage.event("2026-03-02 11:00", "follow", "ann")
    assert stage.run("2026-03-02 12:00").entered == 0
    assert stage.run("2026-03-02 13:00").members == 0
    stage.event("2026-03-02 10:00", "purchase", "ann", value="1")
    stage.covered("baskets", "2026-03-03 00:00")
    stage.run("2026-03-03 02:00")
    assert stage.path()[0] == "2026-03-02 11:00 (enter) journey"
    assert stage.refused("ann") == ["2026-03-02 11:00 if"]


@pytest.mark.parametrize("every", [timedelta(hours=1), timedelta(hours=7), timedelta(days=4)])
def test_the_nightly_arrival_of_orders_gives_the_same_whenever_one_looks(database, every):
    stage = Stage(database, world(JOURNEY, feeds=FEEDS))
    for day in (2, 3, 4):
        for hour, key in ((9, "a"), (12, "b"), (20, "c")):
            stage.event(f"2026-03-0{day} {hour:02}:00", "follow", f"{key}{day}")
    for day in (2, 3, 4):
        stage.tick_through(f"2026-03-0{day} 00:30", f"2026-03-0{day} 23:59", every)
        stage.event(f"2026-03-0{day} 12:30", "purchase", f"b{day}", value="1")
        stage.event(f"2026-03-0{day} 22:01", "purchase", f"c{day}", value="1")
        stage.covered("baskets", f"2026-03-0{day + 1} 00:00")
    stage.tick("2026-03-05 00:30")
    assert [stage.intents(f"a{day}") for day in (2, 3, 4)] == [[f"2026-03-0{day} 11:00 nudge"] for day in (2, 3, 4)]
    assert [stage.intents(f"b{day}") for day in (2, 3, 4)] == [[f"2026-03-0{day} 14:00 thanks"] for day in (2, 3, 4)]
    assert [stage.intents(f"c{day}") for day in (2, 3, 4)] == [[f"2026-03-0{day} 22:00 nudge"] for day in (2, 3, 4)]

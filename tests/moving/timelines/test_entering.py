"""Entering: which triggers count, in which order, how often, and who is held out."""

from datetime import timedelta

import pytest

from tests.compiler.rows import world
from tests.moving.stage import Stage

SHORT = {
    "journey": "welcome",
    "enter": {"on": "visit where page = 'shop'", "again": "after exit"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "1 day"}},
}


def visits(stage, *times, key="mei"):
    for when in times:
        stage.event(when, "visit", key, page="shop")


def entered(stage, key="mei"):
    return [line.split(" (enter)")[0] for line in stage.path(key) if "(enter)" in line]


def test_only_the_declared_trigger_lets_in(database):
    stage = Stage(database, world(SHORT))
    stage.event("2026-03-02 10:00", "visit", page="home")
    stage.event("2026-03-02 11:00", "visit")
    stage.event("2026-03-02 12:00", "follow")
    assert stage.run("2026-03-03 00:00").entered == 0
    assert stage.refused() == []


def test_triggers_before_the_journey_went_live_do_not_count(database):
    stage = Stage(database, world(SHORT))
    visits(stage, "2026-02-28 23:59", "2026-03-01 00:00")
    stage.run("2026-03-01 01:00")
    assert entered(stage) == ["2026-03-01 00:00"]


def test_a_trigger_while_inside_is_dropped_and_counted(database):
    stage = Stage(database, world(SHORT))
    visits(stage, "2026-03-02 10:00", "2026-03-02 18:00")
    report = stage.run("2026-03-03 09:00")
    assert (report.entered, dict(report.refused)) == (1, {"inside": 1})
    assert stage.refused() == ["2026-03-02 18:00 inside"]


def test_after_exit_lets_in_again_even_at_the_instant_of_the_end(database):
    stage = Stage(database, world(SHORT))
    visits(stage, "2026-03-02 10:00", "2026-03-03 09:59", "2026-03-03 10:00")
    stage.run("2026-03-04 12:00")
    assert entered(stage) == ["2026-03-02 10:00", "2026-03-03 10:00"]
    assert stage.refused() == ["2026-03-03 09:59 inside"]
    assert stage.ends() == [("2026-03-03 10:00", "finished"), ("2026-03-04 10:00", "finished")]


def test_many_visits_of_a_long_catch_up_happen_in_one_pass(database):
    stage = Stage(database, world(SHORT))
    visits(stage, *(f"2026-03-{day:02} 10:00" for day in range(2, 12)))
    report = stage.run("2026-03-20 00:00")
    assert (report.entered, report.finished, report.intents) == (10, 10, 10)
    assert len(stage.ends()) == 10


def test_never_means_once_in_all(database):
    stage = Stage(database, world({**SHORT, "enter": {"on": "visit", "again": "never"}}))
    visits(stage, "2026-03-02 10:00", "2026-03-02 11:00", "2026-03-09 10:00")
    stage.run("2026-03-20 00:00")
    assert entered(stage) == ["2026-03-02 10:00"]
    assert stage.refused() == ["2026-03-02 11:00 inside", "2026-03-09 10:00 again"]


def test_after_days_counts_from_the_entry_before(database):
    stage = Stage(database, world({**SHORT, "enter": {"on": "visit", "again": "after 7 days"}}))
    visits(stage, "2026-03-02 10:00", "2026-03-09 09:59", "2026-03-09 10:00", "2026-03-12 10:00")
    stage.run("2026-03-20 00:00")
    assert entered(stage) == ["2026-03-02 10:00", "2026-03-09 10:00"]
    assert stage.refused() == ["2026-03-09 09:59 again", "2026-03-12 10:00 again"]


def test_a_trigger_older_than_the_last_entry_is_refused(database):
    stage = Stage(database, world(SHORT))
    visits(stage, "2026-03-05 10:00")
    stage.run("2026-03-08 10:00")
    visits(stage, "2026-03-04 10:00")
    stage.run("2026-03-08 11:00")
    assert stage.refused() == ["2026-03-04 10:00 older"]


def test_the_condition_is_asked_once_at_the_trigger_and_counts_it(database):
    enter = {"on": "purchase", "if": "purchase since entry and purchase at least 2 times", "again": "after exit"}
    stage = Stage(database, world({**SHORT, "enter": enter}))
    stage.event("2026-03-02 10:00", "purchase", value="10")
    stage.event("2026-03-03 10:00", "purchase", value="10")
    stage.run("2026-03-04 00:00")
    assert entered(stage) == ["2026-03-03 10:00"]
    assert stage.refused() == ["2026-03-02 10:00 if"]


def test_a_blocked_member_enters_only_by_following_again(database):
    enter = {"on": "follow", "again": "after exit"}
    stage = Stage(database, world({**SHORT, "enter": enter}, {**SHORT, "journey": "shop"}))
    stage.event("2026-03-02 09:00", "unfollow")
    visits(stage, "2026-03-02 10:00")
    stage.event("2026-03-02 11:00", "follow")
    visits(stage, "2026-03-02 12:00")
    stage.tick("2026-03-02 13:00")
    assert stage.refused() == ["2026-03-02 10:00 blocked"]
    assert stage.path(journey="welcome")[0] == "2026-03-02 11:00 (enter) journey"
    assert stage.path(journey="shop")[0] == "2026-03-02 12:00 (enter) journey"


def test_who_joins_a_segment_enters_when_she_joined(database):
    stage = Stage(database, world({**SHORT, "enter": {"joins": "lapsed", "again": "never"}}))
    stage.segment("lapsed", "2026-03-02 02:00")
    stage.segment("other", "2026-03-02 02:00", key="ann")
    stage.segment("lapsed", "2026-02-20 02:00", key="bob")
    stage.run("2026-03-02 03:00")
    assert entered(stage) == ["2026-03-02 02:00"]
    assert (stage.path("ann"), stage.path("bob")) == ([], [])


def test_an_appointed_time_lets_in_all_who_are_in_the_segment_then(database):
    stage = Stage(
        database, world({**SHORT, "enter": {"at": {"time": "2026-03-05 10:00", "to": "vips"}, "again": "never"}})
    )
    stage.segment("vips", "2026-03-02 02:00")
    stage.segment("vips", "2026-03-02 02:00", "2026-03-05 10:00", key="gone")
    stage.segment("vips", "2026-03-05 10:01", key="late")
    assert stage.run("2026-03-05 09:59").members == 0
    assert stage.run("2026-03-05 10:30").entered == 1
    assert entered(stage) == ["2026-03-05 10:00"]
    assert stage.run("2026-03-06 09:00").members == 0


def test_who_is_handed_on_enters_whatever_the_trigger(database):
    first = {**SHORT, "steps": {"over": {"go_to": "retain"}}}
    retain = {"journey": "retain", "enter": {"on": "follow", "again": "never"}, "steps": {"rest": {"wait": "1 day"}}}
    stage = Stage(database, world(first, retain))
    visits(stage, "2026-03-02 10:00")
    reports = stage.tick("2026-03-02 10:01")
    assert [report.journey for report in reports] == ["welcome", "retain"]
    assert stage.path(journey="welcome")[1:] == ["2026-03-02 10:00 over next", "2026-03-02 10:00 (end) go_to: retain"]
    assert stage.path(journey="retain") == ["2026-03-02 10:00 (enter) journey"]
    assert stage.told("go_to") == [("2026-03-02 10:00", "retain", {"from": "welcome"})]


def test_a_circle_of_journeys_ends_after_eight_rounds(database):
    names = ("a", "b")
    circle = [
        {"journey": name, "enter": {"on": "visit", "again": "after exit"}, "steps": {"over": {"go_to": other}}}
        for name, other in zip(names, reversed(names), strict=True)
    ]
    stage = Stage(database, world(*circle))
    stage.event("2026-03-02 10:00", "visit")
    reports = stage.tick("2026-03-02 10:01")
    # Both are passed once a round; the visit let her into each, so that two chains circle: 1 in the first pass of a,
    # then 2 in every other pass.
    assert [report.journey for report in reports] == ["a", "b"] * 8
    assert len(stage.told("go_to")) == 1 + 15 * 2


GOLDEN = {
    # int(sha256("welcome|holdout|<key>").hexdigest()[:8], 16) % 10000, and the same with "choose"
    "mei": (3897, 6638),
    "ann": (357, 9241),
    "bob": (4942, 3196),
}


def test_golden_values_of_the_draws():
    from hashlib import sha256

    def draw(purpose, key):
        return int(sha256(f"welcome|{purpose}|{key}".encode()).hexdigest()[:8], 16) % 10_000

    assert {key: (draw("holdout", key), draw("choose", key)) for key in GOLDEN} == GOLDEN


def test_the_draw_holds_out_below_the_share_and_nobody_else(database):
    goal = {"if": "purchase", "within": "7 days", "then": "stay"}
    stage = Stage(database, world({**SHORT, "holdout": "20%", "goal": goal}))
    for key in GOLDEN:
        visits(stage, "2026-03-02 10:00", key=key)
    report = stage.run("2026-03-02 10:00")
    assert (report.entered, report.held_out) == (2, 1)
    assert stage.path("ann") == ["2026-03-02 10:00 (enter) holdout"]
    assert stage.waits("ann") == ["(holdout) until 2026-03-09 10:00"]
    stage.event("2026-03-04 10:00", "purchase", "ann", value="10")
    stage.event("2026-03-04 11:00", "unfollow", "ann")
    stage.run("2026-03-09 09:59")
    assert (stage.goal("ann"), stage.ends("ann")) == (["2026-03-04 10:00"], [(None, None)])
    stage.run("2026-03-09 10:00")
    assert stage.ends("ann") == [("2026-03-09 10:00", "holdout")]
    assert stage.path("ann")[1:] == ["2026-03-09 10:00 (end) holdout"]
    assert stage.intents("ann") == []


@pytest.mark.parametrize(
    ("share", "held_out"),
    [
        ("3.57%", []),
        ("3.58%", ["ann"]),
        ("38.97%", ["ann"]),
        ("38.98%", ["ann", "mei"]),
        ("49.43%", ["ann", "bob", "mei"]),
    ],
)
def test_a_draw_equal_to_the_share_holds_nobody_out(database, share, held_out):
    stage = Stage(database, world({**SHORT, "holdout": share}))
    for key in GOLDEN:
        visits(stage, "2026-03-02 10:00", key=key)
    stage.run("2026-03-02 10:00")
    assert [key for key in sorted(GOLDEN) if stage.path(key)[0] == "2026-03-02 10:00 (enter) holdout"] == held_out


def test_without_a_goal_the_held_out_close_at_once(database):
    stage = Stage(database, world(SHORT, global_holdout="100%"))
    visits(stage, "2026-03-02 10:00")
    stage.run("2026-03-02 10:00")
    assert stage.path() == ["2026-03-02 10:00 (enter) holdout", "2026-03-02 10:00 (end) holdout"]


def test_a_stored_arm_beats_the_draw(database):
    goal = {"if": "purchase", "within": "1 day", "then": "stay"}
    held_out = world({**SHORT, "holdout": "100%", "goal": goal})
    stage = Stage(database, held_out)
    visits(stage, "2026-03-02 10:00")
    stage.run("2026-03-03 10:00")
    stage.project = world({**SHORT, "goal": goal})
    visits(stage, "2026-03-04 10:00")
    stage.run("2026-03-04 10:00")
    assert [line.rsplit(" ", 1)[1] for line in stage.path() if "(enter)" in line] == ["holdout", "holdout"]


@pytest.mark.parametrize("every", [timedelta(minutes=30), timedelta(hours=5), timedelta(days=6)])
def test_however_often_one_looks_the_visits_are_the_same(database, every):
    stage = Stage(database, world(SHORT))
    visits(stage, "2026-03-02 10:00", "2026-03-02 12:00", "2026-03-03 10:00", "2026-03-03 11:00")
    stage.tick_through("2026-03-02 00:00", "2026-03-08 00:00", every)
    stage.tick("2026-03-08 00:00")
    assert entered(stage) == ["2026-03-02 10:00", "2026-03-03 10:00"]
    assert stage.refused() == ["2026-03-02 12:00 inside", "2026-03-03 11:00 inside"]
    assert stage.ends()[-1] == ("2026-03-04 10:00", "finished")

"""Choosing: branches, splits, steps with a condition, tags, and the ends of journeys."""

import pytest
from sqlalchemy import select

from journey_engine.store.tables.moving import enrolments, inside
from tests.compiler.rows import world
from tests.moving.stage import Stage

BASE = {"journey": "welcome", "enter": {"on": "follow", "again": "after exit"}}


def walked(database, steps, *keys, before=(), **more):
    stage = Stage(database, world({**BASE, "steps": steps, **more}))
    for prepare in before:
        prepare(stage)
    for key in keys or ("mei",):
        stage.event("2026-03-02 10:00", "follow", key)
    stage.run("2026-03-02 10:00")
    return stage


BRANCH = {
    "which": {
        "branch": [
            {"if": "purchase", "do": {"thank": {"send": "thanks"}}},
            {"if": "tag vip", "do": {"story": {"send": "story"}}},
            {"otherwise": True, "do": {"coupon": {"send": "coupon"}}},
        ]
    },
    "after": {"send": "nudge"},
}


def test_the_first_arm_that_holds_is_taken_and_all_rejoin(database):
    def prepare(stage):
        stage.event("2026-03-01 09:00", "purchase", "buyer", value="1")
        stage.tag("vip", "2026-03-01 09:00", key="buyer")
        stage.tag("vip", "2026-03-01 09:00", key="vip")

    stage = walked(database, BRANCH, "buyer", "vip", "other", before=[prepare])
    assert stage.intents("buyer") == ["2026-03-02 10:00 thanks", "2026-03-02 10:00 nudge"]
    assert stage.intents("vip") == ["2026-03-02 10:00 story", "2026-03-02 10:00 nudge"]
    assert stage.intents("other") == ["2026-03-02 10:00 coupon", "2026-03-02 10:00 nudge"]
    assert "2026-03-02 10:00 which otherwise" in stage.path("other")


def test_a_branch_sees_what_happened_up_to_its_instant_and_not_what_came_later(database):
    stage = Stage(database, world({**BASE, "steps": {"rest": {"wait": "1 day"}, **BRANCH}}))
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-03 10:00:01", "purchase", value="1")
    stage.run("2026-03-04 00:00")
    assert stage.intents() == ["2026-03-03 10:00 coupon", "2026-03-03 10:00 nudge"]


def test_a_tag_given_by_a_step_is_seen_by_the_next(database):
    stage = walked(database, {"mark": {"tag": "vip +1 for 2 days"}, **BRANCH})
    assert "2026-03-02 10:00 which 2" in stage.path()
    steps = {"mark": {"tag": "vip"}, "unmark": {"untag": "vip"}, **BRANCH}
    stage.project = world({**BASE, "steps": steps})
    stage.event("2026-03-02 11:00", "follow")
    stage.run("2026-03-02 11:00")
    assert stage.path(visit=2)[3] == "2026-03-02 11:00 which otherwise"


def test_a_tag_lasts_as_long_as_was_said(database):
    steps = {"mark": {"tag": "vip +2 for 2 days"}, "rest": {"wait": "2 days"}, **BRANCH}
    stage = walked(database, steps)
    stage.run("2026-03-04 10:00")
    assert "2026-03-04 10:00 which otherwise" in stage.path()


SPLIT = {
    "choose": {
        "split": {
            "coupon": {"share": "50%", "do": {"give": {"send": "coupon"}}},
            "story": {"share": "50%", "do": {"tell": {"send": "story"}}},
        }
    }
}


def test_a_split_goes_by_the_golden_draw(database):
    stage = walked(database, SPLIT, "mei", "ann", "bob")  # draws 6638, 9241, 3196
    assert [stage.intents(key) for key in ("mei", "ann", "bob")] == [
        ["2026-03-02 10:00 story"],
        ["2026-03-02 10:00 story"],
        ["2026-03-02 10:00 coupon"],
    ]


@pytest.mark.parametrize(
    ("shares", "arms"),
    [(("31.96%", "34.42%", "33.62%"), ["c", "c", "b"]), (("31.97%", "34.42%", "33.61%"), ["b", "c", "a"])],
)
def test_a_draw_equal_to_the_end_of_an_arm_falls_into_the_next(database, shares, arms):
    split = {name: {"share": share} for name, share in zip("abc", shares, strict=True)}
    stage = walked(database, {"choose": {"split": split}}, "mei", "ann", "bob")  # draws 6638, 9241, 3196
    assert [stage.path(key)[1] for key in ("mei", "ann", "bob")] == [f"2026-03-02 10:00 choose {arm}" for arm in arms]


def test_an_arm_once_taken_stays_when_the_shares_change(database):
    stage = walked(database, SPLIT, "bob")
    shares = {"coupon": {"share": "10%"}, "story": {"share": "90%"}}
    stage.project = world({**BASE, "steps": {"choose": {"split": shares}}})
    stage.event("2026-03-03 10:00", "follow", "bob")
    stage.event("2026-03-03 10:00", "follow", "zoe")
    stage.run("2026-03-03 10:00")
    assert stage.path("bob", visit=2)[1] == "2026-03-03 10:00 choose coupon"


def test_a_step_whose_condition_is_false_is_passed_by(database):
    steps = {
        "greet": {"send": "hello", "if": "purchase"},
        "rest": {"wait": "1 day", "if": "purchase"},
        "over": {"go_to": "retain", "if": "purchase"},
        "nudge": {"send": "nudge"},
    }
    stage = walked(database, steps)
    assert stage.path()[1:] == [
        "2026-03-02 10:00 greet passed by",
        "2026-03-02 10:00 rest passed by",
        "2026-03-02 10:00 over passed by",
        "2026-03-02 10:00 nudge next",
        "2026-03-02 10:00 (end) finished",
    ]


def test_a_stop_ends_the_journey_for_its_reason_and_counts_as_finished(database):
    steps = {"which": {"branch": [{"if": "purchase", "do": {"enough": {"stop": "bought"}}}, {"otherwise": True}]}}
    steps |= {"nudge": {"send": "nudge"}}
    stage = walked(database, steps, before=[lambda stage: stage.event("2026-03-01 09:00", "purchase", value="1")])
    assert stage.path()[1:] == [
        "2026-03-02 10:00 which 1",
        "2026-03-02 10:00 enough next",
        "2026-03-02 10:00 (end) stop: bought",
    ]


def test_the_entry_is_at_hand_all_along(database):
    enter = {"on": "purchase", "again": "never"}
    steps = {
        "rest": {"wait": "1 day"},
        "greet": {"send": "hello", "if": "entry.value >= 1000 and entry.store = '台北'"},
    }
    stage = Stage(database, world({**BASE, "enter": enter, "steps": steps}))
    stage.event("2026-03-02 10:00", "purchase", "rich", value="1000", store="台北")
    stage.event("2026-03-02 10:00", "purchase", "poor", value="999", store="台北")
    stage.run("2026-03-03 10:00")
    assert (stage.intents("rich"), stage.intents("poor")) == (["2026-03-03 10:00 hello"], [])


def test_branches_within_waits_within_branches(database):
    inner = {"wait": {"first_of": [{"until": "visit", "do": BRANCH}]}, "at_most": "1 day"}
    steps = {
        "outer": {"branch": [{"if": "tag vip", "do": {"inner": inner}}, {"otherwise": True}]},
        "end": {"send": "hello"},
    }
    stage = walked(database, steps, "vip", "other", before=[lambda s: s.tag("vip", "2026-03-01 09:00", key="vip")])
    stage.event("2026-03-02 12:00", "visit", "vip")
    stage.run("2026-03-02 12:00")
    assert stage.intents("vip") == ["2026-03-02 12:00 story", "2026-03-02 12:00 nudge", "2026-03-02 12:00 hello"]
    assert stage.intents("other") == ["2026-03-02 10:00 hello"]


def test_a_journey_that_asks_for_itself_finds_her_inside_from_the_first_step_on(database):
    arms = [{"if": "in journey welcome", "do": {"thank": {"send": "thanks"}}}, {"otherwise": True, "do": {}}]
    stage = walked(
        database,
        {
            "which": {"branch": arms},
            "half": {"split": {"a": {"share": "100%", "do": {}}, "b": {"share": "0%", "do": {}}}},
        },
    )
    assert stage.path() == [
        "2026-03-02 10:00 (enter) journey",
        "2026-03-02 10:00 which 1",
        "2026-03-02 10:00 thank next",
        "2026-03-02 10:00 half a",
        "2026-03-02 10:00 (end) finished",
    ]
    told = select(enrolments.c.arms, enrolments.c.end_reason, select(inside.c.member_id).exists())
    assert stage.rows(told) == [({"half": "a"}, "finished", False)]

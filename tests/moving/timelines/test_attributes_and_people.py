"""Steps that change a member's attributes or hand her to people, and what rests on that."""

import pytest
from sqlalchemy import select

from journey_engine.moving import handing
from journey_engine.store.tables.people import members
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown

ENTER = {"enter": {"on": "purchase", "again": "after exit"}}


def hers(stage, key="mei"):
    asked = select(members.c.attributes, members.c.changed_at).where(members.c.id == stage.ids[key])
    ((attributes, changed_at),) = stage.rows(asked)
    return attributes, shown(changed_at)


def test_attributes_are_set_to_constants_and_to_what_the_entry_brought(database):
    steps = {
        "rest": {"wait": "1 day"},
        "note": {"set": {"tier": "gold", "city": "entry.store", "points": "entry.value"}},
    }
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": steps}))
    stage.member("mei", tier="plain", birthday="1990-05-20")
    stage.event("2026-03-02 10:00", "purchase", value="1200", store="Taipei")
    stage.run("2026-03-05 00:00")
    assert stage.path()[1:] == [
        "2026-03-03 10:00 rest next",
        "2026-03-03 10:00 note next",
        "2026-03-03 10:00 (end) finished",
    ]
    set_to = {"tier": "gold", "city": "Taipei", "points": "1200", "birthday": "1990-05-20"}
    assert hers(stage) == (set_to, "2026-03-03 10:00")


@pytest.mark.parametrize("brought", [{}, {"quantity": "many"}])
def test_what_the_entry_did_not_bring_or_cannot_be_leaves_the_attribute(database, brought):
    steps = {"note": {"set": {"points": "entry.quantity"}}}
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": steps}))
    stage.member("mei", points="7")
    stage.event("2026-03-02 10:00", "purchase", **brought)
    stage.run("2026-03-02 10:00")
    assert hers(stage) == ({"points": "7"}, "2026-01-01 00:00")


def test_the_same_value_again_changes_nothing(database):
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": {"note": {"set": {"tier": "gold"}}}}))
    stage.member("mei", tier="gold")
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-02 10:00")
    assert hers(stage) == ({"tier": "gold"}, "2026-01-01 00:00")


def test_later_steps_and_the_leave_rule_see_what_was_set(database):
    steps = {
        "note": {"set": {"tier": "gold"}},
        "which": {
            "branch": [
                {"if": "tier = 'gold'", "do": {"thank": {"send": "thanks"}}},
                {"otherwise": True, "do": {"greet": {"send": "hello"}}},
            ]
        },
        "mark": {"set": {"city": "left"}},
        "never": {"send": "nudge"},
    }
    journey = {"journey": "welcome", **ENTER, "leave": {"if": "city = 'left'"}, "steps": steps}
    stage = Stage(database, world(journey))
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-02 10:00")
    assert stage.path()[1:] == [
        "2026-03-02 10:00 note next",
        "2026-03-02 10:00 which 1",
        "2026-03-02 10:00 thank next",
        "2026-03-02 10:00 mark next",
        "2026-03-02 10:00 (leave) leave",
    ]


def test_another_journey_hears_of_an_attribute_that_was_set(database):
    waits = {"rest": {"wait": "5 days"}}
    setting = {"journey": "setting", **ENTER, "steps": {"rest": {"wait": "1 day"}, "note": {"set": {"tier": "gold"}}}}
    resting = {"journey": "resting", **ENTER, "leave": {"if": "tier = 'gold'"}, "steps": waits}
    stage = Stage(database, world(setting, resting))
    stage.event("2026-03-02 10:00", "purchase")
    stage.tick("2026-03-02 10:00")
    stage.tick("2026-03-03 10:00")
    assert [line.split(" ", 2)[2] for line in stage.path(journey="resting")[1:]] == ["(leave) leave"]


HANDED = {
    "ask": {"hand_off": "care", "note": "請致電關心"},
    "done": {
        "wait": {"first_of": [{"until": "handed_back where team = 'care'", "do": {"thank": {"send": "thanks"}}}]},
        "at_most": "3 days",
        "otherwise": {"do": {"sorry": {"send": "nudge"}}},
    },
}


def test_people_close_what_was_handed_to_them_and_the_journey_goes_on(database):
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": HANDED}))
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-02 10:00")
    assert stage.told("handed_off") == [("2026-03-02 10:00", None, {"team": "care"})]
    with database.begin() as connection:
        (waiting,) = handing.open_hand_offs(connection)
        assert (waiting.team, waiting.note, waiting.member_key) == ("care", "請致電關心", "mei")
        assert (waiting.journey, waiting.step, shown(waiting.at)) == ("welcome", "ask", "2026-03-02 10:00")
        assert handing.open_hand_offs(connection, "sales") == []
        handing.close(connection, waiting.number, "小陳", at("2026-03-03 15:00"))
        assert handing.open_hand_offs(connection) == []
    stage.run("2026-03-03 15:01")
    assert stage.path()[1:4] == [
        "2026-03-02 10:00 ask next",
        "2026-03-03 15:00 done 1",
        "2026-03-03 15:00 thank next",
    ]


def test_what_is_closed_cannot_be_closed_again(database):
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": HANDED}))
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-02 10:00")
    with database.begin() as connection:
        (waiting,) = handing.open_hand_offs(connection)
        handing.close(connection, waiting.number, "小陳", at("2026-03-03 15:00"))
        with pytest.raises(handing.NotOpen, match="closed by 小陳 already"):
            handing.close(connection, waiting.number, "小李", at("2026-03-03 16:00"))
        with pytest.raises(handing.NotOpen, match="does not exist"):
            handing.close(connection, 0, "小李", at("2026-03-03 16:00"))
    assert len(stage.told("handed_back")) == 1


def test_a_hand_off_nobody_closes_runs_out(database):
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": HANDED}))
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-09 10:00")
    assert stage.intents() == ["2026-03-05 10:00 nudge"]


def test_a_zone_nobody_knows_is_counted_and_told(database):
    stage = Stage(database, world({"journey": "welcome", **ENTER, "steps": {"greet": {"send": "hello"}}}))
    for key, zone in (("ann", "Mars/Olympus"), ("bob", "Mars/Olympus"), ("cleo", "Asia/Taipei"), ("mei", None)):
        stage.member(key, zone=zone)
        stage.event("2026-03-02 10:00", "purchase", key)
    report = stage.run("2026-03-02 10:00")
    assert dict(report.unknown_zones) == {"Mars/Olympus": 2}


def test_blocking_ends_nothing_where_they_may_come_back(database):
    steps = {"rest": {"wait": "3 days"}, "greet": {"send": "hello"}}
    journey = {"journey": "welcome", **ENTER, "refollow": "resume", "steps": steps}
    stage = Stage(database, world(journey))
    stage.event("2026-03-02 10:00", "purchase")
    stage.run("2026-03-02 10:00")
    stage.event("2026-03-03 10:00", "unfollow")
    stage.run("2026-03-03 10:00")
    assert stage.waits() == ["rest until 2026-03-05 10:00"]
    stage.event("2026-03-04 10:00", "follow")
    stage.run("2026-03-05 10:00")
    assert stage.ends() == [("2026-03-05 10:00", "finished")]

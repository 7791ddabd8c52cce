"""What a path tells of its decisions beside their outcomes: the event that ended a wait, what each condition said."""

from sqlalchemy import select

from journey_engine.store.tables.moving import moves
from tests.compiler.rows import world
from tests.moving.stage import Stage

STEPS = {
    "greet": {"send": "hello", "if": "city is known and not tag vip"},
    "asks": {"wait": {"first_of": [{"until": "click of hello"}, {"until": "visit"}]}, "at_most": "3 days"},
    "which": {
        "branch": [
            {"if": "purchase since entry and tier = 'gold'", "do": {"thank": {"send": "thanks"}}},
            {"if": "city = 'Taipei' or tag vip", "do": {"tell": {"send": "story"}}},
            {"otherwise": True, "do": {"offer": {"send": "coupon"}}},
        ]
    },
    "rest": {"wait": "1 day", "if": "tag vip"},
}
JOURNEY = {"journey": "welcome", "enter": {"on": "follow", "again": "never"}, "steps": STEPS}


def whys(stage, key="mei"):
    """(step, outcome) and why, of each line of her path that tells any."""
    asked = select(moves.c.path).where(moves.c.member_id == stage.ids[key]).order_by(moves.c.id)
    lines = [line for (path,) in stage.rows(asked) for line in path]
    return [(f"{line['step']} {line['outcome']}", line["why"]) for line in lines if "why" in line]


def test_each_decision_tells_what_it_rests_on(database):
    stage = Stage(database, world(JOURNEY))
    stage.member("mei", city="Taipei")
    stage.event("2026-03-02 10:00", "follow")
    number = stage.event("2026-03-03 09:00", "visit")
    stage.event("2026-03-03 10:00", "purchase")
    stage.run("2026-03-10 00:00")
    assert whys(stage) == [
        ("greet next", {"asked": {"if.0": True, "if.1": False}}),
        ("asks 2", {"event": number}),
        ("which 2", {"asked": {"1.0": False, "1.1": False, "2.0": True, "2.1": False}}),
        ("rest passed by", {"asked": {"if.0": False}}),
    ]


def test_it_tells_the_same_however_often_one_looks(database):
    stage = Stage(database, world(JOURNEY))
    stage.member("mei")
    stage.tag("vip", "2026-03-01 00:00")
    stage.event("2026-03-02 10:00", "follow")
    for now in ("2026-03-02 10:00", "2026-03-04 00:00", "2026-03-05 10:00", "2026-03-06 09:00", "2026-03-06 10:00"):
        stage.run(now)
    stage.member("ann")
    stage.tag("vip", "2026-03-01 00:00", key="ann")
    stage.event("2026-03-07 10:00", "follow", "ann")
    stage.run("2026-03-20 00:00")
    assert whys(stage) == whys(stage, "ann") == [
        ("greet passed by", {"asked": {"if.0": False, "if.1": True}}),
        ("which 2", {"asked": {"1.0": False, "1.1": False, "2.0": False, "2.1": True}}),
    ]  # fmt: skip


def test_a_branch_with_an_if_tells_of_both(database):
    branch = {"if": "tag vip", "branch": [{"if": "city is known", "do": {}}, {"otherwise": True, "do": {}}]}
    stage = Stage(database, world({**JOURNEY, "steps": {"which": branch}}))
    stage.tag("vip", "2026-03-01 00:00")
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-02 10:00", "follow", "ann")
    stage.run("2026-03-02 10:00")
    assert whys(stage) == [("which otherwise", {"asked": {"if.0": True, "1.0": False}})]
    assert whys(stage, "ann") == [("which passed by", {"asked": {"if.0": False}})]

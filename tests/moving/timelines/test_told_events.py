"""Joining and leaving segments, changing stages and the ends of journeys are events, where something asks for them."""

import pytest

from journey_engine.language.project import Project
from journey_engine.lifecycle import segments, stages
from journey_engine.store.tables.happenings import events
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown


def journey(name: str, until: str, **more):
    rest = {"first_of": [{"until": until, "do": {"thanks": {"send": "thanks"}}}]}
    return {
        "journey": name,
        "enter": {"on": "visit", "again": "never"},
        "steps": {"rest": {"wait": rest, "at_most": "7 days", "otherwise": {"do": {"nudge": {"send": "nudge"}}}}},
        **more,
    }


def with_files(project: Project, **files) -> Project:
    return Project.model_validate({**project.model_dump(by_alias=True), **files})


BUYERS = {"buyers": {"segment": "buyers", "title": "b", "is": "purchase within 3 days"}}
STAGES = {"stages": [{"stage": "engage", "if": "purchase"}, {"stage": "acquire", "otherwise": "true"}]}


def told(stage: Stage) -> list[tuple[str, ...]]:
    asked = events.select().with_only_columns(events.c.name, events.c.of, events.c.at, events.c.properties)
    names = ("joined_segment", "left_segment", "stage_changed", "finished_journey")
    rows = stage.rows(asked.where(events.c.name.in_(names)).order_by(events.c.at, events.c.id))
    return [(name, of, shown(when), properties) for name, of, when, properties in rows]


def refresh(stage: Stage, when: str) -> None:
    with stage.engine.begin() as connection:
        segments.refresh(connection, stage.project, at(when))
        stages.refresh(connection, stage.project, at(when))


def test_a_wait_ends_when_a_refresh_finds_the_member_in_the_segment(database):
    project = with_files(world(journey("greeting", "joined_segment of buyers")), segments=BUYERS)
    stage = Stage(database, project)
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    stage.event("2026-03-03 15:00", "purchase", value="5")
    refresh(stage, "2026-03-04 02:00")
    stage.run("2026-03-04 03:00")
    assert stage.path() == [
        "2026-03-02 10:00 (enter) journey", "2026-03-04 02:00 rest 1", "2026-03-04 02:00 thanks next",
        "2026-03-04 02:00 (end) finished",
    ]  # fmt: skip
    refresh(stage, "2026-03-07 02:00")
    assert told(stage) == [("joined_segment", "buyers", "2026-03-04 02:00", {})]


def test_leaving_a_segment_and_a_change_of_stage_are_told_where_they_are_asked_for(database):
    asking = journey("leaving", "left_segment"), journey("growing", "stage_changed where stage = 'engage'")
    stage = Stage(database, with_files(world(*asking), segments=BUYERS, stages=STAGES))
    stage.event("2026-03-02 10:00", "visit")
    refresh(stage, "2026-03-02 12:00")
    stage.event("2026-03-03 15:00", "purchase", value="5")
    refresh(stage, "2026-03-04 02:00")
    refresh(stage, "2026-03-07 02:00")
    stage.tick("2026-03-07 03:00")
    assert told(stage) == [
        ("stage_changed", None, "2026-03-04 02:00", {"stage": "engage", "from": "acquire"}),
        ("left_segment", "buyers", "2026-03-07 02:00", {}),
    ]
    assert stage.intents() == ["2026-03-04 02:00 thanks", "2026-03-07 02:00 thanks"]


@pytest.mark.parametrize("status", ["live", "draft"])
def test_nothing_is_written_that_nobody_asks_for(database, status):
    listener = journey("listening", "finished_journey of first", status=status)
    stage = Stage(database, with_files(world(journey("first", "purchase"), listener), segments=BUYERS, stages=STAGES))
    stage.event("2026-03-02 10:00", "visit")
    stage.tick("2026-03-02 10:01")
    stage.event("2026-03-03 15:00", "purchase", value="5")
    refresh(stage, "2026-03-04 02:00")
    stage.tick("2026-03-04 03:00")
    ends = ("finished_journey", "first", "2026-03-03 15:00", {"reason": "finished"})
    assert told(stage) == ([ends] if status == "live" else [])


@pytest.mark.parametrize("looks", [["2026-03-20 10:00"], [f"2026-03-{day:02} 10:00" for day in range(2, 21)]])
def test_the_end_of_a_journey_ends_a_wait_in_another_however_often_one_looks(database, looks):
    listener = journey("a_listener", "finished_journey of talking where reason = 'finished'")
    talking = {
        "journey": "talking",
        "enter": {"on": "visit", "again": "never"},
        "steps": {"rest": {"wait": "6 days"}},
    }
    stage = Stage(database, world(listener, talking))
    stage.event("2026-03-02 09:00", "visit")
    for look in looks:
        stage.tick(look)
    assert stage.path(journey="a_listener") == [
        "2026-03-02 09:00 (enter) journey", "2026-03-08 09:00 rest 1", "2026-03-08 09:00 thanks next",
        "2026-03-08 09:00 (end) finished",
    ]  # fmt: skip


def test_a_held_segment_holds_the_journeys_that_rest_on_it_until_it_is_released(database):
    watched = {"buyers": {**BUYERS["buyers"], "watch": {"change": "40%"}},
               "fans": {"segment": "fans", "title": "f", "is": "in segment buyers"}}  # fmt: skip
    rests = {
        "journey": "resting",
        "enter": {"joins": "fans", "again": "never"},
        "steps": {"hi": {"send": "hello"}},
    }
    stage = Stage(database, with_files(world(rests, journey("free", "purchase")), segments=watched))
    stage.event("2026-03-02 10:00", "purchase", "mei", value="5")
    refresh(stage, "2026-03-03 02:00")
    stage.event("2026-03-03 10:00", "purchase", "lin", value="5")
    refresh(stage, "2026-03-04 02:00")
    stage.event("2026-03-04 03:00", "visit", "lin")
    stage.tick("2026-03-04 10:00")
    assert stage.path("mei", "resting") == []
    assert stage.path("lin", "free") == ["2026-03-04 03:00 (enter) journey"]
    stage.release("2026-03-04 12:00")
    stage.tick("2026-03-04 12:00")
    assert stage.intents("lin") == ["2026-03-04 02:00 hello"]


def test_a_wait_for_a_segment_is_not_over_before_the_data_of_its_rule_have_come(database):
    until = "joined_segment of buyers"
    project = world(journey("greeting", until), feeds={"orders": "purchase"})
    greeting = journey("greeting", until)
    greeting["steps"]["rest"]["at_most"] = "1 day"
    others = {**BUYERS, "friends": {"segment": "friends", "title": "f", "is": "is friend"}}
    project = with_files(project, segments=others, journeys={"greeting": {**greeting, "title": "t", "status": "live"}})
    stage = Stage(database, project)
    stage.covered("orders", "2026-03-03 00:00")
    stage.event("2026-03-02 23:30", "visit")
    stage.run("2026-03-03 00:10")
    stage.run("2026-03-03 23:40")  # due, but what was bought on the 3rd is not there yet
    assert stage.path() == ["2026-03-02 23:30 (enter) journey"]
    stage.event("2026-03-03 15:00", "purchase", value="5")
    stage.covered("orders", "2026-03-04 00:00")
    refresh(stage, "2026-03-04 02:00")
    stage.run("2026-03-04 02:10")
    assert stage.path()[1:] == [
        "2026-03-03 23:30 rest timeout", "2026-03-03 23:30 nudge next", "2026-03-03 23:30 (end) finished"
    ]  # fmt: skip
    assert told(stage) == [("joined_segment", "buyers", "2026-03-04 00:00", {})]
    assert (project.feeds_of("joined_segment of friends"), project.feeds_of("left_segment")) == ((), ("orders",))

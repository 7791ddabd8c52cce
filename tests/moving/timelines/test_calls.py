"""Calls of other systems: written with the step, answered by an event, failed when refused or when time is up."""

from typing import Any

import pytest

from journey_engine.store.tables.calling import calls
from tests.compiler.rows import world
from tests.moving.stage import Stage, shown

ENDPOINTS = {"crm": {"url": "https://crm.example.com/hooks", "secret": "env:CRM_SECRET"}}
ASK = {
    "call": "crm",
    "with": {
        "what": "score",
        "page": "entry.page",
        "tier": "{tier}",
        "city": "{city|台北}",
        "says": "來自 {tier} 的人",
    },
    "at_most": "2 hours",
    "failed": {"do": {"nudge": {"send": "nudge"}}},
}


def journey(**ask: Any) -> dict[str, Any]:
    return {
        "journey": "scoring",
        "enter": {"on": "visit", "again": "after exit"},
        "steps": {"ask": {**ASK, **ask}, "thanks": {"send": "thanks"}},
    }


@pytest.fixture
def stage(database):
    return Stage(database, world(journey(), endpoints=ENDPOINTS))


def written(stage: Stage) -> list[tuple[Any, ...]]:
    c = calls.c
    rows = stage.rows(calls.select().with_only_columns(c.step, c.endpoint, c.at, c.expires_at, c.content, c.status))
    return [
        (step, endpoint, shown(at), shown(until), content, status)
        for step, endpoint, at, until, content, status in rows
    ]


def test_a_call_is_written_with_the_step_and_waited_for(stage):
    stage.member("mei", tier="金卡")
    stage.event("2026-03-02 10:00", "visit", page="pricing")
    stage.run("2026-03-02 10:01")
    assert stage.waits() == ["ask until 2026-03-02 12:00"]
    assert stage.path() == ["2026-03-02 10:00 (enter) journey"]
    [row] = written(stage)
    assert row[:4] == ("ask", "crm", "2026-03-02 10:00", "2026-03-02 12:00")
    content = row[4]
    assert content.pop("at").startswith("2026-03-02T02:00:00")
    assert content == {
        "journey": "scoring",
        "step": "ask",
        "member": "mei",
        "key": {},
        "with": {"what": "score", "page": "pricing", "tier": "金卡", "city": "台北", "says": "來自 金卡 的人"},
    }


def test_what_is_missing_is_null_and_looking_again_writes_no_second_call(stage):
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    stage.event("2026-03-02 10:02", "unfollow", key="other")
    stage.event("2026-03-02 10:02", "call_failed", step="another")
    stage.run("2026-03-02 10:30")
    [row] = written(stage)
    assert row[4]["with"] == {"what": "score", "page": None, "tier": None, "city": "台北", "says": "來自  的人"}


def test_an_answer_lets_her_go_on_at_its_instant(stage):
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    [(number,)] = stage.rows(calls.select().with_only_columns(calls.c.id))
    stage.event("2026-03-02 10:03", "answered", step="ask", endpoint="crm", call="999999", grade="B")
    stage.run("2026-03-02 10:04")
    assert stage.waits() == ["ask until 2026-03-02 12:00"]  # the answer to somebody else's question
    stage.event("2026-03-02 10:05", "answered", step="ask", endpoint="crm", call=str(number), grade="A")
    stage.run("2026-03-02 10:06")
    assert stage.path()[1:] == [
        "2026-03-02 10:05 ask next",
        "2026-03-02 10:05 thanks next",
        "2026-03-02 10:05 (end) finished",
    ]


@pytest.mark.parametrize(
    ("told", "at", "way"),
    [
        ("answered", "2026-03-02 10:00", "next"),
        ("answered", "2026-03-02 12:00", "next"),
        ("answered", "2026-03-02 12:00:01", "failed"),
        ("call_failed", "2026-03-02 11:00", "failed"),
    ],
)
def test_an_answer_counts_from_the_arrival_to_the_last_moment(stage, told, at, way):
    stage.event("2026-03-02 10:00", "visit")
    stage.event(at, told, step="ask")
    stage.run("2026-03-02 13:00")
    ended = "2026-03-02 12:00" if at.endswith(":01") else at
    assert stage.path()[1] == f"{ended} ask {way}"
    assert stage.intents() == [*([f"{ended} nudge"] if way == "failed" else []), f"{ended} thanks"]


def test_told_of_both_at_one_instant_it_has_failed(stage):
    stage.event("2026-03-02 10:00", "visit")
    stage.event("2026-03-02 10:05", "answered", step="ask")
    stage.event("2026-03-02 10:05", "call_failed", step="ask")
    stage.run("2026-03-02 10:06")
    assert stage.path()[1] == "2026-03-02 10:05 ask failed"


def test_without_an_answer_it_fails_when_its_time_is_up(stage):
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    stage.run("2026-03-03 10:00")
    assert stage.path()[1:] == [
        "2026-03-02 12:00 ask failed",
        "2026-03-02 12:00 nudge next",
        "2026-03-02 12:00 thanks next",
        "2026-03-02 12:00 (end) finished",
    ]


def test_a_failure_without_a_way_of_its_own_goes_on(database):
    stage = Stage(database, world(journey(failed=None), endpoints=ENDPOINTS))
    stage.event("2026-03-02 10:00", "visit")
    stage.event("2026-03-02 10:30", "call_failed", step="ask")
    stage.run("2026-03-02 11:00")
    assert stage.path()[1:3] == ["2026-03-02 10:30 ask failed", "2026-03-02 10:30 thanks next"]


def test_who_is_passed_by_or_has_left_has_no_call(database):
    asked = journey(**{"if": "tier = '金卡'"}) | {"leave": {"if": "purchase since entry"}}
    stage = Stage(database, world(asked, endpoints=ENDPOINTS))
    stage.event("2026-03-02 10:00", "visit")
    stage.member("gold", tier="金卡")
    stage.event("2026-03-02 10:00", "visit", key="gold")
    stage.event("2026-03-02 10:30", "purchase", key="gold", value="1")
    stage.event("2026-03-02 10:30", "answered", key="gold", step="ask")
    stage.run("2026-03-02 13:00")
    assert stage.path()[1:3] == ["2026-03-02 10:00 ask passed by", "2026-03-02 10:00 thanks next"]
    assert stage.path("gold")[1:] == ["2026-03-02 10:30 (leave) leave"]  # at the same instant leave beats the answer
    assert len(written(stage)) == 1


def test_who_leaves_at_the_instant_she_comes_to_a_call_is_told_to_nobody(database):
    stage = Stage(database, world(journey() | {"leave": {"if": "purchase"}}, endpoints=ENDPOINTS))
    stage.event("2026-03-02 10:00", "purchase", value="1")
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert stage.path() == ["2026-03-02 10:00 (enter) journey", "2026-03-02 10:00 (leave) leave"]
    assert written(stage) == []


def test_each_visit_asks_anew(stage):
    for day in ("2026-03-02", "2026-03-03"):
        stage.event(f"{day} 10:00", "visit")
        stage.event(f"{day} 10:30", "answered", step="ask")
    stage.run("2026-03-03 13:00")
    assert [row[2] for row in written(stage)] == ["2026-03-02 10:00", "2026-03-03 10:00"]
    assert [line for line in stage.path() if " ask " in line] == [
        "2026-03-02 10:30 ask next",
        "2026-03-03 10:30 ask next",
    ]


def test_one_pass_gives_the_same_as_a_pass_every_few_minutes(two_databases):
    from datetime import timedelta

    def told(stage: Stage) -> Stage:
        stage.event("2026-03-02 10:00", "visit")
        stage.event("2026-03-02 10:31", "answered", step="ask")
        stage.event("2026-03-02 15:00", "visit")
        return stage

    often, once = (told(Stage(one, world(journey(), endpoints=ENDPOINTS))) for one in two_databases)
    often.tick_through("2026-03-02 09:58", "2026-03-02 18:00", timedelta(minutes=7))
    often.tick("2026-03-02 18:00")
    once.tick("2026-03-02 18:00")
    assert often.everything() == once.everything()
    assert [row[:4] for row in written(often)] == [row[:4] for row in written(once)]

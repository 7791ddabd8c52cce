"""A tap on a button that tags: the tag is there with its source, once per tap, and segments and branches see it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.inbox import inbox
from journey_engine.language.project import Project
from journey_engine.lifecycle.segments import refresh
from tests.compiler.rows import at
from tests.moving.stage import Stage
from tests.saying.conftest import BRAND

TAP_AT = "2026-03-02 12:00"
BUTTONS: list[dict[str, Any]] = [{"label": "想要", "taps": "want", "tag": "keen +2 for 30 days"}]
ASKS: dict[str, Any] = {
    "template": {"say": [{"template": "buttons", "text": "要嗎", "buttons": BUTTONS}]},
    "quick reply": {"say": [{"text": "要嗎"}], "quick_replies": BUTTONS},
    "picture": {
        "say": [
            {
                "template": "image_carousel",
                "columns": [{"picture": "https://a.example/p.jpg", "tap": {**BUTTONS[0], "label": "要"}}],
            }
        ]
    },
}
OFFER: dict[str, Any] = {
    "journey": "offer",
    "title": "優惠",
    "status": "live",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "greet": {"send": "asks"},
        "look": {"wait": "1 day"},
        "which": {
            "branch": [{"if": "tag keen", "do": {"yes_": {"tag": "was_keen"}}}, {"otherwise": {"do": {}}}],
        },
    },
}


def stage_of(database: Engine, form: str) -> Stage:
    asks = {"message": "asks", "title": "要嗎", "topic": "service", "alt": "要嗎", **ASKS[form]}
    project = {
        **BRAND,
        "messages": {"asks": asks},
        "segments": {"keen_ones": {"segment": "keen_ones", "title": "有興趣", "is": "tag keen"}},
        "journeys": {"offer": OFFER},
    }
    stage = Stage(database, Project.model_validate(project))
    for key in ("mei", "lin"):
        stage.event("2026-03-02 10:00", "follow", key)
    with database.begin() as connection:
        for key, user in (("mei", "U1"), ("lin", "U2")):
            who = {"member": stage.ids[key], "user": user}
            connection.execute(text("insert into identities values ('line', :user, :member)"), who)
    stage.run("2026-03-02 10:00")
    return stage


def tap(stage: Stage, number: str, redelivered: bool = False, when: str = TAP_AT) -> dict[str, int]:
    said = {
        "type": "postback",
        "webhookEventId": number,
        "timestamp": int(at(when).timestamp() * 1000),
        "source": {"type": "user", "userId": "U1"},
        "mode": "active",
        "deliveryContext": {"isRedelivery": redelivered},
        "postback": {"data": "journeys:tap:asks:want"},
    }
    with stage.engine.begin() as connection:
        inbox.store(connection, [said], at(when))
        return inbox.take(connection, at(when), stage.project)


def tags(stage: Stage) -> list[tuple[Any, ...]]:
    return stage.rows(text("select member_id, tag, strength, source from tags order by id"))


@pytest.mark.parametrize("form", ASKS)
def test_a_tap_grants_the_tag_of_its_button_wherever_the_button_is(database: Engine, form: str) -> None:
    stage = stage_of(database, form)

    tap(stage, "e1")

    assert tags(stage) == [(stage.ids["mei"], "keen", 2, "click of asks")]


def test_each_tap_grants_once_however_often_it_is_told(database: Engine) -> None:
    stage = stage_of(database, "template")

    told = [tap(stage, "e1"), tap(stage, "e1", redelivered=True), tap(stage, "e2", when="2026-03-02 12:01")]

    assert told == [{"click": 1}, {}, {"click": 1}]
    assert tags(stage) == [(stage.ids["mei"], "keen", 2, "click of asks")] * 2


def test_the_branch_and_the_segment_see_who_tapped(database: Engine) -> None:
    stage = stage_of(database, "quick reply")
    tap(stage, "e1")

    with database.begin() as connection:
        refresh(connection, stage.project, at("2026-03-02 18:00"))
    stage.run("2026-03-03 10:00")

    assert stage.rows(text("select segment, member_id from segment_members")) == [("keen_ones", stage.ids["mei"])]
    assert ("2026-03-03 10:00 yes_ next" in stage.path("mei"), "2026-03-03 10:00 yes_ next" in stage.path("lin")) == (
        True,
        False,
    )

"""A tap on a link ends the wait of a journey for it, and goes the way of the link that was tapped."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine import clock
from journey_engine.language.project import Project
from journey_engine.line.link_tokens import Token, last_day
from journey_engine.receiver.clicks import Tap, follow
from tests.compiler.rows import at
from tests.moving.stage import Stage
from tests.saying.conftest import BRAND

LINK = """
insert into links (message, link, target, made_at) values ('hello', :link, 'https://a.example', now()) returning id
"""
OFFER_LASTS = timedelta(days=90)
OFFER: dict[str, Any] = {
    "journey": "offer",
    "title": "優惠",
    "status": "live",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "greet": {"send": "hello"},
        "look": {
            "wait": {
                "first_of": [
                    {"until": "click of hello where link = '看新品'", "do": {"new": {"tag": "likes_new"}}},
                    {"until": "click of hello", "do": {"other": {"tag": "likes_other"}}},
                ]
            },
            "at_most": "2 days",
        },
    },
}


@pytest.fixture
def tapped(database: Engine) -> Callable[[str], Stage]:
    """Mei follows at ten and is sent `hello`; at noon she taps the link of these words."""

    def tap(words: str) -> Stage:
        stage = Stage(database, Project.model_validate({**BRAND, "journeys": {"offer": OFFER}}))
        stage.member("mei")
        stage.event("2026-03-02 10:00", "follow")
        stage.run("2026-03-02 10:00")
        with database.begin() as connection:
            clock.set_to(connection, at("2026-03-02 12:00"))
            made = (
                "insert into links (message, link, target, made_at) values ('hello', :link, 'https://a.example', now())"
            )
            link = connection.execute(text(f"{made} returning id"), {"link": words}).scalar_one()
            intent = connection.execute(text("select id from intents")).scalar_one()
            token = Token(link, intent, last_day(at("2026-03-02 10:00"), OFFER_LASTS))
            followed = follow(connection, [Tap(token, True, time.monotonic())], lambda: "Asia/Taipei")
        assert followed.members == [stage.ids["mei"]]
        stage.run("2026-03-02 12:05")
        return stage

    return tap


def tags(stage: Stage) -> list[tuple[Any, ...]]:
    return stage.rows(text("select tag from tags"))


def test_the_exit_of_the_link_is_taken(tapped: Callable[[str], Stage]) -> None:
    assert tags(tapped("看新品")) == [("likes_new",)]


def test_any_other_link_takes_the_exit_of_any_tap(tapped: Callable[[str], Stage]) -> None:
    assert tags(tapped("看舊品")) == [("likes_other",)]

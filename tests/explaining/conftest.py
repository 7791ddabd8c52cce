"""A brand whose journeys were applied, on a stage of its own; what is explained comes out of its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from journey_engine.explaining.members import find_member
from journey_engine.explaining.record import read_record
from journey_engine.explaining.story import explanation
from journey_engine.explaining.telling import Teller
from journey_engine.language.project import Project
from journey_engine.language.words import Language
from journey_engine.planning import apply, live_project, plan
from journey_engine.saying.titles import Titles
from journey_engine.store.tables.people import friendships
from tests.alike import alike
from tests.compiler.rows import at
from tests.moving.stage import Stage
from tests.saying.conftest import BRAND

FEED = {
    "feed": "orders",
    "title": "訂單",
    "from": {"file": "orders/*.csv"},
    "suite": "orders",
    "member": {"by": "customer_number", "from": "customer"},
    "brings": [{"event": "purchase", "at": {"from": "time", "zone": "UTC"}}],
}
WELCOME: dict[str, Any] = {
    "journey": "welcome",
    "title": "迎新",
    "status": "live",
    "enter": {"on": "follow", "if": "tier != '金卡'", "again": "after 90 days"},
    "leave": {"if": "tag annoyed"},
    "goal": {"if": "purchase since entry", "within": "14 days", "then": "stay"},
    "steps": {
        "greet": {"send": "hello"},
        "look": {
            "wait": {"first_of": [{"until": "click of hello", "do": {"mark": {"tag": "keen"}}}]},
            "at_most": "2 days",
        },
        "which": {
            "branch": [
                {"if": "purchase since entry", "do": {"thank": {"send": "hello", "if": "not tag vip"}}},
                {"if": "tag keen and tier is not known", "do": {"vip": {"stop": "有興趣"}}},
                {"otherwise": "", "do": {"rest": {"wait": "5 days", "until": "10:00"}}},
            ]
        },
    },
}


@alike
def brand(*journeys: dict[str, Any], **more: Any) -> Project:
    return Project.model_validate({**BRAND, "journeys": {one["journey"]: one for one in journeys}, **more})


class Asked(Stage):
    """A stage whose definitions are live, and that can be asked why."""

    def __init__(self, engine: Engine, project: Project) -> None:
        super().__init__(engine, project)
        self.apply(project, "2026-03-01 00:00")

    def apply(self, project: Project, when: str) -> None:
        self.project = project
        with self.engine.begin() as connection:
            apply(connection, plan(connection, project, at(when)), "a test")

    def befriend(self, key: str = "mei") -> None:
        row = {"member_id": self.ids[key], "status": "friend", "changed_at": at("2026-03-01 00:00")}
        with self.engine.begin() as connection:
            connection.execute(insert(friendships).values(row))

    def why(self, now: str, who: str = "mei", journey: str | None = None, language: Language = "zh-TW") -> list[str]:
        with self.engine.connect() as connection:
            project = live_project(connection)
            member = find_member(connection, who, project.policy, language)
            record = read_record(connection, member.id, journey, at(now))
        return explanation(member, Teller(record, Titles(project), member.zone), journey, language).splitlines()


@pytest.fixture
def asked(database: Engine) -> Callable[..., Asked]:
    return lambda *journeys, **more: Asked(database, brand(*journeys, **more))

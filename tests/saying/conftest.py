"""The brand whose definitions are said aloud: titles for everything, in Chinese."""

from __future__ import annotations

from typing import Any

import pytest

from journey_engine.language.journey import Journey
from journey_engine.language.project import Project
from journey_engine.saying.titles import Titles

BRAND: dict[str, Any] = {
    "schema": {
        "attributes": {
            "tier": {"type": "text", "title": "會員等級", "values": ["一般", "金卡"]},
            "birthday": {"type": "date", "title": "生日"},
            "points": {"type": "number", "title": "點數"},
        },
        "events": {
            "purchase": {"title": "結帳", "value": "money", "key": "order_id"},
            "appointment": {"title": "預約", "key": "booking_id", "properties": {"starts_at": "time"}},
        },
        "tags": {"skincare": {"title": "愛保養", "half_life": "30 days"}},
    },
    "policy": {"zone": "Asia/Taipei"},
    "stages": {"stages": [{"stage": "retain", "title": "留存", "if": "purchase"}, {"stage": "new", "otherwise": ""}]},
    "segments": {"lapsed": {"segment": "lapsed", "title": "久未回購", "is": "purchase"}},
    "messages": {"hello": {"message": "hello", "title": "歡迎", "topic": "service", "say": [{"text": "hi"}]}},
}


def journey(enter: dict[str, Any], steps: dict[str, Any], name: str = "welcome", **more: Any) -> Journey:
    said = {"journey": name, "title": "迎新", "status": "live", "enter": enter, "steps": steps, **more}
    return Journey.model_validate(said)


def titles(*journeys: Journey, language: str = "zh-TW") -> Titles:
    policy = {**BRAND["policy"], "language": language}
    given = {**BRAND, "policy": policy, "journeys": {one.journey: one for one in journeys}}
    return Titles(Project.model_validate(given))


@pytest.fixture
def brand() -> Titles:
    return titles()

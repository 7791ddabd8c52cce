from __future__ import annotations

from typing import Any

from journey_engine.line.filling import unfilled
from journey_engine.line.render import compile_message
from tests.line.shop import project_of


def bubble(text: str) -> dict[str, Any]:
    return {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": text}]},
    }


def test_what_is_the_same_for_everybody_is_known_before_it_is_compiled() -> None:
    messages = {
        "plain": {"topic": "news", "say": [{"text": "大家好"}]},
        "named": {"topic": "news", "say": [{"text": "{name|您}好"}]},
        "below": {"topic": "news", "say": [{"text": "好"}], "quick_replies": [{"label": "{name|我}", "sends": "好"}]},
        "flexed": {"topic": "news", "alt": "看", "say": [{"flex": bubble("{name|您}")}]},
        "dealt": {"topic": "news", "alt": "看", "say": [{"cards": {"of": "entry.items", "flex": bubble("好")}}]},
    }
    project = project_of(messages=messages)

    assert {*messages} & {*unfilled(project)} == {"plain"}
    personal = {name: compile_message(project, project.messages[name]).personal for name in messages}
    assert personal == {"plain": False, "named": True, "below": True, "flexed": True, "dealt": True}

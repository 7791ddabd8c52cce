"""Stories in which a call is answered later, with values, or refused, or never: there the endpoint is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine.language.check import check
from journey_engine.sandbox.beside import Sandbox
from journey_engine.trying import trial
from journey_engine.trying.telling import timeline
from journey_engine.trying.theatre import Theatre
from tests.trying.conftest import FILES

POLICY = """
endpoints: {crm: {url: https://crm.example.com/hooks, secret: env:CRM_SECRET, answers: {grade: text}}}
"""
SCORING = """
journey: scoring
title: 評分
status: live
enter: {on: follow, again: never}
steps:
  ask: {call: crm, with: {name: "{name}"}, at_most: 2 hours, failed: {do: {over: {stop: 沒有回應}}}}
  which:
    branch:
      - if: answered since entry where grade = 'A'
        do: {vip: {send: hello}}
      - otherwise:
"""
STORIES = """
scenario: 評為 A 的人收到問候
journey: scoring
member: {name: 小美}
given: {crm: silent}
story:
  - {at: "day 0 09:00", happens: follow, expect: {at: ask}}
  - {at: "day 0 09:05", happens: answered, with: {grade: A}, expect: {sends: [hello], finished: scoring}}
---
scenario: 對方拒絕就結束
journey: scoring
given: {crm: silent}
story:
  - {at: "day 0 09:00", happens: follow}
  - {at: "day 0 09:05", happens: call_failed, expect: {sends: [], finished: scoring}}
---
scenario: 沒有人回應就等到時間到
journey: scoring
given: {crm: silent}
story:
  - {at: "day 0 09:00", happens: follow}
  - {at: "day 0 10:59", expect: {at: ask}}
  - {at: "day 0 11:00", expect: {sends: [], finished: scoring}}
"""


@pytest.mark.parametrize("number", range(3))
def test_a_story_tells_what_was_answered(tmp_path: Path, database: Engine, sandbox: Sandbox, number: int) -> None:
    files = {**FILES, "policy": FILES["policy"] + POLICY, "scoring": SCORING, "scenarios/scoring": STORIES}
    for name, content in files.items():
        path = tmp_path / "journeys" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip(), encoding="utf-8")
    project, told = trial.told(check(tmp_path))
    story = [one for one in told if one.scenario.journey == "scoring"][number]

    done = trial.run(Theatre(database, sandbox, project), story)

    assert done.holds, timeline(done, project, "en")

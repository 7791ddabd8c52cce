"""Answers the calls of a story as it says, by the caller's own tables; nothing leaves the machine."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from journey_engine.calling.claiming import Claimed, claim, drop
from journey_engine.calling.pace import Pace
from journey_engine.calling.posting import Meaning, Outcome
from journey_engine.calling.recording import record
from journey_engine.language.project import Project
from journey_engine.language.scenario import Scenario

_PACE = Pace()


def answer_calls(connection: Connection, project: Project, scenario: Scenario, now: datetime) -> tuple[str, ...]:
    """Every call that is due is answered, or fails, or is left without an answer; returns whom was called."""
    drop(connection, now)
    said = scenario.calls
    heard = {endpoint for endpoint in project.policy.endpoints if said.get(endpoint) != "silent"}
    claimed = claim(connection, project, now, heard, _PACE) if heard else []
    record(connection, now, [_outcome(each, said.get(each.endpoint)) for each in claimed], _PACE)
    return tuple(each.endpoint for each in claimed)


def _outcome(claimed: Claimed, said: str | None) -> Outcome:
    if said == "fails":
        return Outcome(claimed, Meaning.REFUSED, 400, detail="the story says so")
    return Outcome(claimed, Meaning.ANSWERED, 200)

"""Answers the calls of a story as it says, by the caller's own tables; nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from journey_engine.calling.claiming import Claimed, claim, drop
from journey_engine.calling.pace import Pace
from journey_engine.calling.posting import Meaning, Outcome
from journey_engine.calling.recording import record
from journey_engine.language.project import Project

_PACE = Pace()


def answer_calls(
    connection: Connection, project: Project, said: Mapping[int, Mapping[str, str]], now: datetime
) -> bool:
    """Every call that is due is answered, or fails, or is left without an answer: `said` by member and endpoint.

    Returns whether any was. Where nothing is said it is answered.
    """
    drop(connection, now)
    claimed = claim(connection, project, now, set(project.policy.endpoints), _PACE)
    outcomes = [(each, said.get(each.member, {}).get(each.endpoint, "answers")) for each in claimed]
    heard = [_outcome(each, outcome) for each, outcome in outcomes if outcome != "silent"]
    record(connection, now, heard, _PACE)
    return bool(heard)


def _outcome(claimed: Claimed, said: str) -> Outcome:
    if said == "fails":
        return Outcome(claimed, Meaning.REFUSED, 400, detail="the story says so")
    return Outcome(claimed, Meaning.ANSWERED, 200)

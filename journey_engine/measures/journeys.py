"""How one journey stands: entrants, ways taken, who waits where, sends and goals; a few grouped reads, no writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import enrolments, refusals, step_counts, stuck, waiting


@dataclass(frozen=True, slots=True)
class Standing:
    """One journey since it went live. Counts are of visits (enrolments), sends and steps taken.

    `outcomes[step][outcome]`: how many took that way. `sends[(step, status, reason)]`: intents of a send step.
    `inside` and `waiting` are now; all others since the beginning.
    """

    journey: str
    entered: int = 0
    held_out: int = 0
    inside: int = 0
    ended: Mapping[str, int] = field(default_factory=dict[str, int])
    goals: int = 0
    goals_held_out: int = 0
    refused: Mapping[str, int] = field(default_factory=dict[str, int])
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    waiting: Mapping[str, int] = field(default_factory=dict[str, int])
    sends: Mapping[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int])
    stuck: int = 0

    def taken(self, step: str) -> int:
        """How many have left the step by one of its ways; a wait for the end of quiet hours is no way on."""
        return sum(count for outcome, count in self.outcomes.get(step, {}).items() if outcome != "quiet")


def standing(conn: Connection, journey: str) -> Standing:
    """The figures of `journey` in the caller's snapshot."""
    ended: dict[str, int] = {}
    entered = held_out = inside = goals = goals_held_out = 0
    for arm, reason, count, reached in conn.execute(
        select(enrolments.c.arm, enrolments.c.end_reason, func.count(), func.count(enrolments.c.goal_at))
        .where(enrolments.c.journey == journey)
        .group_by(enrolments.c.arm, enrolments.c.end_reason)
    ):
        if arm == "holdout":
            held_out += count
            goals_held_out += reached
            continue
        entered += count
        goals += reached
        if reason is None:
            inside += count
        else:
            ended[reason] = count
    return Standing(
        journey,
        entered,
        held_out,
        inside,
        dict(sorted(ended.items())),
        goals,
        goals_held_out,
        _refused(conn, journey),
        _outcomes(conn, journey),
        _waiting(conn, journey),
        _sends(conn, journey),
        conn.execute(select(func.count()).where(stuck.c.journey == journey)).scalar_one(),
    )


def _refused(conn: Connection, journey: str) -> dict[str, int]:
    counted = select(refusals.c.reason, func.count()).where(refusals.c.journey == journey)
    return {row[0]: row[1] for row in conn.execute(counted.group_by(refusals.c.reason).order_by(refusals.c.reason))}


def _outcomes(conn: Connection, journey: str) -> dict[str, dict[str, int]]:
    ways: dict[str, dict[str, int]] = {}
    for step, outcome, members in conn.execute(
        select(step_counts.c.step, step_counts.c.outcome, func.sum(step_counts.c.members))
        .where(step_counts.c.journey == journey)
        .group_by(step_counts.c.step, step_counts.c.outcome)
        .order_by(step_counts.c.step, step_counts.c.outcome)
    ):
        ways.setdefault(step, {})[outcome] = int(members)
    return ways


def _waiting(conn: Connection, journey: str) -> dict[str, int]:
    counted = select(waiting.c.step, func.count()).where(waiting.c.journey == journey).group_by(waiting.c.step)
    return {row[0]: row[1] for row in conn.execute(counted)}


def _sends(conn: Connection, journey: str) -> dict[tuple[str, str, str], int]:
    reason = func.coalesce(intents.c.reason, "")
    counted = select(intents.c.step, intents.c.status, reason, func.count()).where(intents.c.journey == journey)
    rows = conn.execute(counted.group_by(intents.c.step, intents.c.status, reason))
    return {(row[0], row[1], row[2]): row[3] for row in rows}

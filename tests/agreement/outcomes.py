"""What became of a drawn case's members, in one shape for both sides, and how the reference tells it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tests.agreement.histories import Case, Edit, Merge
from tests.agreement.people import answer
from tests.reference.facts import call_of
from tests.reference.interpreter import Company, Life, places_of
from tests.reference.merging import merge


@dataclass
class Visit:
    entered_at: str
    by: str  # event | segment | at
    arm: str
    path: list[str] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    arms: dict[str, str] = field(default_factory=dict)
    ended: str = "inside"
    goal_at: str = ""
    waits: str = ""


@dataclass
class Outcome:
    """What became of one member: visits by journey and number, and what her journeys gave, told and refused."""

    visits: dict[str, Visit] = field(default_factory=dict)
    grants: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


def told(at: datetime | str | None) -> str:
    """An instant as text, whoever wrote it; nothing for none."""
    if at is None:
        return ""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def by_reference(case: Case) -> dict[str, tuple[Outcome, Life]]:
    """Each member's outcome by key, with the life it was read from."""
    places = places_of(case.world.project)
    lives = [
        Life(case.world.project, member, arrivals, case.coverage, case.live_since, case.cuts, places)
        for member, arrivals in case.members
    ]
    for now in case.moments:
        if isinstance(now, Edit):
            for life in lives:
                life.apply(now.project, now.at)
            continue
        if isinstance(now, Merge):
            for left, gone in now.pairs:
                merge(lives[left], lives[gone], now.at)
            continue
        if places:
            Company(lives).tick(now)
        for life in lives:
            if not places:
                life.tick(now)
            _answer(life, now)
    return {life.memory.member.key: (_read_life(life), life) for life in lives}


def _answer(life: Life, now: datetime) -> None:
    """Each call that went out in the pass at `now` is answered, or not."""
    for visit in life.memory.enrolments:
        for called in visit.calls[life.answered[id(visit)] :]:
            life.answered[id(visit)] += 1
            seed = f"{life.memory.member.key} {visit.journey} {visit.key} {visit.visit} {called.step}"
            event = answer(seed, called, now)
            if event is not None:
                life.expect(replace(event, properties={**event.properties, "call": call_of(visit, called.step)}))


def _read_life(life: Life) -> Outcome:
    outcome = Outcome()
    for visit in life.memory.enrolments:
        outcome.visits[f"{visit.journey} {visit.key} {visit.visit}"] = Visit(
            told(visit.entered_at),
            visit.trigger.kind,
            visit.arm,
            [f"{taken.step} {told(taken.at)} {taken.outcome}" for taken in visit.path],
            [f"{one.step} {one.message} {told(one.at)} until {told(one.expires_at)}" for one in visit.intents],
            visit.arms,
            f"{told(visit.ended_at)} {visit.end_reason}" if visit.ended_at else "inside",
            told(visit.goal_at),
            f"{visit.waits_at} since {told(visit.at)}" if visit.waits_at else "",
        )
    for one in life.memory.grants:
        if one.source != "operator":
            outcome.grants.append(grant_line(one.source, one.tag, one.granted_at, one.expires_at, one.removed_at))
    for one in life.memory.events:
        if one.source == "engine":
            outcome.told.append(f"{one.name} {one.of} {told(one.at)}")
    outcome.refused = [f"{one.journey} {told(one.at)} {one.reason}" for one in life.memory.refusals]
    outcome.attributes = dict(life.memory.member.attributes)
    return in_order(outcome)


def grant_line(source: str, tag: str, *instants: datetime | None) -> str:
    return " ".join([source, tag, *(told(instant) or "-" for instant in instants)])


def in_order(outcome: Outcome) -> Outcome:
    for rows in (outcome.grants, outcome.told, outcome.refused):
        rows.sort()
    return outcome

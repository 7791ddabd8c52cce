"""Counts how many members of the drawn examples met each of the cases that the design wants seen 500 times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from journey_engine.language.graph import all_steps
from journey_engine.language.journey import FirstOf, Wait
from tests.agreement.histories import Case
from tests.agreement.people import told_at
from tests.reference.facts import Arrival, Change, Enrolment, Event, Grant, Stay
from tests.reference.interpreter import Life
from tests.reference.wallclock import plus

QUOTA, OF = 500, 7_000  # each kind as often among that many members, and in proportion where fewer are compared
KINDS = (
    "event on arrival",
    "event at the timeout",
    "late arrival",
    "downtime",
    "summer time",
    "re-entry",
    "chain",
    "edit in flight",
)
seen: Counter[str] = Counter()  # of this test run


def count(case: Case, lives: dict[str, Life]) -> None:
    """Add one example's members to `seen`."""
    seen["members"] += len(lives)
    for member, arrivals in case.members:
        life = lives[member.key]
        seen.update(dict.fromkeys(_kinds(case, life, arrivals), 1))
        seen.update({"visits": len(life.memory.enrolments)})


def _kinds(case: Case, life: Life, arrivals: tuple[Arrival, ...]) -> Iterator[str]:
    visits = life.memory.enrolments
    by_journey = Counter(visit.journey for visit in visits)
    if any(number > 1 for number in by_journey.values()):
        yield "re-entry"
    if any(visit.trigger.event is not None and visit.trigger.event.name == "go_to" for visit in visits):
        yield "chain"
    if visits and any(_happened_at(one) <= tick < told_at(one) for one in arrivals for tick in case.ticks):
        yield "late arrival"
    if any(
        taken.outcome != "restart" and taken.step != "(leave)"
        for visit, so_far in life.edited
        for taken in visit.path[so_far:]
    ):
        yield "edit in flight"
    for visit in visits:
        yield from _of_a_visit(case, life, visit)


def _of_a_visit(case: Case, life: Life, visit: Enrolment) -> Iterator[str]:
    waits = {
        name: step
        for name, step in all_steps(life.project.journeys[visit.journey])
        if isinstance(step, Wait) and isinstance(step.wait, FirstOf)
    }
    zone = ZoneInfo(life.zone)
    for before, taken in pairwise(visit.path):
        if taken.at.astimezone(zone).utcoffset() != before.at.astimezone(zone).utcoffset():
            yield "summer time"
        wait = waits.get(taken.step)
        if wait is None or wait.at_most is None or not isinstance(wait.wait, FirstOf) or taken.outcome == "passed by":
            continue
        queries = [exit_.until.query for exit_ in wait.wait.first_of]
        ends = {e.at for e in life.memory.events if any(life.truth.matches(e, query) for query in queries)}
        if before.at in ends:
            yield "event on arrival"
        if taken.at == plus(before.at, wait.at_most, life.zone) and taken.at in ends:
            yield "event at the timeout"
    for last, now in pairwise(case.ticks):
        asleep = {taken.at for taken in visit.path if last < taken.at < now}
        if now - last > timedelta(days=1) and len(asleep) > 1:
            yield "downtime"


def _happened_at(arrival: Arrival) -> datetime:
    match arrival:
        case Event(at=at) | Change(at=at) | Grant(granted_at=at) | Stay(since=at):
            return at


def is_often(kind: str) -> bool:
    """Whether this kind of case came up as often as the design wants it."""
    return seen[kind] >= min(QUOTA, QUOTA * seen["members"] / OF)


def summary() -> str:
    """One line for the end of a test run."""
    kinds = ", ".join(f"{kind} {seen[kind]:,}" for kind in KINDS)
    return f"{seen['members']:,} members in {seen['examples']:,} journeys, {seen['visits']:,} visits; {kinds}"

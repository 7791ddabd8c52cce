"""When a cause to leave first holds for a visit, and when its goal does; it ends nothing itself.

Where the design leaves room: a leave or goal rule that an edit has changed is looked for over the whole visit, as if it
had always stood, and like late news undoes nothing; `refollow: resume` makes an unfollow no cause.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from journey_engine.language.journey import Journey
from tests.reference.facts import Enrolment, Entry
from tests.reference.flips import instants

if TYPE_CHECKING:
    from tests.reference.interpreter import Life


class Leaving(NamedTuple):
    """The first instant at which a cause to leave holds. The order of fields is the order of precedence."""

    at: datetime
    rank: int  # erased 0, blocked 1, leave 2, goal 3
    reason: str


def entry_of(visit: Enrolment, journey: Journey) -> Entry:
    """The visit's beginning, as its conditions see it."""
    return Entry(visit.entered_at, visit.event, journey.enter.again.per, visit.key)


def leaving(life: Life, visit: Enrolment, journey: Journey) -> Leaving | None:
    """The first cause, up to now, that ends the journey before its steps do."""
    causes: list[Leaving] = []
    entered_at, erased_at = visit.entered_at, life.memory.member.erased_at
    if erased_at is not None and entered_at < erased_at <= life.now:
        causes.append(Leaving(erased_at, 0, "erased"))
    for event in life.memory.events:
        if event.name == "unfollow" and entered_at < event.at <= life.now and journey.refollow == "end":
            causes.append(Leaving(event.at, 1, "blocked"))
    if journey.leave is not None:
        rule, entry = journey.leave.if_.condition, entry_of(visit, journey)
        looked_at = [entered_at, *instants(rule, life.memory, entered_at, life.now, life.truth.zone)]
        first = next((at for at in looked_at if life.truth.holds(rule, at, entry)), None)
        if first is not None:
            causes.append(Leaving(first, 2, "leave"))
    reached = goal_at(life, visit, journey)
    if journey.goal is not None and journey.goal.then == "leave" and reached is not None:
        causes.append(Leaving(reached, 3, "goal"))
    return min(causes, default=None)


def goal_at(life: Life, visit: Enrolment, journey: Journey) -> datetime | None:
    """The first instant in (entry, entry + within] at which the goal holds; what was found once stays."""
    if visit.goal_at is not None or journey.goal is None or visit.goal_until is None:
        return visit.goal_at
    rule, entry = journey.goal.if_.condition, entry_of(visit, journey)
    looked_at = instants(rule, life.memory, visit.entered_at, min(visit.goal_until, life.now), life.truth.zone)
    return next((at for at in looked_at if life.truth.holds(rule, at, entry)), None)

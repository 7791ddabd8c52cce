"""What a journey changed: its goal among those let in against those held out by lot; it writes nothing.

Each member counts once, by her first visit of the span, in the group the lot put her in, whatever became of the visit
(intention to treat). She counts when her goal's time is over and the events it asks about have arrived, and not before:
those still open are told beside it, so that nobody reads a difference which time alone will change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Subquery, case, exists, func, literal, select

from journey_engine.language.project import Project
from journey_engine.measures import proportions
from journey_engine.measures.proportions import LEAST_EXPECTED, Interval
from journey_engine.measures.rates import Rate, rate
from journey_engine.measures.spans import Span
from journey_engine.moving.horizon import read_coverage
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.moving import enrolments, journey_clocks

# no goal, no holdout: the journey has none. empty: nobody came in. early: nobody's time is over in one of the groups.
State = Literal["no goal", "no holdout", "empty", "early", "read"]


@dataclass(frozen=True, slots=True)
class Lift:
    """Shares who reached the goal. Differences are of the treated over the held out.

    `difference` is absolute (0.05: five points), `relative` in parts of the holdout's share (0.2: a fifth more; None
    where nobody held out reached it). `extra_goals`: the treated times the difference. `detectable`: the smallest
    absolute difference that so many members show in 4 of 5 trials at 5 %. `is_small`: too few to conclude from.
    """

    journey: str
    state: State
    treated: Rate
    held_out: Rate
    still_open: int
    readable_at: datetime | None = None  # when the last one's time is over, of those still open
    difference: float | None = None
    difference_interval: Interval | None = None
    relative: float | None = None
    relative_interval: Interval | None = None
    p: float | None = None
    extra_goals: float | None = None
    extra_goals_interval: Interval | None = None
    detectable: float | None = None
    is_small: bool = False


def lift(conn: Connection, project: Project, journey: str, now: datetime, within: Span | None = None) -> Lift:
    """The lift of a journey at business `now`; `within`: of those who entered in that span. Raises KeyError."""
    asked = project.journeys[journey]
    visits = first_visits(journey, within)
    counts, still_open, readable_at = _counted(conn, visits, _ripe_to(conn, project, journey, now))
    treated, held_out = (rate(*counts.get(arm, (0, 0))) for arm in ("journey", "holdout"))
    found = Lift(journey, "read", treated, held_out, still_open, readable_at)
    if asked.goal is None:
        return replace(found, state="no goal")
    if not treated.of + held_out.of + still_open:
        return replace(found, state="empty")
    if not conn.execute(select(exists(select(visits.c.id).where(visits.c.arm == "holdout")))).scalar_one():
        return replace(found, state="no holdout")
    return _compared(found) if treated.of and held_out.of else replace(found, state="early")


def lifts(conn: Connection, project: Project, now: datetime, within: Span | None = None) -> tuple[Lift, ...]:
    """The lift of every journey, in the project's order."""
    return tuple(lift(conn, project, journey, now, within) for journey in project.journeys)


def first_visits(journey: str, within: Span | None = None) -> Subquery:
    """Each member's first visit (of the span), whatever became of it; what a merge ended goes on under the other."""
    e = enrolments.c
    rows = select(enrolments).distinct(e.member_id).where(e.journey == journey, e.end_reason.is_distinct_from("merged"))
    if within is not None:
        rows = rows.where(e.entered_at >= literal(within.since, INSTANT), e.entered_at < literal(within.until, INSTANT))
    return rows.order_by(e.member_id, e.entered_at, e.id).subquery("visits")


def _ripe_to(conn: Connection, project: Project, journey: str, now: datetime) -> datetime:
    """Up to when goals are decided: passes went so far, and what the goal asks about has arrived."""
    goal = project.journeys[journey].goal
    names = project.event_names(goal.if_.condition) if goal else frozenset[str]()
    passed = conn.execute(select(journey_clocks.c.last_now).where(journey_clocks.c.journey == journey)).scalar()
    return min(read_coverage(conn, now).horizon(project, names), passed or now)


def _counted(
    conn: Connection, visits: Subquery, ripe_to: datetime
) -> tuple[dict[str, tuple[int, int]], int, datetime | None]:
    """Of those whose time is over (reached the goal, all) by arm; how many are not there yet, and when the last is."""
    v = visits.c
    ripe = v.goal_until <= literal(ripe_to, INSTANT)
    rows = conn.execute(
        select(v.arm, func.count(case((ripe, v.goal_at))), func.count(case((ripe, 1)))).group_by(v.arm)
    ).all()
    waits = select(func.count(), func.max(v.goal_until)).where(v.goal_until > literal(ripe_to, INSTANT))
    still_open, last = conn.execute(waits).one()
    return {row[0]: (row[1], row[2]) for row in rows}, still_open, last


def _compared(found: Lift) -> Lift:
    treated, held_out = found.treated, found.held_out
    assert treated.share is not None
    assert held_out.share is not None
    pair = (treated.count, treated.of, held_out.count, held_out.of)
    difference, (low, high) = treated.share - held_out.share, proportions.difference_interval(*pair)
    by = proportions.ratio_interval(*pair)
    return replace(
        found,
        difference=difference,
        difference_interval=(low, high),
        relative=difference / held_out.share if held_out.count else None,
        relative_interval=None if by is None else (by[0] - 1, by[1] - 1),
        p=proportions.difference_p(*pair),
        extra_goals=difference * treated.of,
        extra_goals_interval=(low * treated.of, high * treated.of),
        detectable=proportions.detectable(treated.of, held_out.count, held_out.of),
        is_small=_is_small(treated, held_out),
    )


def _is_small(*groups: Rate) -> bool:
    """A group of few, or one in which fewer than five would do it, or not do it, if all were alike."""
    share = sum(group.count for group in groups) / sum(group.of for group in groups)
    return any(group.is_small or min(share, 1 - share) * group.of < LEAST_EXPECTED for group in groups)

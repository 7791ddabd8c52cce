"""The statements around the steps: who stands where she rested, who only leaves, who has finished, who was held out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, and_, case, func, select

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.frontier import AFTER, BEFORE, visits
from journey_engine.compiler.plot import NOW, Plot
from journey_engine.compiler.walking import appended, end_rows, frontier_of, number, row, word


def resume(plot: Plot) -> Select[Any]:
    """Those who rested at a step stand before it again, as they did; who is to arrive there later rests on."""
    numbers = {node.name: node.number for node in plot.graph.nodes}
    inside = (
        select(*visits.c).where(visits.c.is_open, visits.c.arm == "journey", visits.c.step.in_(numbers)).cte("resting")
    )
    target = case(*((inside.c.step == name, number(each)) for name, each in numbers.items()))
    again = row(
        inside, node=number(BEFORE), step=word("(resume)"), at=inside.c.arrived_at, next_node=target,
        arrived_at=inside.c.arrived_at, due_at=inside.c.due_at,
    )  # fmt: skip
    # An edit moved her to a step at the hour she was promised.
    later = inside.c.arrived_at > NOW
    return appended([again.where(~later), *(rows.where(later) for rows in _resting_on(inside))])


def leave_only(_plot: Plot) -> Select[Any]:
    """While nothing moves: those who have cause leave from where they rest, and nobody takes a step."""
    here = and_(visits.c.is_open, visits.c.arm == "journey", visits.c.step.is_not(None))
    return appended(_resting_on(select(*visits.c).where(here).cte("inside_now")))


def _resting_on(inside: CTE) -> list[Select[Any]]:
    arrived, has_cause = inside.c.arrived_at, inside.c.leave_at.is_not(None)
    at = case((arrived > NOW, inside.c.leave_at), else_=func.greatest(inside.c.leave_at, arrived, type_=INSTANT))
    reason = inside.c.leave_reason
    left = row(inside, node=number(AFTER), step=word("(leave)"), at=at, outcome=reason, end_reason=reason)
    rest = row(
        inside, node=number(BEFORE), step=inside.c.step, at=arrived, arrived_at=arrived, due_at=inside.c.due_at,
        wake_at=inside.c.wake_at,
    )  # fmt: skip
    return [left.where(has_cause), rest.where(~has_cause)]


def finish(plot: Plot) -> Select[Any]:
    """Who stands behind the last step has finished, unless she has left by then."""
    done = frontier_of(plot, len(plot.graph.nodes)).cte("done")
    gone = func.coalesce(done.c.leave_at <= done.c.at, False)
    at, reason = func.greatest(done.c.leave_at, done.c.at, type_=INSTANT), done.c.leave_reason
    left = row(done, node=number(AFTER), step=word("(leave)"), at=at, outcome=reason, end_reason=reason)
    return appended([left.where(gone), end_rows(done, done.c.at, word("finished")).where(~gone)])


def close_held_out(_plot: Plot) -> Select[Any]:
    """The held-out are measured until the goal's time is up, without a goal not at all; then their enrolment closes."""
    out = select(*visits.c, func.coalesce(visits.c.goal_until, visits.c.entered_at, type_=INSTANT).label("closes_at"))
    held_out = out.where(visits.c.is_open, visits.c.arm == "holdout").cte("held_out")
    closes_at = held_out.c.closes_at
    rest = row(
        held_out, node=number(BEFORE), step=word("(holdout)"), at=held_out.c.entered_at,
        arrived_at=held_out.c.entered_at, due_at=closes_at, wake_at=closes_at,
    )  # fmt: skip
    return appended(
        [end_rows(held_out, closes_at, word("holdout")).where(closes_at <= NOW), rest.where(closes_at > NOW)]
    )

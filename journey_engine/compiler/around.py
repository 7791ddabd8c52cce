"""The statements around the steps: who stands where she rested, who only leaves, who has finished, who was held out."""

from __future__ import annotations

from sqlalchemy import CTE, Executable, Select, Text, and_, case, func, select

from journey_engine.compiler import lines
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import word
from journey_engine.compiler.frontier import AFTER, BEFORE, leads_to, trail, visits
from journey_engine.compiler.plot import NOW, Plot
from journey_engine.compiler.striding import FINISHED
from journey_engine.compiler.trails import Counted, added, appended, ended, left, number, row
from journey_engine.compiler.walking import IS_RESTING, frontier_of


def resume(plot: Plot) -> Executable:
    """Those who rested at a step stand before it again, as they did: where that is not read of their visits."""
    numbers = {node.name: node.number for node in plot.graph.nodes}
    inside = select(*visits.c).where(IS_RESTING, visits.c.step.in_(numbers)).cte("resting")
    target = case(*((inside.c.step == name, number(each)) for name, each in numbers.items()))
    return added([row(inside, node=number(BEFORE), at=inside.c.arrived_at, next_node=target, due_at=inside.c.due_at)])


def rest_on(plot: Plot) -> Counted:
    """Whom an edit moved to a step at an hour she was promised rests on until then; who has cause leaves."""
    numbers = [node.name for node in plot.graph.nodes]
    here = (visits.c.is_open, visits.c.arm == "journey", visits.c.step.in_(numbers), visits.c.arrived_at > NOW)
    return appended(plot, _resting_on(select(*visits.c).where(*here).cte("inside_now")))


def leave_only(plot: Plot) -> Counted:
    """While nothing moves: those who have cause leave from where they rest, and nobody takes a step."""
    here = (visits.c.is_open, visits.c.arm == "journey", visits.c.step.is_not(None))
    return appended(plot, _resting_on(select(*visits.c).where(*here).cte("inside_now")))


def _resting_on(inside: CTE) -> list[Select[tuple[object, ...]]]:
    arrived, has_cause = inside.c.arrived_at, inside.c.leave_at.is_not(None)
    at = case((arrived > NOW, inside.c.leave_at), else_=func.greatest(inside.c.leave_at, arrived, type_=INSTANT))
    rest = row(
        inside, node=number(BEFORE), step=inside.c.step, at=arrived, due_at=inside.c.due_at, wake_at=inside.c.wake_at,
        said=inside.c.step,
    )  # fmt: skip
    return [row(inside, **left(inside, at)).where(has_cause), rest.where(~has_cause)]


def finish(plot: Plot) -> Counted:
    """Who stands behind the last step has finished, unless she has left by then."""
    done = frontier_of(plot, len(plot.graph.nodes)).cte("done")
    gone = func.coalesce(done.c.leave_at <= done.c.at, False)
    at = func.greatest(done.c.leave_at, done.c.at, type_=INSTANT)
    gone_there = row(done, **left(done, at, lines.behind(done.c.lines, done.c.at, at)))
    return appended(plot, [gone_there.where(gone), ended(done, done.c.at, done.c.lines, FINISHED).where(~gone)])


def close_held_out(plot: Plot) -> Counted:
    """The held-out are measured until the goal's time is up, without a goal not at all; then their enrolment closes."""
    closes_at = func.coalesce(visits.c.goal_until, visits.c.entered_at, type_=INSTANT).label("closes_at")
    new = and_(leads_to(AFTER), trail.c.enrolment_id == visits.c.enrolment_id)
    out = select(*visits.c, closes_at, func.coalesce(trail.c.lines, lines.NO_LINES, type_=Text).label("lines"))
    here = (visits.c.is_open, visits.c.arm == "holdout")
    held_out = out.select_from(visits.outerjoin(trail, new)).where(*here).cte("held_out")
    rest = row(
        held_out, node=number(BEFORE), step=word("(holdout)"), at=held_out.c.entered_at, due_at=held_out.c.closes_at,
        wake_at=held_out.c.closes_at, lines=held_out.c.lines, said=word("(holdout)"),
    )  # fmt: skip
    is_over = held_out.c.closes_at <= NOW
    so_far = lines.behind(held_out.c.lines, held_out.c.entered_at, held_out.c.closes_at)
    over = ended(held_out, held_out.c.closes_at, so_far, "holdout").where(is_over)
    return appended(plot, [over, rest.where(~is_over)])

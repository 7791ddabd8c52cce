"""Who leaves and when, who reaches the goal and when: the enrolments of a round with both instants; moves nobody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    FromClause,
    Insert,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from journey_engine.compiler import lines
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.frontier import AFTER, BEFORE, CARRIED, ENTER, TID, chunk, newcomers, trail, visits
from journey_engine.compiler.instants import first_instant
from journey_engine.compiler.lookups import among
from journey_engine.compiler.plot import NOW, Plot, passed_on, stage
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, waiting

PLACE: ColumnElement[Any] = literal_column("waiting.ctid", TID())


def load_inside(plot: Plot) -> Executable:
    """Into `visits`: the chunk's members who are inside, held out, or gone with their goal still open."""
    goal_open = and_(enrolments.c.goal_until.is_not(None), enrolments.c.goal_at.is_(None))
    loaded = _loaded(plot, _found(plot, or_(enrolments.c.ended_at.is_(None), goal_open)))
    names = [column.name for column in visits.c]
    return insert(visits).from_select(names, select(*(loaded.c[name] for name in names)))


def load_entered(plot: Plot, who: FromClause = newcomers) -> list[Insert]:
    """Into `visits` and `trail`: those who entered in this round, before the first step or held out."""
    nowhere = {name: literal(None, INSTANT) for name in ("goal_before", "arrived_at", "due_at", "wake_at", "flip_at")}
    new = [*(each.label(name) for name, each in nowhere.items()), cast(null(), TID()).label("place")]
    said = [who.c[column.name] for column in newcomers.c]
    everyone = select(*said, true().label("is_open"), literal(None, Text).label("step"), *new)
    loaded = _loaded(plot, everyone.cte("found"))
    # Of most journeys nobody but the held-out is asked for, who are few: read twice, all would be kept in between.
    asked = loaded if plot.looks_at_visits else _loaded(plot, everyone.where(who.c.arm != "journey").cte("held_out"))
    names = [column.name for column in visits.c]
    known = insert(visits).from_select(names, select(*(asked.c[name] for name in names)))
    # Who is held out stands behind all steps.
    first = case((loaded.c.arm == "journey", 0), else_=AFTER)
    came = lines.line(ENTER, loaded.c.arm, loaded.c.why, among=("journey", "holdout"))
    values: dict[str, ColumnElement[Any]] = {name: loaded.c[name] for name in ("enrolment_id", "member_id", *CARRIED)}
    values |= {"node": literal(BEFORE), "at": loaded.c.entered_at, "next_node": first, "lines": came}
    return [known, insert(trail).from_select(list(values), select(*values.values()))]


def _loaded(plot: Plot, found: CTE) -> CTE:
    """The rows of `found` with goal_at, leave_at and leave_reason."""
    name = found.name
    with_goal = passed_on(select(*found.c, goal_at(plot, name).label("goal_at")), f"{name}_with_goal")
    asked = _causes(plot, with_goal.name)
    causes = [cause.label(f"cause_{reason}") for reason, cause in asked.items()]
    with_causes = passed_on(select(*with_goal.c, *causes), f"{name}_with_causes")
    at = [with_causes.c[cause.name] for cause in causes]
    measured = or_(~with_causes.c.is_open, with_causes.c.arm != "journey")
    first = case((measured, None), else_=func.least(*at, type_=INSTANT))
    reason = case(*((each == func.least(*at), literal(name)) for each, name in zip(at, asked, strict=True)))
    none = func.coalesce(*at).is_(None)  # said first: nearly nobody has one
    why = case((or_(none, measured), None), else_=reason)
    return select(*with_causes.c, first.label("leave_at"), why.label("leave_reason")).cte(f"{name}_loaded")


def _found(plot: Plot, which: ColumnElement[bool]) -> CTE:
    """The enrolments of the chunk's members with their places, each table gone through once for all of them."""
    m, e = chunk, enrolments
    names = ("id", "member_id", "entered_at", "entry", "entry_key", "arm", "ended_at", "goal_until", "goal_at")
    visited = select(m.c.member_id).where(m.c.visited)
    hers = stage(
        select(*(e.c[name] for name in names)).where(e.c.journey == plot.name, among(e.c.member_id, visited), which),
        "hers",
    )
    w = select(waiting, PLACE.label("place")).where(among(waiting.c.enrolment_id, select(hers.c.id))).subquery("place")
    # Full joins: planned for few rows, others would go through all pairs of many.
    places = hers.join(w, w.c.enrolment_id == hers.c.id, full=True)
    place = (w.c.step, w.c.arrived_at, w.c.due_at, w.c.wake_at, w.c.flip_at, w.c.place)
    h = passed_on(select(*hers.c, *place).select_from(places), "placed")
    columns = [
        h.c.id.label("enrolment_id"), h.c.member_id, m.c.member_key, m.c.zone, m.c.erased_at, m.c.unfollowed,
        h.c.entered_at, h.c.entry, h.c.entry_key, h.c.arm, h.c.ended_at.is_(None).label("is_open"), h.c.goal_until,
        h.c.goal_at.label("goal_before"), h.c.step, h.c.arrived_at, h.c.due_at, h.c.wake_at, h.c.flip_at,
        h.c.place,
    ]  # fmt: skip
    everyone = m.join(h, h.c.member_id == m.c.member_id, full=True)
    known = passed_on(select(*columns).select_from(everyone), "known")
    return select(*known.c).where(known.c.enrolment_id.is_not(None)).cte("found")


def goal_at(plot: Plot, row: str) -> ColumnElement[Any]:
    """The instant recorded, else the first in (entry, goal_until] up to now at which the goal holds; null: not yet."""
    whose, goal = plot.whose(row), plot.journey.goal
    before = whose.column("goal_before", INSTANT)
    if goal is None:
        return before
    until = func.least(whose.column("goal_until", INSTANT), NOW, type_=INSTANT)
    found = first_instant(plot.project, goal.if_.condition, whose, until, at_entry=False)
    return case((before.is_not(None), before), (whose.column("goal_until").is_not(None), found))


def _causes(plot: Plot, row: str) -> dict[str, ColumnElement[Any]]:
    """When she was erased, blocked us, met the leave rule, reached a goal that ends it; in order of precedence."""
    whose, journey = plot.whose(row), plot.journey
    erased_at = whose.column("erased_at", INSTANT)
    found: dict[str, ColumnElement[Any]] = {
        "erased": case((and_(erased_at > whose.since, erased_at <= NOW), erased_at))
    }
    gone = events.alias("unfollowed")
    blocked = select(func.min(gone.c.at)).where(
        gone.c.member_id == whose.member, gone.c.name == "unfollow", gone.c.at > whose.since, gone.c.at <= NOW,
        gone.c.of.is_(None),
    )  # fmt: skip
    if journey.refollow != "resume":
        found["blocked"] = case((whose.column("unfollowed"), blocked.scalar_subquery()))
    if journey.leave is not None:
        found["leave"] = first_instant(plot.project, journey.leave.if_.condition, whose, NOW, at_entry=True)
    if journey.goal is not None and journey.goal.then == "leave":
        found["goal"] = whose.column("goal_at", INSTANT)
    return found


def look_again(plot: Plot, node: int) -> Executable | None:
    """After a step that itself changed something the rules rest on: leave and goal of those who took it, anew.

    None where neither rule can be met by what a step does (tags, attributes, and the engine's own events).
    """
    if not plot.met_by_steps:
        return None
    here = visits.alias("here")
    took = select(trail.c.enrolment_id).where(trail.c.node == node, trail.c.next_node.is_not(None))
    # All causes anew: what the step did may have put off the instant that was found before.
    known = (column for column in here.c if column.name not in ("goal_at", "leave_at", "leave_reason"))
    found = select(*known, chunk.c.erased_at).join(chunk, chunk.c.member_id == here.c.member_id)
    asked = _loaded(plot, found.where(here.c.enrolment_id.in_(took)).cte("found"))
    values: dict[str, Any] = {name: asked.c[name] for name in ("goal_at", "leave_at", "leave_reason")}
    return update(visits).where(visits.c.enrolment_id == asked.c.enrolment_id).values(values)

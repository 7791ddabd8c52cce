"""Who is due or changed: the members a pass has to look at, by index ranges that follow the due and not the waiting.

Every part is a select of member ids; ids may repeat. Bound: `now`, what was seen, `live_since`, `last_now`, horizons.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.compiler.arrivals import is_new
from journey_engine.compiler.entering import unused
from journey_engine.compiler.footprints import Footprint, goal_footprint, inside_footprint
from journey_engine.compiler.lookups import looked_up
from journey_engine.compiler.pacing import has_no_turn
from journey_engine.compiler.plot import H_ENTER, MOST_KEPT, NOW, Plot, horizon_of_decision, horizon_of_if
from journey_engine.compiler.restarting import must_wait, restarts
from journey_engine.compiler.triggers import arrived_triggers
from journey_engine.language.graph import Node
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, entrances, stuck, waiting
from journey_engine.store.tables.people import members, segment_members, stages, tags


@lru_cache(maxsize=4 * MOST_KEPT)
def due_members(plot: Plot, moves: bool, enters: bool, admits: bool) -> Select[Any]:
    """Members who are due or changed. `moves`: steps are taken; `enters`: triggers count; `admits`: held ones, too."""
    found = all_due(plot, moves, enters, admits).subquery("found")
    is_stuck = looked_up(stuck_members(plot).where(stuck.c.member_id == found.c.member_id))
    return select(found.c.member_id).where(not_(is_stuck))


def all_due(plot: Plot, moves: bool, enters: bool, admits: bool) -> Select[Any]:
    """The same, with those who are stuck."""
    parts: list[Select[Any]] = []
    if moves:
        parts += [_at_step(plot, node) for node in plot.graph.nodes]
    parts += [_measured(plot), _flipping(plot)]
    parts += _changed(waiting, _inside(plot), inside_footprint(plot.journey))
    parts += _changed(enrolments, _goal_open(plot), goal_footprint(plot.journey))
    parts.append(_erased(plot))
    if enters:
        parts += [_triggered(plot, trigger.subquery()) for trigger in arrived_triggers(plot)]
    if admits:
        limit = NOW if plot.journey.enter.if_ is None else H_ENTER
        held = and_(entrances.c.journey == plot.name, entrances.c.at <= limit)
        if restarts(plot, plot.graph.first):
            held = and_(held, not_(must_wait(plot, entrances)))
        parts.append(select(entrances.c.member_id).where(held))
    return select(union_all(*parts).subquery("due_or_changed").c.member_id)


def stuck_members(plot: Plot) -> Select[Any]:
    """Few ever are: joined, all who are due were put in order for it."""
    return select(stuck.c.member_id).where(stuck.c.journey == plot.name)


ONLY: BindParameter[Any] = bindparam("only", type_=ARRAY(BigInteger))


def among(who: Select[Any], only: bool) -> Select[Any]:
    """Those of `who` that the bound list `only` names; all of them, if there is no list."""
    if not only:
        return who
    found = who.subquery("all_due")
    return select(found.c.member_id).where(found.c.member_id == func.any(ONLY))


def _triggered(plot: Plot, trigger: Any) -> Select[Any]:
    """Also whose trigger was used before, in a pass that did not end: to ask that of each takes longer than to look."""
    new = select(trigger.c.member_id)
    return new if plot.journey.enter.pace is None else new.where(unused(plot, trigger), has_no_turn(plot, trigger))


def _at_step(plot: Plot, node: Node) -> Select[Any]:
    """A decision is due when its data are there; where the step has begun, its `if` was answered."""
    due = waiting.c.wake_at <= horizon_of_decision(node)
    if node.step.if_ is not None:
        begun = waiting.c.due_at > waiting.c.arrived_at
        due = and_(waiting.c.wake_at <= NOW, or_(and_(begun, due), waiting.c.wake_at <= horizon_of_if(node)))
    return select(waiting.c.member_id).where(waiting.c.journey == plot.name, waiting.c.step == node.name, due)


def _measured(plot: Plot) -> Select[Any]:
    """Held-out members whose time is up, and those who have gone and may reach the goal now."""
    steps = waiting.c.step.in_(["(holdout)", "(goal)"])
    return select(waiting.c.member_id).where(waiting.c.journey == plot.name, steps, waiting.c.wake_at <= NOW)


def _flipping(plot: Plot) -> Select[Any]:
    return select(waiting.c.member_id).where(
        waiting.c.journey == plot.name, waiting.c.flip_at.is_not(None), waiting.c.flip_at <= NOW
    )


def _inside(plot: Plot) -> ColumnElement[bool]:
    return waiting.c.journey == plot.name


def _goal_open(plot: Plot) -> ColumnElement[bool]:
    e = enrolments
    return and_(e.c.journey == plot.name, e.c.ended_at.is_not(None), e.c.goal_until.is_not(None), e.c.goal_at.is_(None))


def _changed(whose: Any, which: ColumnElement[bool], prints: Footprint) -> list[Select[Any]]:
    """Of the members in `whose`, those for whom something of the footprint arrived."""
    sources: list[tuple[Any, ColumnElement[Any], ColumnElement[bool]]] = []
    if prints.events:
        sources.append((events, events.c.member_id, events.c.name.in_(sorted(prints.events))))
    if prints.tags:
        sources.append((tags, tags.c.member_id, tags.c.tag.in_(sorted(prints.tags))))
    if prints.segments:
        named = segment_members.c.segment.in_(sorted(prints.segments))
        sources.append((segment_members, segment_members.c.member_id, named))
    if prints.stages:
        sources.append((stages, stages.c.member_id, literal(True)))
    if prints.attributes:
        sources.append((members, members.c.id, literal(True)))
    found = [_arrived(table, member, named, whose, which) for table, member, named in sources]
    if prints.journeys:
        other = enrolments.alias("other")
        named = other.c.journey.in_(sorted(prints.journeys))
        found.append(_arrived(other, other.c.member_id, named, whose, which))
    return found


def _arrived(
    table: Any, member: ColumnElement[Any], named: ColumnElement[bool], whose: Any, which: ColumnElement[bool]
) -> Select[Any]:
    hers = exists(select(literal(1)).where(whose.c.member_id == member, which))
    return select(member.label("member_id")).where(is_new(table), named, hers)


def _erased(plot: Plot) -> Select[Any]:
    hers = exists(select(literal(1)).where(waiting.c.member_id == members.c.id, _inside(plot)))
    arrived = and_(is_new(members), members.c.erased_at.is_not(None))
    return select(members.c.id.label("member_id")).where(arrived, hers)


def any_arrived() -> ColumnElement[bool]:
    """Whether anything that a journey may rest on arrived since its last pass."""
    tables = (events, tags, segment_members, stages, members, enrolments)
    return or_(*(exists(select(literal(1)).where(is_new(table))) for table in tables))

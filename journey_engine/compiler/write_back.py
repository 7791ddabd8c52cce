"""The end of a round: what the trail says becomes enrolments, waiting rows, moves and counts; it decides no step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Executable,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler.arrivals import this_transaction
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.entering import enrol
from journey_engine.compiler.frontier import IS_LAST, newcomers, trail, visits
from journey_engine.compiler.instants import next_change
from journey_engine.compiler.leaving import PLACE
from journey_engine.compiler.lookups import among
from journey_engine.compiler.plot import NOW, Plot, stage
from journey_engine.compiler.remembering import remember, remember_each, tell
from journey_engine.language.mentions import is_told
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, inside, waiting

_RESTS = ("enrolment_id", "member_id", "step", "arrived_at", "due_at", "wake_at", "flip_at")
_NOTHING = literal_column("'{}'::jsonb", JSONB)


@dataclass(frozen=True, slots=True)
class Settling:
    """A statement at the end of a round, and for which of those in it: of who was inside, of who entered now.

    ends: only where somebody's enrolment ended; changes: only where one ended or an arm was drawn; alike: where many
    went the same way at the same instants, or where they did not.
    """

    statement: Executable
    inside: bool
    entered: bool
    ends: bool = False
    changes: bool = False
    alike: bool | None = None


def settle(plot: Plot, inside: bool) -> list[Settling]:
    """All statements, in order; the tables of the round are to be emptied afterwards.

    `inside`: somebody is in the round who was inside when it began.
    """
    late = not plot.asks_for_itself
    told_by_path = plot.journey.goal is None and plot.journey.enter.restart is None
    found = [Settling(_end(plot), inside=True, entered=not late, changes=told_by_path)]
    if late:
        found.append(Settling(_enrol(plot), inside=False, entered=True))
    found.append(Settling(_go_out(plot), inside=True, entered=not late, ends=True))
    if inside:
        found.append(Settling(_lie_down(plot), inside=True, entered=True))
    else:
        found.append(Settling(_lie_down_first(plot), inside=False, entered=True))
    found.append(Settling(remember(plot), inside=True, entered=True, alike=True))
    found.append(Settling(remember_each(plot), inside=True, entered=True, alike=False))
    if is_told(plot.project, "finished_journey", plot.name):
        found.append(Settling(tell(plot), inside=True, entered=True, ends=True))
    return found


def came_to() -> CTE:
    """How the round leaves each visit: that it ended, and the arms taken in it."""
    t = trail.c
    return select(t.enrolment_id, t.at, t.end_reason, t.arms).where(IS_LAST).cte("came_to")


def _enrol(plot: Plot) -> Executable:
    """The enrolments of those who entered, with what became of them in this round."""
    last, n, v = came_to(), newcomers.c, visits.c
    arms, ended_at = (
        func.coalesce(last.c.arms, _NOTHING).label("arms"),
        case((last.c.end_reason.is_not(None), last.c.at)),
    )
    end = (ended_at.label("ended_at"), last.c.end_reason)
    rows = newcomers.join(last, last.c.enrolment_id == n.enrolment_id)
    goal_at: ColumnElement[Any] = literal(None, INSTANT).label("goal_at")
    named: list[ColumnElement[Any]] = list(n)
    if plot.journey.goal is not None or plot.journey.enter.restart is not None:
        rows = rows.join(visits, v.enrolment_id == n.enrolment_id)
        named = [v.entry if column.name == "entry" else column for column in n]
        goal_at = v.goal_at
    return enrol(plot, select(*named, goal_at, *end, arms).select_from(rows).cte("became"))


def _end(plot: Plot) -> Executable:
    """Ends, goals and arms: one update of each enrolment for which any of them changed."""
    last, v = came_to(), visits
    reached = and_(v.c.goal_before.is_(None), v.c.goal_at.is_not(None))
    ended = last.c.end_reason.is_not(None)
    news = or_(ended, last.c.arms.is_not(None), reached)
    restarts = plot.journey.enter.restart is not None
    ended_at = case((ended, last.c.at)).label("ended_at")
    rows = select(
        v.c.enrolment_id, v.c.entry, ended_at, last.c.end_reason, v.c.goal_at, last.c.arms, news.label("news")
    )
    changed = rows.outerjoin(last, last.c.enrolment_id == v.c.enrolment_id).where(true() if restarts else news)
    changed = changed.cte("changed")
    values: dict[str, Any] = {
        "ended_at": func.coalesce(changed.c.ended_at, enrolments.c.ended_at),
        "end_reason": func.coalesce(changed.c.end_reason, enrolments.c.end_reason),
        "goal_at": changed.c.goal_at,
        "arms": enrolments.c.arms.concat(func.coalesce(changed.c.arms, _NOTHING)),
        "arrived": this_transaction(),
    }
    which = enrolments.c.id == changed.c.enrolment_id
    if restarts:
        values["entry"] = changed.c.entry
        which = and_(which, or_(changed.c.news, enrolments.c.entry != changed.c.entry))
    return update(enrolments).where(which).values(values)


def _go_out(plot: Plot) -> Executable:
    """The guard lets go of whose enrolment ended."""
    ended = trail.c.end_reason.is_not(None)
    # Joined, a table that was filled since it was last analyzed was read once per member (450 instead of 80 us each).
    return delete(inside).where(
        inside.c.journey == plot.name,
        among(inside.c.member_id, select(trail.c.member_id).where(ended)),
        inside.c.enrolment_id.in_(select(trail.c.enrolment_id).where(ended)),
    )


def _resting(plot: Plot) -> Select[Any] | CompoundSelect[Any]:
    """Who rests at a step, and who has gone but may yet reach the goal when the clock goes on."""
    t, v = trail, visits
    at = t.c.at.label("arrived_at")
    own = (t.c.enrolment_id, t.c.member_id, t.c.step, at, t.c.due_at, t.c.wake_at, t.c.unfollowed)
    if plot.journey.goal is None:
        arm = case((t.c.step == "(holdout)", "holdout"), else_="journey").label("arm")
        rows = select(*own, arm, t.c.entered_at, t.c.entry, t.c.entry_key)
    else:
        named = (v.c.arm, v.c.entered_at, v.c.entry, v.c.entry_key, v.c.goal_until, v.c.goal_at)
        rows = select(*own, *named).join(v, v.c.enrolment_id == t.c.enrolment_id)
    lying = rows.where(IS_LAST, t.c.due_at.is_not(None)).cte("lying")
    flip = func.least(_leave_flip(plot, "lying"), _goal_flip(plot, "lying"), type_=INSTANT)
    parts = [
        select(
            lying.c.enrolment_id, lying.c.member_id, lying.c.step, lying.c.arrived_at, lying.c.due_at, lying.c.wake_at,
            flip.label("flip_at"),
        )
    ]  # fmt: skip
    if plot.journey.goal is not None:
        parts.append(_gone_with_open_goal(plot))
    return union_all(*parts) if len(parts) > 1 else parts[0]


def _gone_with_open_goal(plot: Plot) -> Select[Any]:
    v = visits
    # An IN is hashed where an EXISTS below an OR would be asked for each row.
    ended = v.c.enrolment_id.in_(select(trail.c.enrolment_id).where(trail.c.end_reason.is_not(None)))
    gone = select(*v.c).where(v.c.goal_at.is_(None), or_(not_(v.c.is_open), ended)).cte("gone")
    timed = stage(select(*gone.c, _goal_flip(plot, "gone").label("next_at")), "timed")
    return select(
        timed.c.enrolment_id, timed.c.member_id, literal("(goal)"), timed.c.entered_at, timed.c.goal_until,
        timed.c.next_at, literal(None, INSTANT),
    ).where(timed.c.next_at.is_not(None))  # fmt: skip


def _leave_flip(plot: Plot, row: str) -> ColumnElement[Any]:
    """The next instant known at which the clock may end the journey: by its rule, or an unfollow dated after now."""
    whose = plot.whose(row)
    gone = events.alias("unfollowed")
    blocked = (
        select(func.min(gone.c.at))
        .where(gone.c.member_id == whose.member, gone.c.name == "unfollow", gone.c.at > NOW, gone.c.of.is_(None))
        .scalar_subquery()
    )
    blocked = case((whose.column("unfollowed"), blocked))
    if plot.journey.refollow == "resume":
        blocked = literal(None, INSTANT)
    leave = plot.journey.leave
    rule = next_change(plot.project, leave.if_.condition, whose, NOW) if leave else literal(None, INSTANT)
    return case((whose.column("arm") == "journey", func.least(blocked, rule, type_=INSTANT)))


def _goal_flip(plot: Plot, row: str) -> ColumnElement[Any]:
    whose, goal = plot.whose(row), plot.journey.goal
    if goal is None:
        return literal(None, INSTANT)
    until = whose.column("goal_until", INSTANT)
    change = next_change(plot.project, goal.if_.condition, whose, NOW, until)
    return case((and_(whose.column("goal_at", INSTANT).is_(None), until > NOW), change))


def _lie_down(plot: Plot) -> Executable:
    """Waiting rows of those who went on go, and those of who rests come; rows that would come again as they are stay.

    To change them in place took longer: each of their indexes has a new entry all the same.
    """
    v, r = visits.c, _resting(plot).subquery("resting")
    same = and_(v.step.is_not(None), *(r.c[name].is_not_distinct_from(v[name]) for name in _RESTS[2:]))
    looked_at = or_(r.c.enrolment_id.is_not(None), not_(v.is_open), v.enrolment_id.in_(select(trail.c.enrolment_id)))
    goes = and_(v.place.is_not(None), looked_at, not_(same))
    # A full join: planned for few rows, others would go through all pairs of many.
    both = r.join(visits, v.enrolment_id == r.c.enrolment_id, full=True)
    columns = [same.label("same"), goes.label("goes"), v.place]
    known = stage(select(*(r.c[name] for name in _RESTS), *columns).select_from(both), "known")
    wakes = delete(waiting).where(among(PLACE, select(known.c.place).where(known.c.goes)))
    gone = wakes.returning(literal(1)).cte("let_go")
    # Asked for, they go before the others come, some of which have the number of one of them.
    have_gone = select(func.count()).select_from(gone).scalar_subquery() >= 0
    new = select(*(known.c[name] for name in _RESTS), literal(plot.name))
    comes = new.where(known.c.enrolment_id.is_not(None), known.c.same.is_not(True), have_gone)
    return insert(waiting).from_select([*_RESTS, "journey"], comes)


def _lie_down_first(plot: Plot) -> Executable:
    """Waiting rows of a round in which everyone entered."""
    rows = _resting(plot).subquery("resting")
    return insert(waiting).from_select([*_RESTS, "journey"], select(*rows.c, literal(plot.name)))

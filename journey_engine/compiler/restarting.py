"""`restart: on new event`: each new trigger while a member rests at the first wait begins it anew; it walks nobody.

Every instant from which the wait may count is a row: her arrival, and each later trigger of her key that was not
refused before (each is used once, even if it turns out later that she was inside when it came). The wait decides each
row as if she had arrived then, and the chain is followed up to the first row that the next trigger comes too late for.
So a pass finds all of a long catch-up in one statement.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from journey_engine.compiler import lines
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.happened import matches
from journey_engine.compiler.plot import LIVE_SINCE, NOW, Plot, horizon_of_decision, stage
from journey_engine.compiler.references import entry_of_event
from journey_engine.language.graph import Node
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, refusals, waiting

NEVER = literal_column("'infinity'::timestamptz", INSTANT)


def restarts(plot: Plot, node: Node) -> bool:
    """Whether new triggers begin this step anew: while the journey lets members in."""
    journey = plot.journey
    return journey.enter.restart is not None and journey.status == "live" and node.number == 0


def may_yet_begin_anew(plot: Plot, visit: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a trigger at `at` falls into the first wait of a visit (its id) that nobody can decide yet."""
    own = and_(waiting.c.enrolment_id == visit, waiting.c.step == plot.graph.first.name)
    return exists(select(literal(1)).where(own, waiting.c.arrived_at < at, at <= waiting.c.due_at))


def must_wait(plot: Plot, kept: Any) -> ColumnElement[bool]:
    """Whether a trigger kept in `entrances` lies behind the beginning of such a wait, and data are still missing."""
    first = plot.graph.first
    own = and_(waiting.c.member_id == kept.c.member_id, waiting.c.journey == plot.name, waiting.c.step == first.name)
    decides = func.least(kept.c.at, waiting.c.due_at, type_=INSTANT)
    found = select(literal(1)).where(own, waiting.c.arrived_at < kept.c.at, decides > horizon_of_decision(first))
    if plot.key_name is not None:
        found = found.where(
            enrolments.c.id == waiting.c.enrolment_id, enrolments.c.entry_key == kept.c.entry.op("->>")(plot.key_name)
        )
    return exists(found)


def begun_anew(plot: Plot, first: CTE, takes: ColumnElement[bool], asked: ColumnElement[Any]) -> CTE:
    """The rows of `first` and, for those who take the step, one for each later trigger of theirs, with its entry.

    Adds `trigger_id`, the event's number (null: the arrival itself), and `next_at`, when the next trigger came.
    """
    anew = _triggers(plot, first, takes, asked)
    arrival = select(*first.c, literal(None, BigInteger).label("trigger_id"))
    rows = union_all(arrival, anew).cte("begun_anew")
    following = func.lead(rows.c.at).over(partition_by=rows.c.enrolment_id, order_by=rows.c.at)
    return stage(select(*rows.c, following.label("next_at")), "arrivals")


def _triggers(plot: Plot, first: CTE, takes: ColumnElement[bool], asked: ColumnElement[Any]) -> Select[Any]:
    enter = plot.journey.enter
    assert enter.on is not None
    new = events.alias("new_trigger")
    entry = entry_of_event(new)
    own = and_(new.c.member_id == first.c.member_id, matches(plot.project, new, enter.on.query))
    if plot.key_name is not None:
        own = and_(own, entry.op("->>")(plot.key_name) == first.c.entry_key)
    kept = {column.name: column for column in first.c if not column.name.startswith("if_")}
    so_far = lines.behind(first.c.lines, first.c.at, new.c.at)
    said: dict[str, ColumnElement[Any]] = {**kept, "at": new.c.at, "lines": so_far, "entry": entry, "asked": asked}
    columns = [said.get(column.name, literal(None, column.type)).label(column.name) for column in first.c]
    columns = [literal(None, INSTANT).label("due_at") if each.name == "due_at" else each for each in columns]
    return (
        select(*columns, new.c.id.label("trigger_id"))
        .select_from(first)
        .join(new, and_(own, new.c.at > first.c.at, new.c.at <= NOW, new.c.at >= LIVE_SINCE))
        .where(takes, ~_was_refused(plot, new))
        .distinct(first.c.enrolment_id, new.c.at)
        .order_by(first.c.enrolment_id, new.c.at, new.c.id)
    )


def _was_refused(plot: Plot, event: Any) -> ColumnElement[bool]:
    reference = literal_column("'event:'", Text).concat(cast(event.c.id, Text))
    own = and_(refusals.c.member_id == event.c.member_id, refusals.c.entry_ref == reference)
    return exists(select(literal(1)).where(own, refusals.c.journey == plot.name))


def followed(node: Node, decided: CTE) -> CTE:
    """The rows that were reached: `is_last` is the one from which the wait counts in the end."""
    due, following, horizon = decided.c.due_at, decided.c.next_at, horizon_of_decision(node)
    # At the same instant an event that ends the wait comes before a trigger, and a trigger before the end of its time.
    over = and_(decided.c.outcome == "timeout", decided.c.out_at == following)
    still_here = or_(decided.c.outcome.is_(None), decided.c.out_at > following, over, _in_time(decided))
    stays = following < func.coalesce(decided.c.leave_at, NEVER, type_=INSTANT)
    anew = and_(following <= due, following <= horizon, still_here, stays)
    linked = stage(select(*decided.c, func.coalesce(anew, False).label("goes_on")), "linked")
    ends = func.count().filter(~linked.c.goes_on)
    before = ends.over(partition_by=linked.c.enrolment_id, order_by=linked.c.at, rows=(None, -1))
    counted = select(*linked.c, before.label("ends_before")).cte("counted")
    rows = select(*counted.c, (~counted.c.goes_on).label("is_last")).where(counted.c.ends_before == 0)
    return stage(rows, "followed")


def _in_time(decided: CTE) -> ColumnElement[bool]:
    """A timer that is due at the very instant of the trigger."""
    return and_(decided.c.outcome == "next", decided.c.out_at == decided.c.next_at)

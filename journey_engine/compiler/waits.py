"""What a wait decides: when a timer is due, which event ends a wait first; it takes no step itself."""

from __future__ import annotations

from datetime import time
from typing import Any, assert_never

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, select

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.happened import matches
from journey_engine.compiler.plot import NOW, Plot, horizon_of_decision, stage
from journey_engine.compiler.walking import BEGUN, NEXT, Decision, arrivals, word
from journey_engine.language.conditions import EventQuery
from journey_engine.language.durations import Duration
from journey_engine.language.graph import Node
from journey_engine.language.journey import FirstOf, Wait
from journey_engine.store.tables.happenings import events


def wait(plot: Plot, node: Node, step: Wait) -> Decision:
    """The decision of a wait step, whichever form it has."""
    match step.wait:
        case FirstOf(first_of=exits):
            return _first_of(plot, node, step, [exit_.until.query for exit_ in exits])
        case time() | Duration():
            return _timer(plot, node, step, step.wait)
        case _:
            assert_never(step.wait)


def _timer(plot: Plot, node: Node, step: Wait, length: time | Duration) -> Decision:
    """Due after the length, then at the next such clock time; once begun, it stays due as it was promised."""
    here = arrivals(plot, node)
    if isinstance(length, time):
        due = calendar.next_clock(here.c.at, length, here.c.zone, or_now=False)
    else:
        due = calendar.plus(here.c.at, length, here.c.zone)
    timed = _with_due(here, due)
    due_at = timed.c.due
    if step.until is not None:
        # A stage of its own, so that the first sum is not written out several times.
        clock = calendar.next_clock(timed.c.due, step.until, timed.c.zone, or_now=True)
        promised = case((timed.c.asked == BEGUN, timed.c.due), else_=clock)
        timed = stage(select(*timed.c, promised.label("clock")), "clocked")
        due_at = timed.c.clock
    outcome = case((due_at <= NOW, NEXT))
    return Decision(timed, outcome, due_at, due_at, due_at)


def _with_due(here: CTE, due: ColumnElement[Any]) -> CTE:
    begun = case((here.c.asked == BEGUN, here.c.due_at), else_=due)
    return stage(select(*here.c, begun.label("due")), "timed")


def _first_of(plot: Plot, node: Node, step: Wait, exits: list[EventQuery]) -> Decision:
    """The earliest event in (arrival, due] ends it; of several at one instant, the one written first."""
    assert step.at_most is not None
    here = arrivals(plot, node)
    timed = _with_due(here, calendar.plus(here.c.at, step.at_most, here.c.zone))
    bounded = stage(select(*timed.c, _latest(exits, timed).label("latest")), "bounded")
    firsts = [_first(plot, query, bounded).label(f"exit_{place}") for place, query in enumerate(exits, 1)]
    found = stage(select(*bounded.c, *firsts), "found")
    at = [found.c[first.name] for first in firsts]
    ends_at = func.coalesce(func.least(*at, type_=INSTANT), found.c.latest, type_=INSTANT)
    known = stage(select(*found.c, ends_at.label("ends_at")), "known")
    at = [known.c[first.name] for first in firsts]
    which = case(
        *((each == known.c.ends_at, word(str(place))) for place, each in enumerate(at, 1)), else_=word("timeout")
    )
    outcome = case((known.c.ends_at <= horizon_of_decision(node), which))
    return Decision(known, outcome, known.c.ends_at, known.c.due, known.c.ends_at)


def _first(plot: Plot, query: EventQuery, bounded: CTE) -> ColumnElement[Any]:
    happened = events.alias()
    own = and_(happened.c.member_id == bounded.c.member_id, matches(plot.project, happened, query))
    then = and_(happened.c.at > bounded.c.at, happened.c.at <= bounded.c.latest)
    return select(func.min(happened.c.at)).where(own, then).scalar_subquery()


def _latest(exits: list[EventQuery], timed: CTE) -> ColumnElement[Any]:
    """When the wait is over without an event: when due, or as soon as it is clear that no event can come.

    That is so when every exit is a click on (or a reply to) a message that was skipped, or whose fate nobody knows.
    """
    messages = {query.of for query in exits if query.event in ("click", "reply")}
    if None in messages or any(query.event not in ("click", "reply") for query in exits):
        return timed.c.due
    told = [_told(str(message), timed) for message in sorted(str(message) for message in messages)]
    all_told = and_(*(each.is_not(None) for each in told))
    return case((all_told, func.greatest(timed.c.at, *told, type_=INSTANT)), else_=timed.c.due)


def _told(message: str, timed: CTE) -> ColumnElement[Any]:
    happened = events.alias()
    return (
        select(func.min(happened.c.at))
        .where(
            happened.c.member_id == timed.c.member_id,
            happened.c.name.in_([literal("skipped"), literal("unknown")]),
            happened.c.of == message,
            happened.c.at >= timed.c.entered_at,
            happened.c.at <= timed.c.due,
        )
        .scalar_subquery()
    )

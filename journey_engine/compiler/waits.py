"""What a wait decides: when it is due, which event ends it first, whether its date is late; it takes no step itself."""

from __future__ import annotations

from datetime import time
from typing import Any, assert_never

from sqlalchemy import CTE, ColumnElement, Text, and_, case, cast, func, literal, null, select
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar, dates, promises, values
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import BEGUN, NEXT, Decision, word
from journey_engine.compiler.happened import matches
from journey_engine.compiler.plot import NOW, RESUMED, Plot, horizon_of_decision, passed_on
from journey_engine.compiler.walking import of
from journey_engine.language.conditions import EventQuery
from journey_engine.language.durations import Duration
from journey_engine.language.graph import Node
from journey_engine.language.journey import DateOf, FirstOf, Wait, Window
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import members

LATE, NO_DATE = word("late"), word("no date")


def wait(plot: Plot, node: Node, step: Wait, here: CTE) -> Decision:
    """The decision of a wait step, whichever form it has."""
    match step.wait:
        case FirstOf(first_of=exits):
            return _first_of(plot, node, step, [exit_.until.query for exit_ in exits], here)
        case DateOf():
            return _date(plot, node, step.wait, here)
        case time() | Duration() | Window():
            return _timer(plot, node, step, step.wait, here)
        case _:
            assert_never(step.wait)


# ---- lengths, clock times, windows --------------------------------------------------------------------------------
def _timer(plot: Plot, node: Node, step: Wait, form: time | Duration | Window, here: CTE) -> Decision:
    """Due after the length, then at the clock time and on the days it says; once begun, it stays due as promised."""
    base = here.c.entered_at if step.count == "since entry" else here.c.at
    match form:
        case Duration():
            fresh = calendar.plus(base, form, here.c.zone, mostly=plot.project.policy.zone)
        case time():
            fresh = calendar.next_clock(base, form, here.c.zone, or_now=False)
        case Window():
            fresh = here.c.at
    timed = _promised(node, here, fresh)
    for keep in promises.of_wait(plot.project.policy, step):
        # Each in a stage of its own, so that what comes before it is not written out several times.
        timed = _promised(node, timed, keep(timed.c.due, timed.c.zone))
    # Counted from the entry, it may have been over before she came.
    due = func.greatest(timed.c.due, timed.c.at, type_=INSTANT) if step.count == "since entry" else timed.c.due
    return Decision(timed, case((due <= NOW, NEXT)), due, due, due)


def _promised(node: Node, before: CTE, fresh: ColumnElement[Any]) -> CTE:
    """All columns with `due`: what was promised to those who have begun, `fresh` to the others."""
    due = case((before.c.asked == BEGUN, before.c.due_at), else_=fresh)
    kept = [column for column in before.c if column.name != "due"]
    return passed_on(
        select(*kept, due.label("due")), of("timed", node) if "due" not in before.c else f"{before.name}_on"
    )


# ---- dates --------------------------------------------------------------------------------------------------------
def _date(plot: Plot, node: Node, form: DateOf, here: CTE) -> Decision:
    """Until the date; one that lies before arrival is late, or comes at once. What was promised stays promised."""
    meant = [each.label(name) for name, each in _meant(plot, here, form).items()]
    read = passed_on(select(*here.c, *meant), of("read", node))
    timed = _promised(node, read, _target(read, form))
    due, at = timed.c.due, timed.c.at
    late = NEXT if form.late == "now" else LATE
    outcome = case((due.is_(None), NO_DATE), (due < at, late), (due <= NOW, NEXT))
    return Decision(timed, outcome, case((due >= at, due), else_=at), due, due)


def _meant(plot: Plot, here: CTE, form: DateOf) -> dict[str, ColumnElement[Any]]:
    """The date as the attribute is now, or the date or instant that the entry brought; null where there is none."""
    if form.property is None:
        hers = select(members.c.attributes.op("->>")(form.date)).where(members.c.id == here.c.member_id)
        return {"day": values.day(hers.scalar_subquery())}
    written = here.c.entry.op("->>")(form.property)
    known = (plot.project.schema_.properties_of(plot.trigger) or {}) if plot.trigger else {}
    found = {"day": values.day(written), "moment": dates.moment(written, plot.project.policy.zone)}
    match known.get(form.property):
        case "date":
            del found["moment"]
        case "time":
            del found["day"]
        case _:
            pass  # nothing is declared: whichever the text is
    return found


def _target(meant: CTE, form: DateOf) -> ColumnElement[Any]:
    zone = meant.c.zone
    targets: list[ColumnElement[Any]] = []
    if "day" in meant.c and form.every == "year":
        targets.append(dates.next_return(meant.c.day, form.offset, form.at, zone, meant.c.at))
    elif "day" in meant.c:
        targets.append(dates.of_day(meant.c.day, form.offset, form.at, zone))
    if "moment" in meant.c:
        targets.append(dates.of_instant(meant.c.moment, form.offset, form.at, zone))
    return func.coalesce(*targets, type_=INSTANT)


# ---- the first of events ------------------------------------------------------------------------------------------
def _first_of(plot: Plot, node: Node, step: Wait, exits: list[EventQuery], here: CTE) -> Decision:
    """The earliest event in (arrival or entry, due] ends it; of several at one instant, the one written first.

    Nobody goes on before she arrived, nor before the journey went on after a pause that moved its times.
    """
    assert step.at_most is not None
    base = here.c.entered_at if step.count == "since entry" else here.c.at
    until = calendar.plus(base, step.at_most, here.c.zone, mostly=plot.project.policy.zone)
    timed = _promised(node, here, func.greatest(until, here.c.at, type_=INSTANT))
    since = timed.c.entered_at if step.count == "since entry" else timed.c.at
    bounded = passed_on(
        select(*timed.c, since.label("heard_from"), _latest(exits, timed).label("latest")), of("bounded", node)
    )
    firsts = [_first(plot, query, bounded).label(f"exit_{place}") for place, query in enumerate(exits, 1)]
    found = passed_on(select(*bounded.c, *firsts), of("found", node))
    first = func.least(*(found.c[each.name] for each in firsts), type_=INSTANT)
    ended = passed_on(select(*found.c, first.label("first_at")), of("ended", node))
    over = func.greatest(func.coalesce(ended.c.first_at, ended.c.latest), ended.c.at, RESUMED, type_=INSTANT)
    known = passed_on(select(*ended.c, over.label("ends_at")), of("known", node))
    at = [known.c[each.name] for each in firsts]
    which = case(
        *((each == known.c.first_at, word(str(place))) for place, each in enumerate(at, 1)), else_=word("timeout")
    )
    outcome = case((known.c.ends_at <= horizon_of_decision(node), which))
    return Decision(known, outcome, known.c.ends_at, known.c.due, known.c.ends_at, why=_which_event(plot, exits, known))


def _first(plot: Plot, query: EventQuery, bounded: CTE) -> ColumnElement[Any]:
    happened = events.alias()
    own = _hers(plot, query, happened, bounded)
    then = and_(happened.c.at > bounded.c.heard_from, happened.c.at <= bounded.c.latest)
    return select(func.min(happened.c.at)).where(own, then).scalar_subquery()


def _hers(plot: Plot, query: EventQuery, happened: FromClause, row: CTE) -> ColumnElement[bool]:
    """Events of the kind asked for that are this member's and, where the journey has a key, of this visit's value."""
    kind = matches(plot.project, happened, query, plot.entry(row))
    return and_(happened.c.member_id == row.c.member_id, kind)


def _which_event(plot: Plot, exits: list[EventQuery], known: CTE) -> ColumnElement[Any]:
    """The number of the event that ended it; looked up only for those who go on by one."""
    found: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = []
    for place, query in enumerate(exits, 1):
        happened = events.alias()
        own = _hers(plot, query, happened, known)
        number = select(func.min(happened.c.id)).where(own, happened.c.at == known.c.first_at).scalar_subquery()
        found.append(
            (known.c[f"exit_{place}"] == known.c.first_at, cast(func.jsonb_build_object("event", number), Text))
        )
    return case(*found, else_=null())


def _latest(exits: list[EventQuery], timed: CTE) -> ColumnElement[Any]:
    """When the wait is over without an event: when due, or as soon as it is clear that no event can come.

    That is so when every exit is a click on a message that was skipped, or whose fate nobody knows.
    """
    messages = {query.of for query in exits if query.event == "click"}
    if None in messages or any(query.event != "click" for query in exits):
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

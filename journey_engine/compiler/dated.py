"""Triggers by a date of the member's own: those whose instant lies in the pass, and those that became known too late.

The instants are worked out before (moving/timing.py), by zone and by the text a date must have; so a pass in which none
lies reads no member, and one in which some do reads the members once.

What is too late. Attributes have no history, only the instant of the row's last change; so nobody knows whether a date
stood there at its instant R. What decides is whether the journey was looked at between R and the telling of the change:
- It was not: she enters at R, as if the date had been there. This is so however late the look comes.
- It was, at any instant from R on, even by a tick that found nobody due (`last_now` moves with every tick behind an
  instant at which some day fires, and every day does): it is too late. `late: skip` does not let her in; `late: now`
  does at the change, if by then the date itself (not R) was not past in her zone.
- R lies before she was there at all (`created_at`): it is too late, however often one looks.
So for a date that is told after its R but before the next look, how often one looks makes a difference; for no other.
A change that is told after a look behind R, but says of itself that it was not after R (as `set` does in a pass that
catches up), brings nothing: R is over, and the change was not late.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Interval,
    Select,
    Text,
    Time,
    and_,
    bindparam,
    case,
    cast,
    column,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from journey_engine.compiler import calendar
from journey_engine.compiler.arrivals import is_new
from journey_engine.compiler.calendar import INSTANT, WALL
from journey_engine.compiler.plot import LAST_NOW, LIVE_SINCE, NOW, Plot, passed_on
from journey_engine.compiler.references import trigger
from journey_engine.compiler.values import day as as_day
from journey_engine.language.triggers import Dated
from journey_engine.store.tables.people import members

# Bound once a pass: four lists of one length, and the zones of members that Postgres and Python both know.
ZONES: BindParameter[Any] = bindparam("date_zones", type_=ARRAY(Text))
TEXTS: BindParameter[Any] = bindparam("date_texts", type_=ARRAY(Text))  # 2026-03-02, or 03-02 with every: year
DAYS: BindParameter[Any] = bindparam("date_days", type_=ARRAY(Text))
INSTANTS: BindParameter[Any] = bindparam("date_at", type_=ARRAY(INSTANT))
KNOWN: BindParameter[Any] = bindparam("known_zones", type_=ARRAY(Text))
_NO_NUMBER = literal_column("0", Integer)


def dated(plot: Plot, rule: Dated, of_member: bool) -> list[Select[Any]]:
    """Those whose instant lies in the pass; with `late: now` also those that were too late when they became known."""
    return [_punctual(plot, rule), *([_late(plot, rule, of_member)] if rule.late == "now" else [])]


def _zone(plot: Plot) -> ColumnElement[Any]:
    return case((members.c.zone == func.any(KNOWN), members.c.zone), else_=literal(plot.project.policy.zone))


def _written(rule: Dated) -> ColumnElement[Any]:
    return members.c.attributes.op("->>")(rule.of)


def _entry(day: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.jsonb_build_object(literal_column("'date'"), day, type_=JSONB)


def _punctual(plot: Plot, rule: Dated) -> Select[Any]:
    firing = (
        func.unnest(ZONES, TEXTS, DAYS, INSTANTS)
        .table_valued(column("zone", Text), column("written", Text), column("day", Text), column("at", INSTANT))
        .render_derived(name="firing")
    )
    written = _written(rule)
    text = func.substr(written, 6, 5, type_=Text) if rule.every else written
    return (
        trigger("date", members.c.id, firing.c.day, firing.c.at, _NO_NUMBER, _entry(firing.c.day))
        .select_from(members)
        .join(firing, and_(firing.c.zone == _zone(plot), firing.c.written == text))
        .where(func.cardinality(INSTANTS) > 0, as_day(written).is_not(None), members.c.created_at <= firing.c.at)
    )


def _late(plot: Plot, rule: Dated, of_member: bool) -> Select[Any]:
    """Of members who arrived anew: the date lies not in the past by then, and its instant does. They enter at once."""
    known_at = members.c.changed_at
    # Each is worked out once: Postgres would write the first out wherever the next names it, many times over.
    read = select(
        members.c.id, members.c.created_at, known_at, _zone(plot).label("zone"), as_day(_written(rule)).label("born"),
        calendar.local_date(known_at, _zone(plot)).label("today"),
    ).where(is_new(members, of_member), known_at >= LIVE_SINCE, known_at <= NOW)  # fmt: skip
    named = passed_on(read, "named")
    day = _return(named) if rule.every else named.c.born
    days = passed_on(select(*named.c, day.label("day")).where(named.c.born.is_not(None)), "days")
    instant = _instant(rule, days).label("at")
    due = passed_on(select(*days.c, instant).where(days.c.day >= days.c.today), "due_days")
    passed = and_(due.c.at < due.c.changed_at, or_(due.c.at <= LAST_NOW, due.c.at < due.c.created_at))
    name = func.to_char(due.c.day, "YYYY-MM-DD", type_=Text)
    return trigger("date", due.c.id, name, due.c.changed_at, _NO_NUMBER, _entry(name)).where(passed)


def _return(named: CTE) -> ColumnElement[Any]:
    """The first yearly return of the date on or after the day; 29 February returns on the 28th of a common year."""
    years = cast(extract("year", named.c.today) - extract("year", named.c.born), Integer)
    this_year = cast(named.c.born + func.make_interval(years, type_=Interval), Date)
    next_year = cast(named.c.born + func.make_interval(years + 1, type_=Interval), Date)
    return case((this_year >= named.c.today, this_year), else_=next_year)


def _instant(rule: Dated, days: CTE) -> ColumnElement[Any]:
    length, sign = rule.offset.length, -1 if rule.offset.is_before else 1
    clock = literal(rule.at, Time)
    if length is None or length.is_exact:
        at = calendar.instant(cast(days.c.day, WALL) + clock, days.c.zone)
        return at if length is None else at + literal(sign * length.exact, Interval)
    return calendar.instant(cast(days.c.day, WALL) + calendar.interval(length, sign) + clock, days.c.zone)

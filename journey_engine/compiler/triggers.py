"""The triggers of a journey that arrived or fell due since its last pass, one select a kind; it judges none."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    column,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.compiler.arrivals import is_new
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import normal_end
from journey_engine.compiler.dated import dated
from journey_engine.compiler.happened import matches
from journey_engine.compiler.plot import LAST_NOW, LIVE_SINCE, NOW, Plot
from journey_engine.compiler.references import entry_of_event, trigger
from journey_engine.language.triggers import OneOff, Repeating
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import segment_members, stages

# Bound once a pass: the firing times of `every` in it, and whether who was there before the journey is still to come.
EVERY: BindParameter[Any] = bindparam("every_at", type_=ARRAY(INSTANT))
EXISTING: BindParameter[Any] = bindparam("existing_due", type_=Boolean)


def arrived_triggers(plot: Plot, of_member: bool = False) -> list[Select[Any]]:
    """Per kind, those a pass has to take note of. What an instant brings is there in the first pass not before it.

    `of_member`: to be asked for one member after the other, not for all.
    """
    enter = plot.journey.enter
    found = [_events(plot, of_member)]
    include = enter.existing == "include"
    if enter.joins:
        found += _stays("segment", segment_members, segment_members.c.joined_at, enter.joins, include, of_member)
    if enter.stage:
        found += _stays("stage", stages, stages.c.since, enter.stage, include, of_member)
    if enter.at:
        found.append(_appointed(plot, enter.at))
    if enter.every:
        found.append(_every(enter.every))
    if enter.date:
        found += dated(plot, enter.date, of_member)
    if enter.after:
        found.append(_after(enter.after, of_member))
    return found


def is_there(stay: Any, since: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a stay from `since` contains the instant."""
    return and_(since <= at, or_(stay.c.left_at.is_(None), at < stay.c.left_at))


def iso(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """An instant of full seconds as Python writes it in UTC."""
    return func.to_char(func.timezone("UTC", at), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"', type_=Text)


def _events(plot: Plot, of_member: bool) -> Select[Any]:
    """The declared event, `enter` for a journey that others let into, and `go_to` of this journey whatever it says."""
    enter = plot.journey.enter
    asked_for = ["go_to", "enter"] if enter.by else ["go_to"]
    mine = and_(events.c.name.in_(asked_for), events.c.of == plot.name)
    names = list(asked_for)
    if enter.on:
        mine = or_(mine, matches(plot.project, events, enter.on.query))
        names.append(enter.on.query.event)
    return trigger("event", events.c.member_id, events.c.id, events.c.at, events.c.id, entry_of_event(events)).where(
        is_new(events, of_member), events.c.name.in_(names), mine, events.c.at >= LIVE_SINCE
    )


def _stays(
    kind: str, stay: Any, since: ColumnElement[Any], name: str, include: bool, of_member: bool
) -> list[Select[Any]]:
    """Who came since the journey went live; `include`: who was there when it did, then, at that instant."""
    named = stay.c[kind] == name
    found = [
        trigger(kind, stay.c.member_id, stay.c.id, since, stay.c.id).where(
            is_new(stay, of_member), named, since >= LIVE_SINCE
        )
    ]
    if include:
        there = and_(EXISTING, named, since < LIVE_SINCE, is_there(stay, since, LIVE_SINCE))
        found.append(trigger(kind, stay.c.member_id, stay.c.id, LIVE_SINCE, stay.c.id).where(there))
    return found


def _appointed(plot: Plot, one_off: OneOff) -> Select[Any]:
    at = one_off.time.replace(tzinfo=ZoneInfo(plot.project.policy.zone), fold=0).astimezone(UTC)
    stay, appointed = segment_members, literal(at, INSTANT)
    now = and_(appointed > LAST_NOW, appointed <= NOW, appointed >= LIVE_SINCE)
    return trigger("at", stay.c.member_id, literal(at.isoformat()), appointed, stay.c.id).where(
        now, stay.c.segment == one_off.to, is_there(stay, stay.c.joined_at, appointed)
    )


def _every(repeating: Repeating) -> Select[Any]:
    """Each firing time in the pass, for all whose stay contains it; where there is none, no table is read."""
    stay = segment_members
    firing = func.unnest(EVERY).table_valued(column("at", INSTANT)).render_derived(name="firing")
    at = firing.c.at
    return (
        trigger("every", stay.c.member_id, iso(at), at, stay.c.id)
        .select_from(stay)
        .join(firing, is_there(stay, stay.c.joined_at, at))
        .where(func.cardinality(EVERY) > 0, stay.c.segment == repeating.of)
    )


def _after(journey: str, of_member: bool) -> Select[Any]:
    """Each normal end of that journey."""
    done = enrolments.alias("done")
    return trigger("after", done.c.member_id, done.c.id, done.c.ended_at, done.c.id).where(
        is_new(done, of_member), done.c.journey == journey, normal_end(done.c.end_reason), done.c.ended_at >= LIVE_SINCE
    )

"""Whom each kind of trigger meets, as a statement over what the database holds; it judges nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Interval,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import condition_sql, normal_end
from journey_engine.compiler.happened import matches
from journey_engine.compiler.values import typed
from journey_engine.language.journey import Journey
from journey_engine.language.project import Project
from journey_engine.language.triggers import Dated
from journey_engine.planning.definitions import Written
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import definitions, enrolments
from journey_engine.store.tables.operation import refreshes
from journey_engine.store.tables.people import members, segment_members, stages

DAYS = 30  # that an estimate looks back, or ahead
When = Literal["now", "once", "past", "each time", "ahead", "flow"]
_NOTHING: ColumnElement[Any] = literal_column("'{}'::jsonb", JSONB)


@dataclass(frozen=True, slots=True)
class Triggers:
    """Rows of member_id, at and entry; of a `flow` those of the last `days` days."""

    when: When
    rows: Select[Any]
    days: int = DAYS


def triggers(conn: Connection, project: Project, journey: Journey, now: datetime) -> Triggers | None:
    """What would let members in at `now`, or did in the last days; None where nothing can be said."""
    enter = journey.enter
    if enter.on is not None:
        return _events(conn, now, matches(project, events, enter.on.query))
    if enter.by is not None:
        return _events(conn, now, and_(events.c.name == "enter", events.c.of == journey.journey))
    if enter.every is not None:
        return Triggers("each time", _in_segment(conn, project, enter.every.of, now))
    if enter.at is not None:
        at = enter.at.time.replace(tzinfo=ZoneInfo(project.policy.zone)).astimezone(UTC)
        rows = _in_segment(conn, project, enter.at.to, now)
        return Triggers("once", rows) if at > now else Triggers("past", rows.where(literal(False)))
    if enter.joins is not None:
        if enter.existing == "include" and not _is_live(conn, journey):
            return Triggers("now", _in_segment(conn, project, enter.joins, now))
        return _stays(conn, now, segment_members, segment_members.c.joined_at, segment_members.c.segment == enter.joins)
    if enter.stage is not None:
        stay = stages
        if enter.existing == "include" and not _is_live(conn, journey):
            return Triggers("now", _as_of(stay.c.member_id, now).where(stay.c.stage == enter.stage, _open(stay, now)))
        return _stays(conn, now, stay, stay.c.since, stay.c.stage == enter.stage)
    if enter.date is not None:
        return Triggers("ahead", _anniversaries(enter.date, now))
    if enter.after is not None:
        ended = and_(enrolments.c.journey == enter.after, normal_end(enrolments.c.end_reason))
        return _stays(conn, now, enrolments, enrolments.c.ended_at, ended)
    return None


def _as_of(member: ColumnElement[Any], now: datetime) -> Select[Any]:
    return select(member.label("member_id"), literal(now, INSTANT).label("at"), _NOTHING.label("entry"))


def _open(stay: Any, now: datetime) -> ColumnElement[bool]:
    return or_(stay.c.left_at.is_(None), stay.c.left_at > now)


def _is_live(conn: Connection, journey: Journey) -> bool:
    row = select(definitions.c.body["status"].as_string()).where(
        definitions.c.kind == "journey", definitions.c.name == journey.journey, definitions.c.replaced_at.is_(None)
    )
    return conn.execute(row).scalar_one_or_none() == "live"


def _in_segment(conn: Connection, project: Project, name: str, now: datetime) -> Select[Any]:
    """As of the last refresh; what was never refreshed as it is written now is asked of every member."""
    if name not in project.segments or _is_refreshed(conn, project, name):
        stay = segment_members
        return _as_of(stay.c.member_id, now).where(stay.c.segment == name, _open(stay, now))
    is_in = condition_sql(project, project.segments[name].is_.condition, members.c.id, literal(now, INSTANT))
    return _as_of(members.c.id, now).where(is_in)


def _is_refreshed(conn: Connection, project: Project, name: str) -> bool:
    checksum = Written.of("segment", name, project.segments[name]).checksum
    same = exists(
        select(literal(1)).where(
            definitions.c.kind == "segment", definitions.c.name == name, definitions.c.replaced_at.is_(None),
            definitions.c.checksum == checksum,
        )
    )  # fmt: skip
    seen = exists(select(literal(1)).where(refreshes.c.scope == "segment", refreshes.c.name == name))
    return bool(conn.execute(select(and_(same, seen))).scalar_one())


def _events(conn: Connection, now: datetime, which: ColumnElement[bool]) -> Triggers:
    value = func.jsonb_strip_nulls(func.jsonb_build_object("value", cast(events.c.value, Text)), type_=JSONB)
    entry: ColumnElement[Any] = events.c.properties.concat(value)
    rows = select(events.c.member_id, events.c.at, entry.label("entry"))
    return _flow(conn, now, rows.where(which), events.c.at)


def _stays(conn: Connection, now: datetime, table: Any, at: Any, which: ColumnElement[bool]) -> Triggers:
    rows = select(table.c.member_id, at.label("at"), _NOTHING.label("entry"))
    return _flow(conn, now, rows.where(which), at)


def _flow(conn: Connection, now: datetime, rows: Select[Any], at: ColumnElement[Any]) -> Triggers:
    """The last days up to `now`; where the data are younger, as many days as there are."""
    recent = rows.where(at > now - timedelta(days=DAYS), at <= now)
    first = conn.execute(select(func.min(recent.subquery().c.at))).scalar_one()
    before = conn.execute(select(exists(rows.where(at <= now - timedelta(days=DAYS))))).scalar_one()
    days = DAYS if before or first is None else min(DAYS, (now - first).days + 1)
    return Triggers("flow", recent, days)


def _anniversaries(dated: Dated, now: datetime) -> Select[Any]:
    """Members whose date (or its return) lies in the coming days, whatever the hour and the offset."""
    day = typed(members.c.attributes.op("->>")(dated.of), "date")
    today = literal(now.date(), Date)
    if dated.every is not None:
        years = cast(extract("year", today) - extract("year", day), Integer)
        returns = [cast(day + func.make_interval(years + more, type_=Interval), Date) for more in (0, 1)]
        day = case((returns[0] >= today, returns[0]), else_=returns[1])
    coming = and_(day >= today, day < today + DAYS)
    return _as_of(members.c.id, now).where(func.coalesce(coming, False))

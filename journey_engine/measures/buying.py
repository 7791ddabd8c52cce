"""What was bought by local month, from the event the brand counts as a purchase; zones are the business zone's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, BigInteger, Connection, Date, Select, cast, func, literal, select

from journey_engine.compiler import calendar
from journey_engine.language.project import Project
from journey_engine.measures.spans import Span, later
from journey_engine.moving.horizon import read_coverage
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members

_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bought:
    """Purchases of a span or month: how many, by how many members, by how many for the first time ever, and worth."""

    purchases: int
    buyers: int
    new_buyers: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """One local month from its first day; `is_whole`: it is over, and all its purchases have arrived."""

    month: date
    bought: Bought
    is_whole: bool


def bought_event(project: Project) -> str | None:
    """The event that is a purchase: what `rfm` counts, else the first with money and a key of its own; None: none."""
    schema = project.schema_
    if schema.rfm is not None:
        return schema.rfm.event
    return next((name for name, kind in schema.events.items() if kind.value == "money" and kind.key), None)


def covered_to(conn: Connection, project: Project, now: datetime) -> datetime:
    """Up to when all purchases have arrived: `now` at most; in 1970 where nothing has."""
    event = bought_event(project)
    return max(read_coverage(conn, now).horizon(project, [event] if event else []), _LONG_AGO)


def purchases(project: Project, now: datetime) -> Select[Any]:
    """The purchases up to `now` of members who are there: id, member_id, at, value, local day and month."""
    day = calendar.local_date(events.c.at, literal(project.policy.zone))
    return (
        select(
            events.c.id,
            events.c.member_id,
            events.c.at,
            func.coalesce(events.c.value, 0).label("value"),
            day.label("day"),
            cast(func.date_trunc("month", day), Date).label("month"),
        )
        .join(members, members.c.id == events.c.member_id)
        .where(events.c.name == bought_event(project), events.c.at <= literal(now, INSTANT), alive(members))
    )


def monthly(project: Project, now: datetime) -> CTE:
    """What each member bought in each local month: member_id, month, purchases, value, and the month of her first."""
    made = purchases(project, now).subquery("made")
    counts = (func.count().label("purchases"), func.sum(made.c.value).label("value"))
    first = func.min(func.min(made.c.month)).over(partition_by=made.c.member_id).label("first")
    return (
        select(made.c.member_id, made.c.month, *counts, first).group_by(made.c.member_id, made.c.month).cte("monthly")
    )


def by_month(conn: Connection, project: Project, now: datetime) -> tuple[Month, ...]:
    """Every month from the first purchase to the last at or before `now`; months without one are there, empty."""
    each = monthly(project, now)
    new = func.count().filter(each.c.first == each.c.month)
    counts = (cast(func.sum(each.c.purchases), BigInteger), func.count(), new, func.sum(each.c.value))
    rows = conn.execute(select(each.c.month, *counts).group_by(each.c.month).order_by(each.c.month))
    found = {month: Bought(made, buyers, firsts, Decimal(value)) for month, made, buyers, firsts, value in rows}
    if not found:
        return ()
    month, arrived, shown = min(found), last_whole(conn, project, now), list[Month]()
    while month <= max(found):
        shown.append(Month(month, found.get(month, Bought(0, 0, 0, Decimal(0))), month <= arrived))
        month = later(month, 1)
    return tuple(shown)


def last_whole(conn: Connection, project: Project, now: datetime) -> date:
    """The last local month that is over and all whose purchases have arrived."""
    return later(covered_to(conn, project, now).astimezone(ZoneInfo(project.policy.zone)).date(), -1)


def bought(conn: Connection, project: Project, within: Span, now: datetime) -> Bought:
    """The purchases of a span, as far as they are not after `now`."""
    made = purchases(project, now).cte("purchases")
    inside = (made.c.at >= literal(within.since, INSTANT), made.c.at < literal(within.until, INSTANT))
    count, buyers, value = conn.execute(
        select(func.count(), func.count(made.c.member_id.distinct()), func.coalesce(func.sum(made.c.value), 0)).where(
            *inside
        )
    ).one()
    firsts = select(func.min(made.c.at).label("at")).group_by(made.c.member_id).subquery()
    new = conn.execute(
        select(func.count())
        .select_from(firsts)
        .where(firsts.c.at >= literal(within.since, INSTANT), firsts.c.at < literal(within.until, INSTANT))
    ).scalar_one()
    return Bought(count, buyers, new, Decimal(value))

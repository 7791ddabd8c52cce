"""Caps: how many messages of a topic (or of all) a member may get in a window, and when there is room again, as SQL.

It decides nothing. The days of a window are those of the business zone, whatever zone the member lives in: quiet hours
are hers, budgets ours.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, CTE, ColumnElement, Date, and_, bindparam, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from journey_engine.compiler import calendar
from journey_engine.language.catalog import Cap
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.line.standing import NOW
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.metadata import INSTANT


def window_start(now: datetime, per: Duration, zone: str) -> datetime:
    """The first instant that counts for a cap `per` this length at `now` (aware), in UTC.

    Minutes and hours are counted back exactly. Days are calendar days of the business zone, today being the last: `per
    day` begins at today's midnight, `per 7 days` six midnights earlier; `per month` begins the day after today's date a
    month ago.
    """
    if per.is_exact:
        return now - per.exact + timedelta(microseconds=1)  # half-open at the old end
    today = now.astimezone(ZoneInfo(zone)).date()
    if per.unit == "month":
        months = today.year * 12 + today.month - 1 - per.amount
        first = today.replace(year=months // 12, month=months % 12 + 1, day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        last_day = (following - timedelta(days=1)).day
        day = first.replace(day=min(today.day, last_day)) + timedelta(days=1)
    else:
        day = today - timedelta(days=per.days - 1)
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def window_starts(project: Project, now: datetime) -> dict[str, datetime]:
    """What the statements over caps leave open at `now`, by name."""
    lengths = [cap.per for caps in project.policy.caps.values() for cap in caps]
    return {_name(per): window_start(now, per, project.policy.zone) for per in lengths}


def _name(per: Duration) -> str:
    return f"since_{per.amount}_{per.unit}"


def is_full(cap: Cap, row: CTE, same_topic: bool, before: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the row is one too many, when so many (`before`) of her messages go now, before it.

    Counted is what the member got, may have got, or is being sent: of the row's topic, or of all.
    """
    used = select(func.count()).where(*_hers(cap, row, same_topic)).correlate(row).scalar_subquery()
    return used + before >= cap.count


def full_until(
    project: Project, cap: Cap, row: CTE, same_topic: bool, before: ColumnElement[int]
) -> ColumnElement[Any]:
    """When a row that is one too many would find room, by what is known now; null where there is room."""
    # What is frozen, and what goes before the row in this same decision, counts as sent now.
    when = case((_SENT.c.status == "frozen", NOW), else_=_SENT.c.settled_at)
    latest = func.array_agg(aggregate_order_by(when, when.desc()), type_=ARRAY(INSTANT))
    hers = _hers(cap, row, same_topic)
    stays = select(latest[cap.count - before]).where(*hers).correlate(row).scalar_subquery()
    leaves = _leaves(case((before >= cap.count, NOW), else_=cast(stays, INSTANT)), cap.per, project)
    return case((is_full(cap, row, same_topic, before), leaves))


_SENT = intents.alias("sent")


def _hers(cap: Cap, row: CTE, same_topic: bool) -> list[ColumnElement[bool]]:
    start = bindparam(_name(cap.per), type_=INSTANT)
    heard = and_(_SENT.c.status.in_(("accepted", "unknown")), _SENT.c.settled_at >= start)
    hers = [_SENT.c.member_id == row.c.member_id, or_(_SENT.c.status == "frozen", heard)]
    return [*hers, _SENT.c.topic == row.c.topic] if same_topic else hers


def _leaves(sent_at: ColumnElement[Any], per: Duration, project: Project) -> ColumnElement[Any]:
    """When something sent then is no longer in the window of this length; always after `now`."""
    if per.is_exact:
        return calendar.plus(sent_at, per, literal(project.policy.zone))
    zone = literal(project.policy.zone)
    day = cast(calendar.local_date(sent_at, zone) + calendar.interval(per), Date)
    # A month after the 31st may be the 28th, of which the 31st is still in the window: then the next day is looked at.
    tomorrow = calendar.local_date(NOW, zone) + 1
    return calendar.start_of(func.greatest(day, tomorrow, type_=Date), zone)

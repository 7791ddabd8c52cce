"""Caps: how many messages of a topic (or of all) a member may get in a window, and when there is room again, as SQL.

It decides nothing. The days of a window are those of the business zone, whatever zone the member lives in: quiet hours
are hers, budgets ours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
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


def window_starts(project: Project, now: datetime) -> dict[str, date]:
    """What the statements over caps leave open at `now`, by name."""
    lengths = [cap.per for caps in project.policy.caps.values() for cap in caps]
    zone = project.policy.zone
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return {_TOMORROW.key: tomorrow, **{_name(per): window_start(now, per, zone) for per in lengths}}


def _name(per: Duration) -> str:
    return f"since_{per.amount}_{per.unit}"


def is_full(cap: Cap, row: CTE, same_topic: bool, before: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the row is one too many, when so many (`before`) of her messages go now, before it.

    Counted is what the member got, may have got, or is being sent: of the row's topic, or of all.
    """
    used = select(func.count()).where(*_hers(cap, row, same_topic)).correlate(row).scalar_subquery()
    return used + before >= cap.count


def leaves(cap: Cap, row: CTE, same_topic: bool, before: ColumnElement[int], zone: str) -> ColumnElement[Any]:
    """When what keeps the row from going is no longer in the window; null where there is room.

    An instant if the window is exact, else the day: `leaving_from` tells when that begins.
    """
    # What is frozen, and what goes before the row in this same decision, counts as sent now.
    when = case((_SENT.c.status == "frozen", NOW), else_=_SENT.c.settled_at)
    latest = func.array_agg(aggregate_order_by(when, when.desc()), type_=ARRAY(INSTANT))
    stays = select(latest[cap.count - before]).where(*_hers(cap, row, same_topic)).correlate(row).scalar_subquery()
    sent_at = case((before >= cap.count, NOW), else_=cast(stays, INSTANT))
    if cap.per.is_exact:
        return calendar.plus(sent_at, cap.per, literal(zone))
    # Named once, however long that takes: the statement is planned anew for each decision.
    return cast(cast(calendar.local(sent_at, literal(zone)), Date) + calendar.interval(cap.per), Date)


def leaving_from(day: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """The first instant of such a day; always after `now`.

    A month after the 31st may be the 28th, of which the 31st is still in the window: then the next day is looked at.
    """
    later = case((day.is_not(None), func.greatest(day, _TOMORROW, type_=Date)))
    return calendar.start_of(later, literal(zone))


_SENT = intents.alias("sent")
_TOMORROW = bindparam("tomorrow", type_=Date)  # the business's


def _hers(cap: Cap, row: CTE, same_topic: bool) -> list[ColumnElement[bool]]:
    start = bindparam(_name(cap.per), type_=INSTANT)
    heard = and_(_SENT.c.status.in_(("accepted", "unknown")), _SENT.c.settled_at >= start)
    hers = [_SENT.c.member_id == row.c.member_id, or_(_SENT.c.status == "frozen", heard)]
    return [*hers, _SENT.c.topic == row.c.topic] if same_topic else hers

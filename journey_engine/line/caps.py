"""Caps: how many messages of a topic a member may get in a window, as SQL over the intents; it settles none."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, and_, func, or_, select

from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.line.standing import instant
from journey_engine.store.tables.delivery import intents


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


def over_cap(project: Project, now: datetime, ranked: CTE) -> ColumnElement[bool]:
    """Whether a row that would go is one too many for its member and topic, in any of the policy's windows.

    `ranked` has `goes`, and `place`: the how-manieth of this member and topic among those that would go.
    """
    too_many = [
        and_(ranked.c.goes, ranked.c.topic == topic, _used(ranked, now, cap.per, project) + ranked.c.place > cap.count)
        for topic, caps in project.policy.caps.items()
        for cap in caps
    ]
    return or_(False, *too_many)


def _used(ranked: CTE, now: datetime, per: Duration, project: Project) -> ColumnElement[int]:
    """How many of the row's topic the member got (or may have got, or is being sent) in the window."""
    sent = intents.alias("sent")
    start = instant(window_start(now, per, project.policy.zone))
    heard = and_(sent.c.status.in_(("accepted", "unknown")), sent.c.settled_at >= start)
    return (
        select(func.count())
        .select_from(sent)
        .where(
            sent.c.member_id == ranked.c.member_id,
            sent.c.topic == ranked.c.topic,
            or_(sent.c.status == "frozen", heard),
        )
        .correlate(ranked)
        .scalar_subquery()
    )

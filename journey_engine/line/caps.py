"""Caps: how many messages of a topic (or of all) a member may get in a window, and what becomes of one too many: SQL.

It settles none. `all` counts every message; it holds back none of the topic `transactional`, for a receipt is owed. The
days of a window are those of the business zone, whatever zone the member lives in: quiet hours are hers, budgets ours.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, CTE, ColumnElement, Date, and_, case, cast, func, literal, null, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from journey_engine.compiler import calendar
from journey_engine.language.catalog import Cap
from journey_engine.language.durations import Duration
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Send
from journey_engine.language.project import Project
from journey_engine.line.standing import instant
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.metadata import INSTANT

ALL = "all"
OWED = "transactional"
CAPPED, QUIET = literal("capped"), literal("quiet hours")
_PASSING = frozenset({"reason", "quiet", "quiet_until", "goes", "place", "free_at"})


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


def capped(project: Project, now: datetime, judged: CTE) -> CTE:
    """The judged with caps laid on: of several intents of one member the first ones take the room.

    Adds `not_before` with `because` (capped, quiet hours) for what is put off, and `expires` where putting it off
    makes it last longer.
    """
    row = judged.c
    quiet = case((row.reason.is_(None), row.quiet), else_=cast(null(), INSTANT))
    goes = and_(row.reason.is_(None), quiet.is_(None))
    place = func.sum(case((goes, 1), else_=0)).over(partition_by=(row.member_id, row.topic), order_by=row.position)
    ranked = select(*row, quiet.label("quiet_until"), goes.label("goes"), place.label("place")).cte("ranked")
    free: list[tuple[Any, Any]] = []
    for topic, caps in project.policy.caps.items():
        if topic != ALL:
            until = _full_until(project, now, ranked, same_topic=True, place=ranked.c.place, caps=caps)
            free.append((and_(ranked.c.goes, ranked.c.topic == topic), until))
    nowhere = cast(null(), INSTANT)
    free_at = case(*free, else_=nowhere) if free else nowhere
    found = _materialized(select(*ranked.c, free_at.label("free_at")), "by_topic")
    if ALL in project.policy.caps:
        found = _by_all(project, now, found)
    return _ruled(project, found)


def _by_all(project: Project, now: datetime, found: CTE) -> CTE:
    """The same under the cap for all topics.

    Who is one too many for it leaves no room to those behind her, so one look in order is as good as one after another.
    """
    goes = and_(found.c.goes, found.c.free_at.is_(None))
    caps = project.policy.caps[ALL]
    place = func.sum(case((goes, 1), else_=0)).over(partition_by=found.c.member_id, order_by=found.c.position)
    ranked = select(*found.c, goes.label("goes_on"), place.label("place_in_all")).cte("ranked_in_all")
    until = _full_until(project, now, ranked, same_topic=False, place=ranked.c.place_in_all, caps=caps)
    held = case((and_(ranked.c.goes_on, ranked.c.topic != OWED), until))
    kept = [column for column in ranked.c if column.name not in ("free_at", "goes_on", "place_in_all")]
    free = func.coalesce(ranked.c.free_at, held, type_=INSTANT)
    return _materialized(select(*kept, free.label("free_at")), "by_all")


def _ruled(project: Project, found: CTE) -> CTE:
    """What becomes of those for whom there is no room before `free_at`: put off till then, or skipped as capped."""
    row = found.c
    latest = _latest(project, found)
    deferred = func.coalesce(row.free_at < latest, False)
    is_capped = row.free_at.is_not(None)
    reason = case((and_(is_capped, ~deferred), CAPPED), else_=row.reason)
    not_before = case((and_(is_capped, deferred), row.free_at), else_=row.quiet_until)
    because = case((and_(is_capped, deferred), CAPPED), (row.quiet_until.is_not(None), QUIET))
    expires = case((and_(is_capped, deferred), func.greatest(row.expires_at, latest, type_=INSTANT)))
    kept = [
        column for column in row if column.name not in ("reason", "quiet", "quiet_until", "goes", "place", "free_at")
    ]
    made = (reason.label("reason"), not_before.label("not_before"), because.label("because"), expires.label("expires"))
    return _materialized(select(*kept, *made), "capped")


def _latest(project: Project, found: CTE) -> ColumnElement[Any]:
    """Until when a row may be put off, null if not at all: so long after its own instant, and not beyond its `expires`.

    What a step says itself is kept: a sale that ends in two hours is not announced on the third day. The 24 hours of a
    step that says nothing are nobody's wish, and `defer 3 days` outlasts them.
    """
    row, zone = found.c, literal(project.policy.zone)
    lengths = {topic: rule for topic, rule in project.policy.when_capped.items() if isinstance(rule, Duration)}
    if not lengths:
        return cast(null(), INSTANT)
    put_off = case(*((row.topic == topic, calendar.plus(row.at, length, zone)) for topic, length in lengths.items()))
    silent = [
        (name, step)
        for name, journey in project.journeys.items()
        for step, what in all_steps(journey)
        if isinstance(what, Send) and what.expires == Send.model_fields["expires"].default
    ]
    said = tuple_(row.journey, row.step).not_in(silent) if silent else literal(True)
    return case((said, func.least(put_off, row.expires_at, type_=INSTANT)), else_=put_off)


# ---- room ---------------------------------------------------------------------------------------------------------
def _full_until(
    project: Project, now: datetime, ranked: CTE, same_topic: bool, place: ColumnElement[int], caps: tuple[Cap, ...]
) -> ColumnElement[Any]:
    """When each of the caps has room again for the row in its place, by what was sent so far; null: there is room."""
    until = [_cap_full_until(project, now, ranked, same_topic, place, cap) for cap in caps]
    return func.greatest(*until, type_=INSTANT) if len(until) > 1 else until[0]


def _cap_full_until(
    project: Project, now: datetime, ranked: CTE, same_topic: bool, place: ColumnElement[int], cap: Cap
) -> ColumnElement[Any]:
    sent, at_once = intents.alias("sent"), instant(now)
    start = instant(window_start(now, cap.per, project.policy.zone))
    heard = and_(sent.c.status.in_(("accepted", "unknown")), sent.c.settled_at >= start)
    hers = [sent.c.member_id == ranked.c.member_id, or_(sent.c.status == "frozen", heard)]
    if same_topic:
        hers.append(sent.c.topic == ranked.c.topic)
    used = select(func.count()).select_from(sent).where(*hers).correlate(ranked).scalar_subquery()
    # What is frozen, and what goes before the row in this same decision, counts as sent now.
    when = case((sent.c.status == "frozen", at_once), else_=sent.c.settled_at)
    latest = func.array_agg(aggregate_order_by(when, when.desc()), type_=ARRAY(INSTANT))
    stays = select(latest[cap.count - place + 1]).select_from(sent).where(*hers).correlate(ranked).scalar_subquery()
    leaves = _leaves(case((place > cap.count, at_once), else_=cast(stays, INSTANT)), cap.per, project, now)
    return case((used + place > cap.count, leaves))


def _leaves(sent_at: ColumnElement[Any], per: Duration, project: Project, now: datetime) -> ColumnElement[Any]:
    """When something sent then is no longer in the window of this length; always after `now`."""
    if per.is_exact:
        return calendar.plus(sent_at, per, literal(project.policy.zone))
    zone = literal(project.policy.zone)
    day = cast(calendar.local_date(sent_at, zone) + calendar.interval(per), Date)
    # A month after the 31st may be the 28th, of which the 31st is still in the window: then the next day is looked at.
    tomorrow = calendar.local_date(instant(now), zone) + 1
    return calendar.start_of(func.greatest(day, tomorrow, type_=Date), zone)


def _materialized(rows: Any, name: str) -> CTE:
    return rows.cte(name).prefix_with("materialized")

"""What caps do to what would go: the first ones of each member take the room, the rest is put off or skipped; as SQL.

`all` counts every message; it holds back none of the topic `transactional`, for a receipt is owed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    tuple_,
)

from journey_engine.compiler import calendar
from journey_engine.language.durations import Duration
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Send
from journey_engine.language.project import Project
from journey_engine.line.caps import is_full, leaves, leaving_from
from journey_engine.store.tables.metadata import INSTANT

ALL = "all"
OWED = "transactional"
CAPPED, QUIET = literal("capped"), literal("quiet hours")


def capped(project: Project, judged: CTE) -> CTE:
    """The judged with caps laid on: of several intents of one member the first ones take the room.

    Adds `not_before` with `because` (capped, quiet hours) for what is put off, and `expires` where putting it off
    makes it last longer.
    """
    row = judged.c
    quiet = case((row.reason.is_(None), row.quiet), else_=cast(null(), INSTANT))
    goes = and_(row.reason.is_(None), quiet.is_(None))
    asked = select(*row, quiet.label("quiet_until"), goes.label("goes")).cte("asked")
    if not any(project.policy.caps.values()):
        never = (cast(null(), INSTANT).label(name) for name in ("free_at", "latest"))
        return _ruled(judged, select(*asked.c, *never).cte("found"))
    return _ruled(judged, _found_room(project, _taken(project, asked)))


def _taken(project: Project, asked: CTE) -> CTE:
    """Adds `goes_on`, whether a row takes room, and how many of its topic and of all do before it.

    Who is one too many for all topics leaves no room to those behind her, so two looks in order, first within each
    topic, then at all that fit there, are as good as deciding one after another.
    """
    placed = select(*asked.c, _before(asked, asked.c.goes, by_topic=True).label("place")).cte("placed")
    fits = and_(placed.c.goes, not_(_topic_is_full(project, placed, placed.c.place)))
    fitting = _materialized(select(*placed.c, fits.label("fits")), "fitting")
    ranked = select(*fitting.c, _before(fitting, fitting.c.fits).label("place_of_all")).cte("ranked")
    held = [is_full(cap, ranked, False, ranked.c.place_of_all) for cap in project.policy.caps.get(ALL, ())]
    goes_on = and_(ranked.c.fits, not_(and_(ranked.c.topic != OWED, or_(literal(False), *held))))
    gone = _materialized(select(*ranked.c, goes_on.label("goes_on")), "gone")
    taken = (
        _before(gone, gone.c.goes_on, by_topic=True).label("of_topic"),
        _before(gone, gone.c.goes_on).label("of_all"),
    )
    return select(*gone.c, *taken).cte("taken")


def _before(rows: CTE, which: ColumnElement[bool], by_topic: bool = False) -> ColumnElement[int]:
    """Of the same member (and topic), how many such rows stand before this one."""
    whose = (rows.c.member_id, rows.c.topic) if by_topic else (rows.c.member_id,)
    counted = func.sum(case((which, 1), else_=0)).over(partition_by=whose, order_by=rows.c.position, rows=(None, -1))
    return func.coalesce(counted, 0)


def _topic_is_full(project: Project, rows: CTE, before: ColumnElement[int]) -> ColumnElement[bool]:
    full = [
        and_(rows.c.topic == topic, is_full(cap, rows, True, before))
        for topic, caps in project.policy.caps.items()
        if topic != ALL
        for cap in caps
    ]
    return func.coalesce(or_(literal(False), *full), False)


def _found_room(project: Project, taken: CTE) -> CTE:
    """Adds `free_at`, when each cap that holds a row back has room again, null for the others; and `latest`."""
    row, zone = taken.c, project.policy.zone
    instants, days = list[ColumnElement[Any]](), list[ColumnElement[Any]]()
    for topic, caps in project.policy.caps.items():
        meant = row.topic != OWED if topic == ALL else row.topic == topic
        before = row.of_all if topic == ALL else row.of_topic
        for cap in caps:
            leaving = case((and_(row.goes, not_(row.goes_on), meant), leaves(cap, taken, topic != ALL, before, zone)))
            (instants if cap.per.is_exact else days).append(leaving)
    latest = (
        func.greatest(cast(null(), INSTANT), *instants, type_=INSTANT).label("instant"),
        func.greatest(cast(null(), Date), *days, type_=Date).label("day"),
    )
    full = _materialized(select(*row, *latest), "full")
    free_at = func.greatest(full.c.instant, leaving_from(full.c.day, zone), type_=INSTANT).label("free_at")
    return _materialized(select(*full.c, free_at, _latest(project, full).label("latest")), "found")


def _ruled(judged: CTE, found: CTE) -> CTE:
    """What becomes of those for whom there is no room before `free_at`: put off till then, or skipped as capped."""
    row = found.c
    deferred = func.coalesce(row.free_at < row.latest, False)
    is_capped = row.free_at.is_not(None)
    reason = case((and_(is_capped, ~deferred), CAPPED), else_=row.reason)
    not_before = case((and_(is_capped, deferred), row.free_at), else_=row.quiet_until)
    because = case((and_(is_capped, deferred), CAPPED), (row.quiet_until.is_not(None), QUIET))
    expires = case((and_(is_capped, deferred), func.greatest(row.expires_at, row.latest, type_=INSTANT)))
    asked = {column.name for column in judged.c} - {"reason", "quiet"}
    kept = [column for column in row if column.name in asked]
    made = (reason.label("reason"), not_before.label("not_before"), because.label("because"), expires.label("expires"))
    return select(*kept, *made).cte("capped")


def _latest(project: Project, full: CTE) -> ColumnElement[Any]:
    """Until when a row may be put off, null if not at all: so long after its own instant, and not beyond its `expires`.

    What a step says itself is kept: a sale that ends in two hours is not announced on the third day. The 24 hours of a
    step that says nothing are nobody's wish, and `defer 3 days` outlasts them.
    """
    row, zone = full.c, literal(project.policy.zone)
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


def _materialized(rows: Select[Any], name: str) -> CTE:
    return rows.cte(name).prefix_with("materialized")

"""What one night did, between two business instants: imports, segments, moves, sends, holds; a few reads, no writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from journey_engine.data.pools import Standing, standings
from journey_engine.gate.holds import Hold, open_holds
from journey_engine.language.project import Project
from journey_engine.measures.quota import Difference, Quota, differences, quotas
from journey_engine.measures.ratio import Ratio, ratios
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import moves, waiting
from journey_engine.store.tables.operation import batches, quarantine
from journey_engine.store.tables.people import segment_members, stages
from journey_engine.store.zones import zones_of


@dataclass(frozen=True, slots=True)
class Imported:
    """One batch: read = landed + already + quarantined once it is landed; `reasons` counts bad rows by each reason."""

    feed: str
    source: str
    status: str
    read: int
    landed: int
    already: int
    quarantined: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Night:
    """Figures of (since, until]; `segments` are (joined, left, size now), `stages` members who came into each,
    `moved` visits that took a step or ended, `sends` intents settled then, by (status, reason); `unknown_zones` are how
    many members carry each zone that is none, and live by the policy's; `broken`: lots that fall otherwise than by
    their shares.
    """

    since: datetime
    until: datetime
    imported: tuple[Imported, ...]
    segments: Mapping[str, tuple[int, int, int]]
    stages: Mapping[str, int]
    moved: Mapping[str, int]
    waiting: Mapping[str, int]
    sends: Mapping[tuple[str, str], int]
    held: tuple[Hold, ...]
    quotas: tuple[Quota, ...]
    unknown_zones: Mapping[str, int] = field(default_factory=dict[str, int])
    pools: tuple[Standing, ...] = ()
    differences: tuple[Difference, ...] = ()
    broken: tuple[Ratio, ...] = ()


def night(conn: Connection, since: datetime, until: datetime, project: Project | None = None) -> Night:
    """The figures of everything whose business instant lies in (since, until]; holds and sizes are as of now.

    With a `project` the coupon pools that it declares and the lots of its journeys are told, too.
    """
    pools = standings(conn, project, until) if project else ()
    broken = tuple(each for each in ratios(conn, project, until) if each.is_broken) if project else ()
    moved = select(moves.c.journey, func.count(moves.c.enrolment_id.distinct())).where(_in(moves.c.now, since, until))
    came = select(stages.c.stage, func.count()).where(_in(stages.c.since, since, until))
    settled = (
        select(intents.c.status, func.coalesce(intents.c.reason, ""), func.count())
        .where(_in(intents.c.settled_at, since, until))
        .group_by(intents.c.status, intents.c.reason)
        .order_by(intents.c.status, intents.c.reason)
    )
    return Night(
        since,
        until,
        _imported(conn, since, until),
        _segments(conn, since, until),
        _by(conn, came.group_by(stages.c.stage).order_by(stages.c.stage)),
        _by(conn, moved.group_by(moves.c.journey).order_by(moves.c.journey)),
        _by(conn, select(waiting.c.journey, func.count()).group_by(waiting.c.journey).order_by(waiting.c.journey)),
        {(row[0], row[1]): row[2] for row in conn.execute(settled)},
        tuple(open_holds(conn)),
        quotas(conn, until, project.policy if project else None),
        zones_of(conn).unknown,
        pools,
        differences(conn, since, until),
        broken,
    )


def _imported(conn: Connection, since: datetime, until: datetime) -> tuple[Imported, ...]:
    of_now = select(batches.c.id).where(_in(batches.c.now, since, until))
    reasons: dict[int, dict[str, int]] = {}
    # A row that breaks two rules of one title is one row.
    each = select(quarantine.c.batch_id, quarantine.c.id, func.unnest(quarantine.c.reasons).label("reason")).distinct()
    bad = each.where(quarantine.c.batch_id.in_(of_now), quarantine.c.status != "landed").subquery()
    counted = select(bad.c.batch_id, bad.c.reason, func.count()).group_by(bad.c.batch_id, bad.c.reason)
    for batch, reason, count in conn.execute(counted.order_by(func.count().desc(), bad.c.reason)):
        reasons.setdefault(batch, {})[reason] = count
    columns = batches.c
    counts = [func.coalesce(each, 0) for each in (columns.read, columns.landed, columns.already, columns.quarantined)]
    listed = select(columns.id, columns.feed, columns.source, columns.status, *counts)
    rows = conn.execute(listed.where(_in(columns.now, since, until)).order_by(columns.id))
    return tuple(
        Imported(feed, source, status, read, landed, already, quarantined, reasons.get(number, {}))
        for number, feed, source, status, read, landed, already, quarantined in rows
    )


def _segments(conn: Connection, since: datetime, until: datetime) -> dict[str, tuple[int, int, int]]:
    stays = segment_members.c
    rows = conn.execute(
        select(
            stays.segment,
            func.count().filter(_in(stays.joined_at, since, until)),
            func.count().filter(_in(stays.left_at, since, until)),
            func.count().filter(stays.left_at.is_(None)),
        )
        .group_by(stays.segment)
        .order_by(stays.segment)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _by(conn: Connection, counted: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.execute(counted)}


def _in(instant: ColumnElement[datetime], since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(instant > since, instant <= until)

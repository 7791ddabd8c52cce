"""Takes up requests whose answer is still owed: after a backoff, a crash or a split; each with its own key and body.

It decides no intent: what may not go out as it was frozen is dissolved (never accepted) or given up (perhaps accepted).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.types import Interval

from journey_engine.language.project import Project
from journey_engine.line import ledger, quota, settling
from journey_engine.line.channel import Pace
from journey_engine.line.deciding import quiet_end
from journey_engine.line.due import of_members
from journey_engine.line.freezing import Frozen
from journey_engine.line.quiet import quiet_zones
from journey_engine.line.standing import against_sending, first_reason, instant
from journey_engine.store.tables.delivery import intents, requests
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members

_CLOCK = func.clock_timestamp()
_DUE = text("""
with clock as materialized (select clock_timestamp() as at)
select clock.at, exists (
    select from requests r where r.channel = :channel
    and (r.status = 'ready' and r.next_attempt_at <= clock.at or r.status = 'attempting' and r.lease_until < clock.at))
from clock
""")


@dataclass(slots=True)
class Claimed:
    """Requests leased to the caller; how many intents were given up as unknown, and how many requests dissolved."""

    at: datetime  # database clock
    requests: list[Frozen] = field(default_factory=list[Frozen])
    unknown: int = 0
    dissolved: int = 0


def claim(
    connection: Connection,
    project: Project,
    channel: str,
    now: datetime,
    pace: Pace,
    held: bool = False,
    members: Sequence[int] | None = None,
) -> Claimed:
    """Lease up to a batch of requests that are due again; the caller holds the channel's lock.

    A request nobody ever had an unclear answer for is dissolved once business `now` has moved on (its decision was for
    another instant), or somebody in it may not get it any more. After an unclear one a reply is unknown; a push, if
    its member left, withdrew or the intent expired; and 23 hours after the first attempt everything. Nothing is
    attempted in the member's quiet hours. With `held` (the channel is stopped) nothing is leased; with `members` only
    what goes to these is looked at.
    """
    clock, is_due = connection.execute(_DUE, {"channel": channel}).one()
    claimed = Claimed(clock)
    if not is_due:  # nearly always, and what follows takes long to compile
        return claimed
    quiet, after = _quiet(connection, project, now), 0
    # What does not go now must not stand before what may: batch after batch, until one has something to be sent.
    while not claimed.requests:
        rows = connection.execute(_owed(channel, now, pace, quiet, members, after)).all()
        if not rows:
            break
        _sort_out(connection, rows, channel, now, pace, held, claimed)
        after = rows[-1].id
    return claimed


def _sort_out(
    connection: Connection,
    rows: Sequence[Row[Any]],
    channel: str,
    now: datetime,
    pace: Pace,
    held: bool,
    claimed: Claimed,
) -> None:
    """Let each of these requests have its fate, and note it."""
    groups: dict[str, list[int]] = {"again": [], "dissolved": [], "unknown": []}
    for row in rows:
        groups.setdefault(row.fate, []).append(row.id)
    if groups["dissolved"]:
        quota.lock(connection, channel)
        _close(connection, "dissolved", groups["dissolved"], now)
        ledger.release(connection, groups["dissolved"])
        settling.put_back(connection, groups["dissolved"])
        quota.release(connection, channel, sum(row.billed for row in rows if row.fate == "dissolved"))
        claimed.dissolved += len(groups["dissolved"])
    if groups["unknown"]:
        _close(connection, "unknown", groups["unknown"], now)
        claimed.unknown += settling.give_up(connection, groups["unknown"], now)
    if groups["again"] and not held:
        claimed.requests = _lease(connection, groups["again"], pace)


def seconds_to_next(
    connection: Connection, channel: str, after: datetime, members: Sequence[int] | None = None
) -> float | None:
    """In how many seconds the next of the requests not yet due at `after` (database clock) is due; None: none is."""
    due = case((requests.c.status == "ready", requests.c.next_attempt_at), else_=requests.c.lease_until)
    wait = connection.execute(
        select(func.extract("epoch", func.min(due) - _CLOCK)).where(
            requests.c.channel == channel,
            requests.c.status.in_(("ready", "attempting")),
            due > literal(after, INSTANT),
            *_holding(members),
        )
    ).scalar()
    return None if wait is None else max(0.0, float(wait))


def _owed(
    channel: str, now: datetime, pace: Pace, quiet: dict[str | None, datetime], only: Sequence[int] | None, after: int
) -> Select[Any]:
    """A batch of the requests behind `after` that are due again, each with its fate.

    It goes again, is dissolved, unknown, or comes later (quiet hours).
    """
    due = _due_again(channel, pace, only, after)
    against = first_reason(against_sending(intents.c, intents.c.topic, instant(now), few=True)).is_not(None)
    unclear = or_(due.c.unclear, due.c.status == "attempting")  # a lease that ran out: somebody may have sent it
    age = cast(literal(f"{pace.key_age} seconds"), Interval)
    too_old = func.coalesce(due.c.attempted_at < _CLOCK - age, False)
    old = due.c.frozen_at < instant(now - timedelta(seconds=pace.decision_age))
    overtaken = and_(~unclear, or_(old, func.bool_or(against)))
    withdrawn = and_(unclear, due.c.endpoint == "push", func.bool_or(against))
    buried = and_(unclear, func.bool_and(intents.c.expires_at <= instant(now)))
    fate = case(
        (and_(unclear, or_(too_old, due.c.endpoint == "reply")), "unknown"),
        (or_(too_old, overtaken, due.c.endpoint == "reply"), "dissolved"),
        (or_(withdrawn, buried), "unknown"),
        (func.bool_or(quiet_end(quiet).is_not(None)), "later"),
        else_="again",
    )
    held = intents.outerjoin(members, members.c.id == intents.c.member_id).outerjoin(
        enrolments, enrolments.c.id == intents.c.enrolment_id
    )
    billed = case((due.c.endpoint == "reply", 0), else_=func.cardinality(due.c.recipients))
    columns = (due.c.id, due.c.status, due.c.unclear, due.c.attempted_at, due.c.frozen_at, due.c.endpoint)
    return (
        select(due.c.id, billed.label("billed"), fate.label("fate"))
        .select_from(due.join(held, intents.c.request_id == due.c.id))
        .group_by(*columns, due.c.recipients)
        .order_by(due.c.id)
    )


def _holding(members: Sequence[int] | None) -> list[ColumnElement[bool]]:
    theirs = exists().where(intents.c.request_id == requests.c.id, *of_members(intents.c.member_id, members))
    return [] if members is None else [theirs]


def _due_again(channel: str, pace: Pace, only: Sequence[int] | None, after: int) -> CTE:
    ready = and_(requests.c.status == "ready", requests.c.next_attempt_at <= _CLOCK)
    lost = and_(requests.c.status == "attempting", requests.c.lease_until < _CLOCK)
    return (
        select(requests)
        .where(requests.c.channel == channel, requests.c.id > after, or_(ready, lost), *_holding(only))
        .order_by(requests.c.id)
        .limit(pace.batch)
        .with_for_update(skip_locked=True)
        .cte("due")
    )


def _quiet(connection: Connection, project: Project, now: datetime) -> dict[str | None, datetime]:
    hours = project.policy.quiet_hours
    if hours is None:
        return {}
    zones = connection.scalars(
        select(members.c.zone)
        .join(intents, intents.c.member_id == members.c.id)
        .join(requests, requests.c.id == intents.c.request_id)
        .where(requests.c.status.in_(("ready", "attempting")))
        .distinct()
    )
    return quiet_zones(now, zones, project.policy.zone, hours)


def _lease(connection: Connection, ids: list[int], pace: Pace) -> list[Frozen]:
    statement = (
        update(requests)
        .where(requests.c.id.in_(bindparam("ids", expanding=True)))
        .values(
            status="attempting",
            unclear=or_(requests.c.unclear, requests.c.status == "attempting"),
            attempts=requests.c.attempts + 1,
            attempted_at=func.coalesce(requests.c.attempted_at, _CLOCK),
            lease_until=_CLOCK + cast(literal(f"{pace.lease} seconds"), Interval),
            next_attempt_at=None,
        )
        .returning(requests.c.id, requests.c.endpoint, requests.c.retry_key, requests.c.body, requests.c.attempts)
    )
    rows = connection.execute(statement, {"ids": ids})
    return sorted(
        (Frozen(r.id, r.endpoint, str(r.retry_key), bytes(r.body), r.attempts) for r in rows), key=lambda f: f.request
    )


_CLOSE = text("""
update requests set status = :status, settled_at = :now, lease_until = null, next_attempt_at = null
where id = any(cast(:ids as bigint[]))
""")


def _close(connection: Connection, status: str, ids: list[int], now: datetime) -> None:
    connection.execute(_CLOSE, {"status": status, "ids": ids, "now": now})

"""Decides which calls are made now and leases them to one caller, and drops those nobody waits for; it calls nobody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from journey_engine.calling.pace import Pace
from journey_engine.language.project import Project
from journey_engine.store.tables.operation import holds

# A call is open to a caller when it was never tried, its backoff is over, or the one who tried it has died.
_OPEN = """
    (c.status = 'pending' and (c.next_attempt_at is null or c.next_attempt_at <= clock_timestamp())
     or c.status = 'calling' and c.lease_until < clock_timestamp())
"""
_WAITED_FOR = "exists (select from waiting w where w.enrolment_id = c.enrolment_id and w.step = c.step)"
_DROP = text(f"""
update calls c set status = 'dropped', settled_at = :now, lease_until = null, next_attempt_at = null,
    reason = case when c.expires_at <= :now then 'expired' else 'left' end
where {_OPEN} and (c.expires_at <= :now or not {_WAITED_FOR})
""")
_LEASE = text(f"""
with due as (
    select c.id from calls c
    where {_OPEN} and c.endpoint = any(cast(:endpoints as text[])) and c.journey <> all(cast(:stopped as text[]))
      and c.at <= :now and c.expires_at > :now and {_WAITED_FOR}
    order by c.id limit :most for update of c skip locked)
update calls c set status = 'calling', attempts = c.attempts + 1, next_attempt_at = null,
    attempted_at = coalesce(c.attempted_at, clock_timestamp()),
    lease_until = clock_timestamp() + make_interval(secs => :lease)
from due where c.id = due.id
returning c.id, c.endpoint, c.step, c.member_id, c.idempotency_key, c.content, c.attempts, clock_timestamp() as at
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call leased to this caller; `attempt` counts from 1, `at` is the database's clock."""

    call: int
    endpoint: str
    step: str
    member: int
    key: str
    content: dict[str, Any]
    attempt: int
    at: datetime


def drop(connection: Connection, now: datetime) -> int:
    """Give up the calls that nobody waits for any more: she has left, or the step's time is over; how many."""
    return connection.execute(_DROP, {"now": now}).rowcount


def claim(
    connection: Connection, project: Project, now: datetime, endpoints: Collection[str], pace: Pace
) -> list[Claimed]:
    """Lease up to a batch of calls to these endpoints, oldest first; nothing of journeys that are held or paused."""
    given = {
        "now": now,
        "endpoints": sorted(endpoints),
        "stopped": _stopped(connection, project),
        "most": pace.batch,
        "lease": pace.lease,
    }
    rows = connection.execute(_LEASE, given).all()
    claimed = [
        Claimed(r.id, r.endpoint, r.step, r.member_id, str(r.idempotency_key), r.content, r.attempts, r.at)
        for r in rows
    ]
    return sorted(claimed, key=lambda each: each.call)


def _stopped(connection: Connection, project: Project) -> list[str]:
    held = select(holds.c.name).where(holds.c.scope == "journey", holds.c.released_at.is_(None))
    asleep = [name for name, journey in project.journeys.items() if journey.status in ("paused", "draft")]
    return sorted({*connection.scalars(held), *asleep})

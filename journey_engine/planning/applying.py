"""Executes a Plan in the caller's transaction: writes new versions, and sets when a journey begins; moves no member."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from journey_engine.moving.poison import look_again
from journey_engine.planning.changes import Change, Plan, PlanIsStale, WouldStrand
from journey_engine.planning.definitions import live_definitions
from journey_engine.planning.stranding import people, questions
from journey_engine.store.tables.moving import definitions, journey_clocks

# Any constant of our own: two that apply at once come one after the other.
_LOCK = text("select pg_advisory_xact_lock(7402120)")
# A pass reads arrivals up to the xmin of its snapshot; what is live from now on begins at the same kind of mark.
_MARK = text("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")


def apply(conn: Connection, plan: Plan, by: str) -> None:
    """Make the plan's definitions live in the caller's transaction, in the name of `by`.

    Raises PlanIsStale if others were applied since the plan was made, and WouldStrand (whoever stands there now, not
    when the plan was made) if a change would leave somebody at no step; nothing is written then.
    """
    conn.execute(_LOCK)
    if frozenset((row.kind, row.name, row.version) for row in live_definitions(conn)) != plan.basis:
        raise PlanIsStale
    stranded = questions(plan.changes, people(conn))
    if stranded:
        raise WouldStrand(stranded)
    for change in plan.changes:
        _replace(conn, change, plan.now, by)
        if change.begins:
            _begin(conn, change, plan.now)
        if change.kind == "journey" and change.sign == "~":
            # A new leave rule may hold for those who wait, without anything of theirs having changed.
            look_again(conn, change.name, plan.now)


def _replace(conn: Connection, change: Change, now: datetime, by: str) -> None:
    same = (definitions.c.kind == change.kind) & (definitions.c.name == change.name)
    conn.execute(update(definitions).where(same, definitions.c.replaced_at.is_(None)).values(replaced_at=now))
    if change.to_version is None:
        return
    # Not to_version: a file that was removed and comes back goes on counting.
    newest = conn.execute(select(func.coalesce(func.max(definitions.c.version), 0)).where(same)).scalar_one()
    conn.execute(
        definitions.insert().values(
            kind=change.kind,
            name=change.name,
            version=newest + 1,
            body=json.loads(change.body),
            checksum=change.checksum,
            applied_at=now,
            applied_by=by,
        )
    )


def _begin(conn: Connection, change: Change, now: datetime) -> None:
    """Triggers count from `now` on. `seen` moves only where nobody can be inside: a paused journey's arrivals wait."""
    row = insert(journey_clocks).values(journey=change.name, live_since=bindparam("now"), last_now=now, seen=_MARK)
    later: dict[str, object] = {"live_since": row.excluded.live_since}
    if change.fresh:
        later |= {"seen": row.excluded.seen}
    conn.execute(
        row.on_conflict_do_update(index_elements=[journey_clocks.c.journey], set_=later),
        {"now": now},
    )

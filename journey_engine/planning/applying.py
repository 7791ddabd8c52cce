"""Executes a Plan in the caller's transaction: new versions, moved members, begun and paused journeys, and the log."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.language.journey import Journey
from journey_engine.language.project import Project
from journey_engine.moving.pausing import resume, status_changed
from journey_engine.moving.superseding import ALONE
from journey_engine.moving.waking import look_again, measure_again
from journey_engine.planning.bodies import journey_of
from journey_engine.planning.changes import Change, Plan, PlanIsStale, WouldStrand
from journey_engine.planning.definitions import live_definitions, live_project
from journey_engine.planning.keeping import write_down
from journey_engine.planning.relocating import Application, Edit, relocate
from journey_engine.planning.stranding import People, people, questions, stays
from journey_engine.store.tables.moving import definitions, entrances, journey_clocks
from journey_engine.store.tables.operation import runs

# A pass reads arrivals up to the xmin of its snapshot; what is live from now on begins at the same kind of mark.
_NO_JIT = text("set local jit = off")  # compiling these statements takes longer than running them
_MARK = text("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")


def apply(conn: Connection, plan: Plan, by: str, now: datetime | None = None) -> int | None:
    """Make the plan's definitions live in the caller's transaction, in the name of `by`, from `now` on (the plan's).

    Returns the number of the application; None for a plan without changes, of which nothing is written down.
    Raises PlanIsStale if others were applied since the plan was made, and WouldStrand (whoever stands there now, not
    when the plan was made) if a change would leave somebody at no step; nothing is written then.
    """
    conn.execute(ALONE)
    conn.execute(_NO_JIT)
    if frozenset((row.kind, row.name, row.version) for row in live_definitions(conn)) != plan.basis:
        raise PlanIsStale
    inside = people(conn)
    stranded = questions(plan.changes, inside)
    if stranded:
        raise WouldStrand(stranded)
    if not plan.changes:
        return None
    at = now or plan.now
    versions = {(change.kind, change.name): _replace(conn, change, at, by) for change in plan.changes}
    under = Application(_run(conn, plan, inside, by, at), at)
    project = live_project(conn)
    for change in plan.changes:
        if change.kind == "journey":
            _journey(conn, project, change, versions[change.kind, change.name], inside, under)
    return write_down(conn, replace(plan, now=at), by)


def _replace(conn: Connection, change: Change, now: datetime, by: str) -> int:
    """Write the change's definition and return its version; 0 if its file is gone."""
    same = (definitions.c.kind == change.kind) & (definitions.c.name == change.name)
    conn.execute(update(definitions).where(same, definitions.c.replaced_at.is_(None)).values(replaced_at=now))
    if change.to_version is None:
        return 0
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
    return newest + 1


def _run(conn: Connection, plan: Plan, inside: People, by: str, now: datetime) -> int:
    """A row of `runs` for the moves that apply logs; 0, which no row has, if nobody is moved."""
    edits = ((journey_of(each.was), journey_of(each.body)) for each in plan.changes if each.kind == "journey")
    if all(stay.fate == "kept" for was, new in edits if new for stay in stays(was, new, inside)):
        return 0
    row = insert(runs).values(kind="apply", name=by, now=now, status="completed", ended_at=func.clock_timestamp())
    return conn.execute(row.returning(runs.c.id)).scalar_one()


def _journey(
    conn: Connection, project: Project, change: Change, version: int, inside: People, under: Application
) -> None:
    """What an edit of a journey does to its clock and to those who are inside."""
    after, before = journey_of(change.body), journey_of(change.was)
    if change.begins:
        _begin(conn, change, under.now)
    if after is None:
        return
    if before is not None and before.status == "paused" != after.status:
        _resume(conn, project, before, after, under.now)
    edit = Edit(before, after, version)
    for stay in stays(before, after, inside):
        if stay.fate != "kept":
            relocate(conn, project, edit, stay, under)
    if before is not None:
        if after.status == "paused":
            status_changed(conn, project, change.name, before.status, under.now)
        # A new leave rule may hold for those who wait, without anything of theirs having changed.
        look_again(conn, change.name, under.now)
        if before.goal is not None and after.goal is not None and before.goal.if_ != after.goal.if_:
            measure_again(conn, change.name, under.now)


def _resume(conn: Connection, project: Project, before: Journey, after: Journey, now: datetime) -> None:
    """Before anybody is moved: times are shifted by the words under which they were promised."""
    paused = before.model_copy(update={"pause": after.pause})
    resume(
        conn, project.model_copy(update={"journeys": {**project.journeys, after.journey: paused}}), after.journey, now
    )


def _begin(conn: Connection, change: Change, now: datetime) -> None:
    """Triggers count from `now` on. `seen` moves only where nobody can be inside: a paused journey's arrivals wait."""
    row = upsert(journey_clocks).values(journey=change.name, live_since=bindparam("now"), last_now=now, seen=_MARK)
    later: dict[str, object] = {"live_since": row.excluded.live_since}
    if change.fresh:
        # Nothing from `seen` on was read: an older snapshot may have seen what came for the journey of that time.
        later |= {"seen": row.excluded.seen, "snapshot": None}
        conn.execute(delete(entrances).where(entrances.c.journey == change.name))
    conn.execute(
        row.on_conflict_do_update(index_elements=[journey_clocks.c.journey], set_=later),
        {"now": now},
    )

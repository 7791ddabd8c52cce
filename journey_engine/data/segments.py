"""The nightly refresh of segments: who joined, who left, at which instant; it moves nobody in a journey."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Connection, and_, func, insert, literal, select, update
from sqlalchemy.sql.dml import ReturningInsert

from journey_engine.compiler.conditions import condition_sql
from journey_engine.data import cuts, refreshes, watching
from journey_engine.data.members import ARRIVED
from journey_engine.language.conditions import Condition
from journey_engine.language.mentions import is_told, ranks_in
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members, segment_members


def refresh(
    connection: Connection, project: Project, now: datetime, run_id: int | None = None
) -> dict[str, tuple[int, int, int]]:
    """Work out every segment anew, in the caller's transaction; returns (joined, left, size) by name.

    A segment is taken as of the least of `now` and the coverage of the feeds its events come from: stays begin and end
    at that instant. One whose feeds have brought nothing yet, or whose last refresh already stood for that instant, is
    left as it is and is not in the answer. A segment that names another one comes after it. Erased members are in none.
    The cuts of ranks, those that journeys ask about among them, are worked out first. Who joined or left is told as an
    event where something asks about it; a change that `watch` does not allow opens a hold.
    """
    cuts.refresh(connection, project, now, run_id)
    rules = {name: segment.is_.condition for name, segment in project.segments.items()}
    changes: dict[str, tuple[int, int, int]] = {}
    for name in refreshes.in_order(rules):
        at = refreshes.instant_for(connection, project, [rules[name]], now)
        before = refreshes.last(connection, "segment", name)
        if at is None or (before is not None and at <= before):
            continue
        cuts.keep(connection, project, ranks_in(rules[name]), at, run_id)
        changes[name] = renew(connection, project, name, rules[name], at, run_id)
        joined, left, size = changes[name]
        if before is not None:
            watching.look(connection, project.segments[name], size, size - joined + left, now)
        refreshes.note(connection, "segment", name, at, run_id, {"joined": joined, "left": left, "size": size})
    return changes


def renew(
    connection: Connection, project: Project, name: str, rule: Condition, at: datetime, run_id: int | None
) -> tuple[int, int, int]:
    """Begin and end the stays under this name so that they are those for whom the rule holds; (joined, left, size)."""
    instant = literal(at, INSTANT)
    holds = condition_sql(project, rule, members.c.id, instant)
    inside = select(members.c.id).where(alive(members), holds).cte("inside")
    stays = segment_members
    present = and_(stays.c.segment == name, stays.c.left_at.is_(None))
    gone = (
        update(stays)
        .where(present, stays.c.member_id.not_in(select(inside.c.id)))
        .values(left_at=at, left_run=run_id, arrived=ARRIVED)
        .returning(stays.c.member_id)
        .cte("gone")
    )
    there = select(stays.c.member_id).where(present)
    new = select(literal(name), inside.c.id, instant, literal(run_id)).where(inside.c.id.not_in(there))
    came = (
        insert(stays)
        .from_select(["segment", "member_id", "joined_at", "joined_run"], new.order_by(inside.c.id))
        .returning(stays.c.member_id)
        .cte("came")
    )
    # One statement: all parts see the stays as they were before it.
    counts = [select(func.count()).select_from(part).scalar_subquery() for part in (came, gone, inside)]
    asked = select(*counts)
    for event, moved in (("joined_segment", came), ("left_segment", gone)):
        if is_told(project, event, name):
            asked = asked.add_cte(told(moved, event, name, at).cte(event))
    joined, left, size = connection.execute(asked).one()
    return joined, left, size


def told(moved: CTE, name: str, of: str, at: datetime) -> ReturningInsert[Any]:
    """The statement that writes an event of that name for each member of a refresh's rows."""
    rows = select(moved.c.member_id, literal(name), literal(at, INSTANT), literal(of), literal("engine"))
    written = insert(events).from_select(["member_id", "name", "at", "of", "source"], rows)
    return written.returning(events.c.id)

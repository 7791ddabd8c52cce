"""The nightly refresh of segments: who joined, who left, at which instant; it moves nobody in a journey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Connection, and_, func, insert, literal, select, update
from sqlalchemy.sql.dml import ReturningInsert

from journey_engine.compiler.conditions import condition_sql
from journey_engine.language.conditions import Condition, InSegment, leaves
from journey_engine.language.mentions import is_told, ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import cuts, feature_sets, features, refreshes, stays, watching
from journey_engine.members.members import ARRIVED
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
    features.tidy(connection, feature_sets.all_feeds(project))
    cuts.refresh(connection, project, now, run_id)
    rules = {name: segment.is_.condition for name, segment in project.segments.items()}
    befores = refreshes.last_of(connection, "segment", refreshes.in_order(rules))
    changes: dict[str, tuple[int, int, int]] = {}
    for batch in _batches(connection, project, rules, befores, now):
        done = _renewed(connection, project, batch, run_id)
        for name in batch.rules:
            changes[name] = joined, left, size = done[name]
            if befores[name] is not None:
                watching.look(connection, project.segments[name], size, size - joined + left, now)
        refreshes.note_changes(connection, "segment", batch.at, run_id, {name: done[name] for name in batch.rules})
    return changes


@dataclass(frozen=True, slots=True)
class _Batch:
    """Segments that are worked out in one look: they rest on the same feeds, and none on another of them."""

    feeds: frozenset[str]
    at: datetime
    rules: dict[str, Condition]
    is_plain: bool


def _batches(
    connection: Connection,
    project: Project,
    rules: Mapping[str, Condition],
    befores: Mapping[str, datetime | None],
    now: datetime,
) -> list[_Batch]:
    """The segments that are due, in an order in which each comes after those it names or hears of."""
    done: list[_Batch] = []
    open_: dict[frozenset[str], _Batch] = {}
    instants: dict[frozenset[str], datetime | None] = {}
    for name, before in befores.items():
        feeds, is_plain = refreshes.feeds_of(project, [rules[name]]), feature_sets.is_plain(project, rules[name])
        if feeds not in instants:
            instants[feeds] = refreshes.reached_by(connection, feeds, now)
        at = instants[feeds]
        if at is None or (before is not None and at <= before):
            continue
        named = {leaf.segment for leaf in leaves(rules[name]) if isinstance(leaf, InSegment)}
        if not is_plain or any(named & batch.rules.keys() for batch in open_.values()):
            open_ = {}
        if feeds not in open_:
            open_[feeds] = _Batch(feeds, at, {}, is_plain)
            done.append(open_[feeds])
        open_[feeds].rules[name] = rules[name]
        if not is_plain:
            open_ = {}
    return done


def _renewed(
    connection: Connection, project: Project, batch: _Batch, run_id: int | None
) -> dict[str, tuple[int, int, int]]:
    kept = features.bring(connection, project, batch.feeds, batch.at) if batch.is_plain else None
    cuts.keep(connection, project, ranks_in(*batch.rules.values()), batch.at, run_id, kept)
    if kept is not None:
        return stays.renew(connection, project, kept, batch.rules, batch.at, run_id)
    return {name: renew(connection, project, name, rule, batch.at, run_id) for name, rule in batch.rules.items()}


def renew(
    connection: Connection, project: Project, name: str, rule: Condition, at: datetime, run_id: int | None
) -> tuple[int, int, int]:
    """Begin and end the stays under this name so that they are those for whom the rule holds; (joined, left, size)."""
    instant = literal(at, INSTANT)
    holds = condition_sql(project, rule, members.c.id, instant)
    inside = select(members.c.id).where(alive(members), holds).cte("inside")
    stay = segment_members
    present = and_(stay.c.segment == name, stay.c.left_at.is_(None))
    gone = (
        update(stay)
        .where(present, stay.c.member_id.not_in(select(inside.c.id)))
        .values(left_at=at, left_run=run_id, arrived=ARRIVED)
        .returning(stay.c.member_id)
        .cte("gone")
    )
    there = select(stay.c.member_id).where(present)
    new = select(literal(name), inside.c.id, instant, literal(run_id)).where(inside.c.id.not_in(there))
    came = (
        insert(stay)
        .from_select(["segment", "member_id", "joined_at", "joined_run"], new.order_by(inside.c.id))
        .returning(stay.c.member_id)
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

"""The nightly refresh of segments: who joined, who left, at which instant; it moves nobody in a journey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Connection, and_, func, insert, literal, select, update
from sqlalchemy.sql.dml import ReturningInsert

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.told_from_features import Row
from journey_engine.language.conditions import Condition, InSegment, leaves
from journey_engine.language.mentions import is_told, ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import cuts, feature_sets, features, refreshes, stays, watching
from journey_engine.lifecycle.feature_sets import Feeds
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
        for feeds, at in batch.instants.items():
            noted = {name: done[name] for name, its in batch.feeds.items() if its == feeds}
            refreshes.note_changes(connection, "segment", at, run_id, noted)
    return changes


@dataclass(frozen=True, slots=True)
class _Batch:
    """Segments that are worked out in one look: none rests on another of them."""

    rules: dict[str, Condition]
    feeds: dict[str, Feeds]  # by name, what each rests on
    instants: dict[Feeds, datetime]
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
    instants: dict[Feeds, datetime | None] = {}
    for name, before in befores.items():
        feeds, is_plain = refreshes.feeds_of(project, [rules[name]]), feature_sets.is_plain(project, rules[name])
        if feeds not in instants:
            instants[feeds] = refreshes.reached_by(connection, feeds, now)
        at = instants[feeds]
        if at is None or (before is not None and at <= before):
            continue
        named = {leaf.segment for leaf in leaves(rules[name]) if isinstance(leaf, InSegment)}
        if not done or not (is_plain and done[-1].is_plain) or named & done[-1].rules.keys():
            done.append(_Batch({}, {}, {}, is_plain))
        done[-1].rules[name], done[-1].feeds[name], done[-1].instants[feeds] = rules[name], feeds, at
    return done


def _renewed(
    connection: Connection, project: Project, batch: _Batch, run_id: int | None
) -> dict[str, tuple[int, int, int]]:
    kept = features.bring(connection, project, batch.instants) if batch.is_plain else None
    rows: Mapping[Feeds, Row] = kept.rows if kept is not None else {}
    for feeds, at in batch.instants.items():
        ranks = ranks_in(*(rule for name, rule in batch.rules.items() if batch.feeds[name] == feeds))
        cuts.keep(connection, project, ranks, at, run_id, rows.get(feeds))
    told = {name: (rule, rows[batch.feeds[name]]) for name, rule in batch.rules.items() if batch.feeds[name] in rows}
    done = stays.renew(connection, project, kept, told, run_id) if kept is not None else {}
    for name, rule in batch.rules.items():
        if name not in done:
            done[name] = renew(connection, project, name, rule, batch.instants[batch.feeds[name]], run_id)
    return done


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

"""The nightly refresh of lifecycle stages: the first rule that holds, with a dated history; it sends nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    TableClause,
    and_,
    case,
    column,
    func,
    insert,
    literal,
    select,
    table,
    text,
    update,
)

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.told_from_features import Row
from journey_engine.language.conditions import Condition
from journey_engine.language.mentions import is_told, ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import cuts, feature_sets, feature_writing, features, refreshes
from journey_engine.lifecycle.features import Kept
from journey_engine.members.members import ARRIVED
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members
from journey_engine.store.tables.people import stages as stays

_CREATE = text("create temp table stage_moves (member_id bigint, old text, new text) on commit drop")


def refresh(
    connection: Connection, project: Project, now: datetime, run_id: int | None = None
) -> dict[tuple[str | None, str], int]:
    """Put every member into the first stage whose rule holds, in the caller's transaction.

    Returns how many went from which stage (None: had none) to which; empty if the feeds the rules rest on have brought
    nothing yet or nothing since the last refresh. The instant is the least of `now` and those feeds' coverage: stays
    begin and end there. Stages come after segments where a rule names one.
    """
    rules: list[tuple[str, Condition]] = [
        (stage.stage, stage.if_.condition) for stage in project.stages.stages if stage.if_ is not None
    ]
    at = refreshes.instant_for(connection, project, [rule for _, rule in rules], now)
    before = refreshes.last(connection, "stages", "stages")
    if at is None or (before is not None and at <= before):
        return {}
    conditions = [rule for _, rule in rules]
    is_plain = all(feature_sets.is_plain(project, rule) for rule in conditions)
    feeds = refreshes.feeds_of(project, conditions)
    kept = features.bring(connection, project, {feeds: at}) if is_plain else None
    row = kept.rows[feeds] if kept is not None else None
    cuts.keep(connection, project, ranks_in(project.stages), at, run_id, row)
    moved = _refresh(connection, project, rules, at, kept, row)
    counts = {f"{old or ''}>{new}": number for (old, new), number in moved.items()}
    refreshes.note(connection, "stages", "stages", at, run_id, counts)
    return moved


def _refresh(
    connection: Connection,
    project: Project,
    rules: list[tuple[str, Condition]],
    at: datetime,
    kept: Kept | None,
    told: Row | None,
) -> dict[tuple[str | None, str], int]:
    instant = literal(at, INSTANT)
    changed = _asked(project, rules, instant) if told is None else _told_by(project, rules, instant, told)
    connection.execute(_CREATE)
    moving = table("stage_moves", column("member_id"), column("old"), column("new"))
    moves = insert(moving).from_select(["member_id", "old", "new"], changed)
    number = connection.execute(moves, execution_options={"preserve_rowcount": True}).rowcount
    if kept is not None and number:
        row = kept.wanted.table
        given = {"stage": func.coalesce(moving.c.new, row.c.stage)}
        feature_writing.change(connection, row, moving, given, kept.are_many(number))
    # The old stay must be over before the new one begins: the index allows one open stay a member.
    connection.execute(
        update(stays)
        .where(stays.c.member_id == moving.c.member_id, stays.c.left_at.is_(None))
        .values(left_at=at, arrived=ARRIVED)
    )
    begun = select(moving.c.member_id, moving.c.new, instant)
    connection.execute(insert(stays).from_select(["member_id", "stage", "since"], begun))
    if is_told(project, "stage_changed", None):
        connection.execute(_told(moving, at))
    counted = select(moving.c.old, moving.c.new, func.count()).group_by(moving.c.old, moving.c.new)
    moved = {
        (old, new): number for old, new, number in connection.execute(counted.order_by(moving.c.old, moving.c.new))
    }
    connection.execute(text("drop table stage_moves"))
    return moved


def _stage(
    project: Project,
    rules: list[tuple[str, Condition]],
    member: ColumnElement[Any],
    instant: ColumnElement[Any],
    known: Row | None = None,
) -> ColumnElement[Any]:
    """The first stage whose rule holds."""
    last = next(stage.stage for stage in project.stages.stages if stage.otherwise)
    arms: list[Any] = [
        (condition_sql(project, rule, member, instant, known=known), literal(name)) for name, rule in rules
    ]
    return case(*arms, else_=literal(last)) if arms else literal(last)


def _asked(project: Project, rules: list[tuple[str, Condition]], instant: ColumnElement[Any]) -> Select[Any]:
    """Who is in another stage now than her open stay says."""
    stage = _stage(project, rules, members.c.id, instant)
    is_now = select(members.c.id, stage.label("stage")).where(alive(members)).cte("is_now")
    was = and_(stays.c.member_id == is_now.c.id, stays.c.left_at.is_(None))
    return (
        select(is_now.c.id, stays.c.stage, is_now.c.stage)
        .select_from(is_now.outerjoin(stays, was))
        .where(stays.c.stage.is_distinct_from(is_now.c.stage))
        .order_by(is_now.c.id)
    )


def _told_by(
    project: Project, rules: list[tuple[str, Condition]], instant: ColumnElement[Any], known: Row
) -> Select[Any]:
    """The same from the rows of features, which hold the stage of the open stay."""
    row = known.table
    stage = _stage(project, rules, row.c.member_id, instant, known).label("new")
    judged = select(row.c.member_id, row.c.stage, stage).where(row.c.is_there).offset(0).subquery("judged")
    differs = judged.c.stage.is_distinct_from(judged.c.new)
    return select(judged.c.member_id, judged.c.stage, judged.c.new).where(differs).order_by(judged.c.member_id)


def _told(moving: TableClause, at: datetime) -> Insert:
    """An event `stage_changed` for each member who went from one stage to another; a first stage is no change."""
    properties = func.jsonb_build_object("stage", moving.c.new, "from", moving.c.old)
    rows = select(moving.c.member_id, literal("stage_changed"), literal(at, INSTANT), properties, literal("engine"))
    changed = rows.where(moving.c.old.is_not(None))
    return insert(events).from_select(["member_id", "name", "at", "properties", "source"], changed)

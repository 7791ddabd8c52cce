"""Stays in segments begun and ended by what the rows of features tell, all in one look; it asks no event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Text,
    and_,
    column,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler.conditions import condition_sql
from journey_engine.language.conditions import Condition
from journey_engine.language.mentions import told_of
from journey_engine.language.project import Project
from journey_engine.lifecycle import feature_writing
from journey_engine.lifecycle.features import Kept
from journey_engine.members.members import ARRIVED
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import segment_members

_CREATE = text("create temp table stay_moves (member_id bigint, place tid, segment text, is_in boolean) on commit drop")
_OPEN = literal_column("'infinity'::timestamptz", INSTANT)
_MOVES = table(
    "stay_moves",
    column("member_id", BigInteger),
    column("place"),  # of her row of features
    column("segment", Text),
    column("is_in", Boolean),
)


def renew(
    connection: Connection,
    project: Project,
    kept: Kept,
    rules: Mapping[str, Condition],
    at: datetime,
    run_id: int | None,
) -> dict[str, tuple[int, int, int]]:
    """Begin and end the stays under these names so that they are those for whom the rules hold.

    Returns (joined, left, size) by name. All rules see the stays as they were before.
    """
    connection.execute(_CREATE)
    moves = insert(_MOVES).from_select(["member_id", "place", "segment", "is_in"], _moves(project, kept, rules, at))
    number = connection.execute(moves, execution_options={"preserve_rowcount": True}).rowcount
    if number:
        _raise_flags(connection, kept, rules, kept.are_many(number))
    left = _end(connection, at, run_id)
    joined = _begin(connection, at, run_id)
    _tell(connection, project, list(rules), at)
    connection.execute(text("drop table stay_moves"))
    flags = [kept.wanted.table.c[kept.wanted.flags[name]] for name in rules]
    sizes = connection.execute(select(*(func.count().filter(flag) for flag in flags))).one()
    return {name: (joined.get(name, 0), left.get(name, 0), size) for name, size in zip(rules, sizes, strict=True)}


def _moves(project: Project, kept: Kept, rules: Mapping[str, Condition], at: datetime) -> Any:
    """Who is in a segment now and was not, or the other way round: one look at every row."""
    row, flags = kept.wanted.table, kept.wanted.flags
    when = literal(at, INSTANT)
    told = [
        and_(row.c.is_there, condition_sql(project, rule, row.c.member_id, when, known=kept.row)).label(
            f"now_{flags[name]}"
        )
        for name, rule in rules.items()
    ]
    was = [row.c[flags[name]] for name in rules]
    # `offset 0` keeps the planner from asking each rule again wherever its answer is used.
    judged = select(row.c.member_id, row.c.ctid.label("place"), *was, *told).offset(0).subquery("judged")
    pairs: list[tuple[ColumnElement[Any], ...]] = [
        (literal(name, Text), judged.c[flags[name]], judged.c[f"now_{flags[name]}"]) for name in rules
    ]
    each = values(column("segment", Text), column("was", Boolean), column("is_in", Boolean), name="each").data(pairs)
    differs = or_(*(before != now for _, before, now in pairs))
    apart = each.lateral()
    return (
        select(judged.c.member_id, judged.c.place, apart.c.segment, apart.c.is_in)
        .select_from(judged.join(apart, true()))
        .where(differs, apart.c.was != apart.c.is_in)
    )


def _raise_flags(connection: Connection, kept: Kept, rules: Mapping[str, Condition], many: bool) -> None:
    row = kept.wanted.table
    flags = {kept.wanted.flags[name]: name for name in rules}
    told = [func.bool_or(_MOVES.c.is_in).filter(_MOVES.c.segment == name).label(flag) for flag, name in flags.items()]
    # Where few rows change they are not looked for: none has changed its place since it was judged.
    who = _MOVES.c.member_id if many else _MOVES.c.place
    new = select(who, *told).group_by(who).subquery("new")
    given = {flag: func.coalesce(new.c[flag], row.c[flag]) for flag in flags}
    feature_writing.change(connection, row, new, given, many)


def _end(connection: Connection, at: datetime, run_id: int | None) -> dict[str, int]:
    stays, hers = segment_members, segment_members.alias("hers")
    own = and_(hers.c.member_id == _MOVES.c.member_id, hers.c.segment == _MOVES.c.segment, hers.c.left_at.is_(None))
    # Each stay is looked up: who goes is a few, and all stays would be read to be joined.
    one = select(hers.c.id).where(own).scalar_subquery()
    ended = func.array(select(one).where(~_MOVES.c.is_in).scalar_subquery(), type_=ARRAY(BigInteger))
    gone = (
        update(stays)
        # By its number alone: with the index of those present, too, Postgres reads that index whole.
        .where(stays.c.id == func.any(ended), func.coalesce(stays.c.left_at, _OPEN) == _OPEN)
        .values(left_at=at, left_run=run_id, arrived=ARRIVED)
        .returning(stays.c.segment)
        .cte("gone")
    )
    counted = select(gone.c.segment, func.count()).group_by(gone.c.segment)
    return dict(connection.execute(counted).tuples().all())


def _begin(connection: Connection, at: datetime, run_id: int | None) -> dict[str, int]:
    stays = segment_members
    new = select(_MOVES.c.segment, _MOVES.c.member_id, literal(at, INSTANT), literal(run_id, BigInteger))
    rows = new.where(_MOVES.c.is_in).order_by(_MOVES.c.segment, _MOVES.c.member_id)
    begun = upsert(stays).from_select(["segment", "member_id", "joined_at", "joined_run"], rows)
    once = begun.on_conflict_do_nothing(index_elements=["segment", "member_id"], index_where=stays.c.left_at.is_(None))
    came = once.returning(stays.c.segment).cte("came")
    counted = select(came.c.segment, func.count()).group_by(came.c.segment)
    return dict(connection.execute(counted).tuples().all())


def _tell(connection: Connection, project: Project, names: list[str], at: datetime) -> None:
    """An event for each who came or left, where something in the project asks for it."""
    for event, is_in in (("joined_segment", True), ("left_segment", False)):
        told = told_of(project, event, names)
        if told:
            rows = select(_MOVES.c.member_id, literal(event), literal(at, INSTANT), _MOVES.c.segment, literal("engine"))
            moved = rows.where(_MOVES.c.is_in == is_in, _MOVES.c.segment.in_(told)).order_by(_MOVES.c.member_id)
            connection.execute(insert(events).from_select(["member_id", "name", "at", "of", "source"], moved))

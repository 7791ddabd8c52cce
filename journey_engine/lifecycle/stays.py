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
    Select,
    TableClause,
    Text,
    and_,
    case,
    column,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.told_from_features import Row
from journey_engine.language.conditions import Condition
from journey_engine.language.mentions import told_of
from journey_engine.language.project import Project
from journey_engine.lifecycle import feature_writing
from journey_engine.lifecycle.features import Kept
from journey_engine.members.members import ARRIVED
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import segment_members

_OPEN = literal_column("'infinity'::timestamptz", INSTANT)
Judged = tuple[Condition, Row]  # a rule, and the features that it is told from as of an instant
_CREATE = text("create temp table stay_moves (member_id bigint, segment text, is_in boolean) on commit drop")
_MOVES = table("stay_moves", column("member_id", BigInteger), column("segment", Text), column("is_in", Boolean))


def renew(
    connection: Connection,
    project: Project,
    kept: Kept,
    rules: Mapping[str, Judged],
    run_id: int | None,
) -> dict[str, tuple[int, int, int]]:
    """Begin and end the stays under these names so that they are those for whom the rules hold, each at its instant.

    Returns (joined, left, size) by name. All rules see the stays as they were before.
    """
    turned = _judge(connection, project, kept, rules)
    joined, left = dict[str, int](), dict[str, int]()
    instants: dict[datetime, list[str]] = {}
    for name, (_, row) in rules.items():
        instants.setdefault(row.instant.at, []).append(name)
    for at, names in instants.items():
        connection.execute(_CREATE)
        moves = [
            select(turned.c.member_id, literal(name, Text), is_in).where(is_in.is_not(None))
            for name, is_in in ((name, turned.c[kept.wanted.flags[name]]) for name in names)
        ]
        connection.execute(insert(_MOVES).from_select(["member_id", "segment", "is_in"], union_all(*moves)))
        left |= _end(connection, at, run_id)
        joined |= _begin(connection, at, run_id)
        _tell(connection, project, names, at)
        connection.execute(text("drop table stay_moves"))
    connection.execute(text("drop table stays_turned"))
    flags = [kept.wanted.table.c[kept.wanted.flags[name]] for name in rules]
    sizes = connection.execute(select(*(func.count().filter(flag) for flag in flags))).one()
    return {name: (joined.get(name, 0), left.get(name, 0), size) for name, size in zip(rules, sizes, strict=True)}


def _judge(connection: Connection, project: Project, kept: Kept, rules: Mapping[str, Judged]) -> TableClause:
    """A row for everyone who is in a segment now and was not, or the other way round, with what became of each flag
    (null: nothing): one look at every row of features, whose flags are as the rules say afterwards.
    """
    flags = [kept.wanted.flags[name] for name in rules]
    turned = table(
        "stays_turned",
        column("member_id", BigInteger),
        column("place"),  # of her row of features
        *(column(flag, Boolean) for flag in flags),
    )
    columns = ", ".join(f"{flag} boolean" for flag in flags)
    connection.execute(text(f"create temp table stays_turned (member_id bigint, place tid, {columns}) on commit drop"))
    rows = insert(turned).from_select([one.name for one in turned.c], _turned(project, kept, rules))
    number = connection.execute(rows, execution_options={"preserve_rowcount": True}).rowcount
    if number:
        row, many = kept.wanted.table, kept.are_many(number)
        # Said to be once each, few are taken by their places: none has changed its own since it was judged.
        new = (select(turned) if many else select(turned).distinct(turned.c.place)).subquery("new")
        given = {flag: func.coalesce(new.c[flag], row.c[flag]) for flag in flags}
        feature_writing.change(connection, row, new, given, many)
    return turned


def _turned(project: Project, kept: Kept, rules: Mapping[str, Judged]) -> Select[Any]:
    row = kept.wanted.table
    flags = {kept.wanted.flags[name]: judged for name, judged in rules.items()}
    told: list[ColumnElement[bool]] = []
    for flag, (rule, known) in flags.items():
        when = literal(known.instant.at, INSTANT)
        holds = condition_sql(project, rule, row.c.member_id, when, known=known)
        told.append(and_(row.c.is_there, holds).label(f"now_{flag}"))
    was = [row.c[flag] for flag in flags]
    # `offset 0` keeps the planner from asking each rule again wherever its answer is used.
    judged = select(row.c.member_id, row.c.ctid.label("place"), *was, *told).offset(0).subquery("judged").c
    differs = {flag: judged[flag] != judged[f"now_{flag}"] for flag in flags}
    became = [case((is_other, judged[f"now_{flag}"])) for flag, is_other in differs.items()]
    return select(judged.member_id, judged.place, *became).where(or_(*differs.values()))


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

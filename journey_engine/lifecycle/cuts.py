"""The cut points of ranks, kept for every instant a refresh stood for; whose rank it is, nobody asks here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Numeric,
    Select,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)

from journey_engine.compiler.ranks import Ranking, cut_points, cuts_of_counted, ranking
from journey_engine.compiler.told_from_features import Row
from journey_engine.language.conditions import Rank
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import features, refreshes
from journey_engine.lifecycle.feature_sets import Feeds
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.ranks import cuts


def refresh(connection: Connection, project: Project, now: datetime, run_id: int | None = None) -> None:
    """The cuts of all ranks that journeys ask about, as of now or as far as the data of each reaches."""
    reached: dict[Feeds, datetime] = {}
    due: dict[Feeds, list[Rank]] = {}
    for rank in ranks_in(*project.journeys.values()):
        feeds, at = refreshes.feeds_of(project, [rank]), refreshes.instant_for(connection, project, [rank], now)
        if at is not None and not _is_kept(connection, ranking(project, rank), at):
            reached[feeds] = at
            due.setdefault(feeds, []).append(rank)
    kept = features.bring(connection, project, reached)
    for feeds, ranks in due.items():
        keep(connection, project, ranks, reached[feeds], run_id, kept and kept.rows.get(feeds))


def keep(
    connection: Connection,
    project: Project,
    ranks: Iterable[Rank],
    at: datetime,
    run_id: int | None = None,
    row: Row | None = None,
) -> None:
    """Work out the cuts of these ranks as of an instant, in the caller's transaction; what is kept for it stays.

    `row`: the features as of that instant, from which they are told if they can be.
    """
    due = {ranked: rank for rank in ranks if not _is_kept(connection, ranked := ranking(project, rank), at)}
    told = {ranked: rank for ranked, rank in due.items() if row is not None and row.tells(rank)}
    written = [[(ranked, cut_points(project, ranked, literal(at, INSTANT)))] for ranked in due if ranked not in told]
    if row is not None and told:
        written.append(_points_told(row, told))
    for together in written:
        rows = union_all(*(_row(ranked, points, at, run_id) for ranked, points in together))
        connection.execute(insert(cuts).from_select(["rank", "as_of", "cuts", "members", "run_id"], rows))


def _is_kept(connection: Connection, ranked: Ranking, at: datetime) -> bool:
    there = exists(select(literal(1)).where(cuts.c.rank == ranked.rank, cuts.c.as_of == at))
    return connection.execute(select(there)).scalar_one()


def _row(ranked: Ranking, points: Select[Any], at: datetime, run_id: int | None) -> Select[Any]:
    found = points.subquery("points")
    row: tuple[Any, ...] = (literal(ranked.rank), literal(at, INSTANT), found.c.cuts, found.c.members)
    return select(*row, literal(run_id, cuts.c.run_id.type))


def _points_told(row: Row, told: Mapping[Ranking, Rank]) -> list[tuple[Ranking, Select[Any]]]:
    """The cut points of all of these from one look at the features, in which each value is counted by itself."""
    values = [row.ranked(rank).label(f"value{number}") for number, rank in enumerate(told.values())]
    # `offset 0` keeps the planner from working each value out again wherever it is used.
    valued = select(*values).where(row.table.c.is_there).offset(0).subquery("valued")
    which = func.grouping(*valued.c).label("which")
    numbers: list[ColumnElement[Any]] = [cast(each, Numeric(asdecimal=True)) for each in valued.c]
    value = func.coalesce(*numbers).label("value")
    some = or_(*(each.is_not(None) for each in valued.c))  # who has no value is ranked by none
    counted = select(which, value, func.count().label("many")).where(some).group_by(func.grouping_sets(*valued.c))
    counted = counted.cte("counted")
    found: list[tuple[Ranking, Select[Any]]] = []
    for number, ranked in enumerate(told):
        # The bits of those it is not grouped by, the first one's the highest.
        bits = 2 ** len(told) - 1 - 2 ** (len(told) - 1 - number)
        own = select(counted.c.value, counted.c.many).where(counted.c.which == bits, counted.c.value.is_not(None))
        found.append((ranked, cuts_of_counted(own.subquery(f"counted{number}"), ranked.shares)))
    return found

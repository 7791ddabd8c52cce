"""The cut points of ranks, kept for every instant a refresh stood for; whose rank it is, nobody asks here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, insert, literal, select

from journey_engine.compiler.ranks import Ranking, cut_points, cuts_of, ranking
from journey_engine.language.conditions import Rank
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import features, refreshes
from journey_engine.lifecycle.features import Kept
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.ranks import cuts


def refresh(connection: Connection, project: Project, now: datetime, run_id: int | None = None) -> None:
    """The cuts of all ranks that journeys ask about, as of now or as far as the data of each reaches."""
    for rank in ranks_in(*project.journeys.values()):
        at = refreshes.instant_for(connection, project, [rank], now)
        if at is not None and not _is_kept(connection, ranking(project, rank), at):
            kept = features.bring(connection, project, refreshes.feeds_of(project, [rank]), at)
            keep(connection, project, [rank], at, run_id, kept)


def keep(
    connection: Connection,
    project: Project,
    ranks: Iterable[Rank],
    at: datetime,
    run_id: int | None = None,
    kept: Kept | None = None,
) -> None:
    """Work out the cuts of these ranks as of an instant, in the caller's transaction; what is kept for it stays.

    `kept`: the features as of that instant, from which they are told if they can be.
    """
    for rank in ranks:
        ranked = ranking(project, rank)
        if _is_kept(connection, ranked, at):
            continue
        points = _points(project, rank, ranked, at, kept).subquery("points")
        row: tuple[Any, ...] = (literal(ranked.rank), literal(at, INSTANT), points.c.cuts, points.c.members)
        names = ["rank", "as_of", "cuts", "members", "run_id"]
        connection.execute(insert(cuts).from_select(names, select(*row, literal(run_id, cuts.c.run_id.type))))


def _is_kept(connection: Connection, ranked: Ranking, at: datetime) -> bool:
    there = exists(select(literal(1)).where(cuts.c.rank == ranked.rank, cuts.c.as_of == at))
    return connection.execute(select(there)).scalar_one()


def _points(project: Project, rank: Rank, ranked: Ranking, at: datetime, kept: Kept | None) -> Select[Any]:
    if kept is None or not kept.row.tells(rank):
        return cut_points(project, ranked, literal(at, INSTANT))
    row = kept.wanted.table
    value = kept.row.ranked(rank).label("value")
    # `offset 0` keeps the planner from working each value out again wherever it is used.
    return cuts_of(select(row.c.member_id, value).where(row.c.is_there).offset(0).cte("taken"), ranked.shares)

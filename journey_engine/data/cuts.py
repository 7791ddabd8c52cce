"""The cut points of ranks, kept for every instant a refresh stood for; whose rank it is, nobody asks here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, insert, literal, select

from journey_engine.compiler.ranks import cut_points, ranking
from journey_engine.data import refreshes
from journey_engine.language.conditions import Rank
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.ranks import cuts


def refresh(connection: Connection, project: Project, now: datetime, run_id: int | None = None) -> None:
    """The cuts of all ranks that journeys ask about, as of now or as far as the data of each reaches."""
    for rank in ranks_in(*project.journeys.values()):
        at = refreshes.instant_for(connection, project, [rank], now)
        if at is not None:
            keep(connection, project, [rank], at, run_id)


def keep(
    connection: Connection, project: Project, ranks: Iterable[Rank], at: datetime, run_id: int | None = None
) -> None:
    """Work out the cuts of these ranks as of an instant, in the caller's transaction; what is kept for it stays."""
    for rank in ranks:
        ranked = ranking(project, rank)
        kept = exists(select(literal(1)).where(cuts.c.rank == ranked.rank, cuts.c.as_of == at))
        if connection.execute(select(kept)).scalar_one():
            continue
        points = cut_points(project, ranked, literal(at, INSTANT)).subquery("points")
        row: tuple[Any, ...] = (literal(ranked.rank), literal(at, INSTANT), points.c.cuts, points.c.members)
        names = ["rank", "as_of", "cuts", "members", "run_id"]
        connection.execute(insert(cuts).from_select(names, select(*row, literal(run_id, cuts.c.run_id.type))))

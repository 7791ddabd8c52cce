"""Recency, frequency and money in fifths, as schema.yaml's `rfm` has them: how many members are in each cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Select, cast, func, literal, select, true

from journey_engine.compiler.ranks import RfmPart, cuts_of, ranked_values, rfm_ranking
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.language.schema import RfmKind
from journey_engine.measures.buying import bought_event, covered_to
from journey_engine.store.tables.metadata import INSTANT

_PARTS: tuple[RfmPart, ...] = ("recency", "frequency", "monetary")
_A_YEAR = Duration(12, "month")


@dataclass(frozen=True, slots=True)
class Cell:
    """Members with these scores (1 to 5, 5 the best), what they spent and how often they bought in the window."""

    recency: int
    frequency: int
    monetary: int
    members: int
    purchases: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Rfm:
    """The cells with anybody in them. `is_declared`: by the schema's own `rfm`; else the purchases of 12 months."""

    event: str
    within: str
    as_of: datetime
    is_declared: bool
    cells: tuple[Cell, ...]

    @property
    def members(self) -> int:
        """All who bought in the window."""
        return sum(cell.members for cell in self.cells)

    def grid(self) -> dict[tuple[int, int], int]:
        """Members by (recency, frequency)."""
        found: dict[tuple[int, int], int] = {}
        for cell in self.cells:
            place = (cell.recency, cell.frequency)
            found[place] = found.get(place, 0) + cell.members
        return found


def rfm(conn: Connection, project: Project, now: datetime) -> Rfm | None:
    """The scores as of `now`, or of the instant up to which purchases have arrived; None: nothing is a purchase."""
    declared = project.schema_.rfm
    event = bought_event(project)
    if event is None:
        return None
    kind = declared or RfmKind(event=event, within=_A_YEAR)
    at = covered_to(conn, project, now)
    scored = [_scored(project, kind, part, literal(at, INSTANT)) for part in _PARTS]
    cells = tuple(
        Cell(r, f, m, count, made, Decimal(value)) for r, f, m, count, made, value in conn.execute(_cells(*scored))
    )
    return Rfm(event, str(kind.within), at, declared is not None, cells)


def _scored(project: Project, kind: RfmKind, part: RfmPart, at: ColumnElement[Any]) -> CTE:
    """Who has which score: by the very cuts that `rfm recency >= 4` is decided by, as of an instant."""
    ranked = rfm_ranking(kind, part)
    values = ranked_values(project, ranked, at).cte(f"{part}_values")
    points = cuts_of(values, ranked.shares).cte(f"{part}_cuts")
    score = func.width_bucket(values.c.value, points.c.cuts) + 1
    return select(values.c.member_id, values.c.value, score.label("score")).join(points, true()).cte(part)


def _cells(recency: CTE, frequency: CTE, monetary: CTE) -> Select[Any]:
    """Members by their three scores, with their purchases and what they spent."""
    scores = (recency.c.score, frequency.c.score, monetary.c.score)
    return (
        select(*scores, func.count(), cast(func.sum(frequency.c.value), BigInteger), func.sum(monetary.c.value))
        .join(frequency, frequency.c.member_id == recency.c.member_id)
        .join(monetary, monetary.c.member_id == recency.c.member_id)
        .group_by(*scores)
        .order_by(*scores)
    )

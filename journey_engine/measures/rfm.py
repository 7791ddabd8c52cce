"""Recency, frequency and money in fifths, as schema.yaml's `rfm` has them: how many members are in each cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.project import Project


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
    raise NotImplementedError

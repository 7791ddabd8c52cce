"""Who buys again, and how soon: shares with a second purchase in time, and the usual pause between two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures.rates import Rate

DAYS = (30, 60, 90, 180)


@dataclass(frozen=True, slots=True)
class Again:
    """Of members whose first purchase is at least `days` days old: how many bought a second time within them."""

    days: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class Repurchase:
    """`median_days`: days to the second purchase of half of all buyers, by Kaplan and Meier: who has not bought again
    yet counts as long as she was seen; None: fewer than half did. `pause_days`: (quarter, median, three quarters) of
    the days between two purchases in a row; pauses still open are not in it, so it is short of the truth.
    """

    event: str
    covered_to: datetime
    buyers: int
    bought_again: int
    within: tuple[Again, ...]
    median_days: float | None
    median_interval: tuple[float | None, float | None]
    pause_days: tuple[float, float, float] | None


def repurchase(conn: Connection, project: Project, now: datetime, days: tuple[int, ...] = DAYS) -> Repurchase | None:
    """The figures at business `now`; None where no event is a purchase."""
    raise NotImplementedError

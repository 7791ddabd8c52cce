"""Who buys again, and how soon: shares with a second purchase in time, and the usual pause between two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Interval,
    Select,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)

from journey_engine.language.project import Project
from journey_engine.measures import proportions
from journey_engine.measures.buying import bought_event, covered_to, purchases
from journey_engine.measures.rates import Rate, rate
from journey_engine.store.tables.metadata import INSTANT

DAYS = (30, 60, 90, 180)
_A_DAY = 1_440  # minutes


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
    event = bought_event(project)
    if event is None:
        return None
    until = covered_to(conn, project, now)
    followed = _followed(project, until)
    firsts = select(followed.c.at, followed.c.next_at).where(followed.c.place == 1).cte("firsts")
    buyers, again, *counts = conn.execute(_counted(firsts, days, until)).one()
    within = tuple(
        Again(length, rate(*pair))
        for length, pair in zip(days, zip(counts[::2], counts[1::2], strict=True), strict=True)
    )
    median, interval = _median(conn, firsts, until)
    return Repurchase(event, until, buyers, again, within, median, interval, _pauses(conn, followed))


def _followed(project: Project, until: datetime) -> CTE:
    """Each purchase, the how manieth of its member it is, and when the next one was."""
    made = purchases(project, until).subquery("made")
    whose, order = made.c.member_id, (made.c.at, made.c.id)
    place = func.row_number().over(partition_by=whose, order_by=order)
    following = func.lead(made.c.at).over(partition_by=whose, order_by=order)
    return select(made.c.at, place.label("place"), following.label("next_at")).cte("followed")


def _counted(firsts: CTE, days: tuple[int, ...], until: datetime) -> Select[Any]:
    """Buyers, those who bought again, and for each length: who did so in it, and whose length is over."""
    counts: list[ColumnElement[Any]] = [func.count(), func.count(firsts.c.next_at)]
    for length in days:
        ends = firsts.c.at + literal(timedelta(days=length), Interval)
        over = ends <= literal(until, INSTANT)
        counts += [func.count().filter(over, firsts.c.next_at <= ends), func.count().filter(over)]
    return select(*counts)


def _median(conn: Connection, firsts: CTE, until: datetime) -> tuple[float | None, tuple[float | None, float | None]]:
    """Half of all first-time buyers have bought again after so many days, reckoned in whole minutes."""
    seen = func.coalesce(firsts.c.next_at, literal(until, INSTANT)) - firsts.c.at
    minute, came = cast(func.floor(_days(seen) * _A_DAY), Integer), case((firsts.c.next_at.is_not(None), 1), else_=0)
    rows = conn.execute(select(minute, came, func.count()).group_by(minute, came).order_by(minute, came)).all()
    return proportions.median_time([(row[0] / _A_DAY, bool(row[1]), row[2]) for row in rows])


def _pauses(conn: Connection, followed: CTE) -> tuple[float, float, float] | None:
    pause = _days(followed.c.next_at - followed.c.at)
    quarters = [func.percentile_cont(part).within_group(pause) for part in (0.25, 0.5, 0.75)]
    low, middle, high = conn.execute(select(*quarters).where(followed.c.next_at.is_not(None))).one()
    return None if middle is None else (float(low), float(middle), float(high))


def _days(length: ColumnElement[Any]) -> ColumnElement[Any]:
    seconds: ColumnElement[Any] = cast(extract("epoch", length), Double)
    return seconds / 86_400

"""What members were worth so far, and what they will be by a model whose own error is told beside it; it only reads.

The model (`projecting.py`) says how many more days a member will buy on and what such a day is worth. Its error is what
it says of days that were held back from it, beside that of the plainest guess: that everybody spends on as she did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Date, Double, Text, case, cast, func, literal, select

from journey_engine.language.project import Project
from journey_engine.measures import projecting
from journey_engine.measures.buying import bought_event, covered_to, purchases
from journey_engine.measures.projecting import Histories, Model
from journey_engine.measures.spans import midnight

SAMPLE = 20_000  # members the model is fitted to and tested on; more make it no better, and take long
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Tested:
    """The model fitted without the last `days` days, against what then came in them; values are money a member.

    `mae`: mean absolute error a member, `bias`: mean of projected minus actual. `naive_mae`: of saying that everybody
    spends on as she did. A model whose error is not below it is not worth its trouble, and a report says so.
    """

    days: int
    members: int
    projected: float
    actual: float
    mae: float
    bias: float
    naive_mae: float


@dataclass(frozen=True, slots=True)
class Value:
    """One cohort (or all: month None): realised value, what is projected for the next `days` days, and who is left.

    `still_buying`: the sum of the model's probabilities that a member has not stopped.
    """

    month: date | None
    members: int
    purchases: int
    realised: Decimal
    projected: float | None
    still_buying: float | None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """All up to `covered_to`, the last local midnight by which everything had arrived. `model` and `tested` None: too
    few bought again to fit or test one; without a model nothing is projected."""

    event: str
    covered_to: datetime
    days: int
    model: Model | None
    tested: Tested | None
    everybody: Value
    cohorts: tuple[Value, ...]


def lifetime(
    conn: Connection, project: Project, now: datetime, days: int = 365, held_back: int = 90
) -> Lifetime | None:
    """Realised and projected value at business `now`, tested on the last `held_back` days; None: nothing is a
    purchase."""
    event = bought_event(project)
    if event is None:
        return None
    zone = project.policy.zone
    until = covered_to(conn, project, now)
    today = until.astimezone(ZoneInfo(zone)).date()
    bought_on = _days(project, until, today)
    model = projecting.fit(Histories.of(_sample(conn, bought_on, today)))
    tested = _tested(conn, bought_on, today - timedelta(days=held_back), today) if model else None
    cohorts = _cohorts(conn, bought_on, today, model, days)
    return Lifetime(event, midnight(today, zone), days, model, tested, _together(cohorts), cohorts)


def _days(project: Project, until: datetime, today: date) -> CTE:
    """Each member's days with purchases, today's left out: how many there were and what they came to."""
    made = purchases(project, until).subquery("made")
    counts = (func.count().label("purchases"), func.sum(made.c.value).label("value"))
    whole = select(made.c.member_id, made.c.day, *counts).where(made.c.day < literal(today, Date))
    return whole.group_by(made.c.member_id, made.c.day).cte("bought_on")


def _history(bought_on: CTE, upto: date) -> tuple[Any, ...]:
    """again, last, seen and worth of the days before `upto`, as aggregates over a member's days."""
    before = bought_on.c.day < literal(upto, Date)
    first = func.min(bought_on.c.day)
    count, value = func.count().filter(before), func.sum(bought_on.c.value).filter(before)
    worth: ColumnElement[Any] = cast(value / func.nullif(count, 0), Double)
    again, last = (count - 1).label("again"), (func.max(bought_on.c.day).filter(before) - first).label("last")
    return again, last, (literal(upto, Date) - first).label("seen"), worth.label("worth")


def _sample(conn: Connection, bought_on: CTE, upto: date, *more: Any) -> list[tuple[float, ...]]:
    """Histories before `upto` of members drawn alike for ever, each of one member, and what else is asked of them."""
    whose = bought_on.c.member_id
    drawn = func.md5(cast(whose, Text))
    rows = (
        select(*_history(bought_on, upto), literal(1), *more)
        .group_by(whose)
        .having(func.min(bought_on.c.day) < literal(upto, Date))
        .order_by(drawn)
        .limit(SAMPLE)
    )
    return [tuple(float(value) for value in row) for row in conn.execute(rows)]


def _tested(conn: Connection, bought_on: CTE, cut: date, today: date) -> Tested | None:
    """What a model that knows nothing from `cut` on says of the days since, member by member."""
    import numpy as np

    came = func.coalesce(func.sum(case((bought_on.c.day >= literal(cut, Date), bought_on.c.value))), 0)
    rows = _sample(conn, bought_on, cut, came)
    told = Histories.of([row[:5] for row in rows])
    model = projecting.fit(told)
    if model is None:
        return None
    days = (today - cut).days
    actual = np.array([row[5] for row in rows])
    said = projecting.purchases_ahead(model, told, days) * projecting.worth_each(model, told)
    # Of those seen for less than a week, as if it had been one: a single day says nothing of a rate.
    naive = told.worth * (told.again + 1) / np.maximum(told.seen, _WEEK) * days
    mean = [float(np.mean(each)) for each in (said, actual, abs(said - actual), said - actual, abs(naive - actual))]
    return Tested(days, len(rows), *mean)


def _cohorts(conn: Connection, bought_on: CTE, today: date, model: Model | None, days: int) -> tuple[Value, ...]:
    """By month of the first purchase. Members of one history are one row: what is projected is linear in `worth`."""
    totals = (func.sum(bought_on.c.purchases).label("purchases"), func.sum(bought_on.c.value).label("value"))
    month = cast(func.date_trunc("month", func.min(bought_on.c.day)), Date).label("month")
    each = select(month, *_history(bought_on, today), *totals).group_by(bought_on.c.member_id).subquery("each")
    same = (each.c.month, each.c.again, each.c.last, each.c.seen)
    counts = (func.avg(each.c.worth), func.count(), cast(func.sum(each.c.purchases), BigInteger))
    rows = conn.execute(select(*same, *counts, func.sum(each.c.value)).group_by(*same).order_by(*same)).all()
    told = Histories.of([tuple(float(value) for value in row[1:6]) for row in rows])
    found: dict[date, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(row[0], []).append(place)
    each_ahead, each_left = _ahead(model, told, days) if model else (None, None)
    return tuple(
        Value(
            first,
            sum(rows[place][5] for place in places),
            sum(rows[place][6] for place in places),
            sum((Decimal(rows[place][7]) for place in places), Decimal(0)),
            None if each_ahead is None else float(each_ahead[places].sum()),
            None if each_left is None else float(each_left[places].sum()),
        )
        for first, places in found.items()
    )


def _ahead(model: Model, told: Histories, days: int) -> tuple[Any, Any]:
    """Money in the next days and members who have not stopped, of all members of each history."""
    worth = projecting.purchases_ahead(model, told, days) * projecting.worth_each(model, told)
    return worth * told.members, projecting.still_buying(model, told) * told.members


def _together(cohorts: tuple[Value, ...]) -> Value:
    projected = [each.projected for each in cohorts if each.projected is not None]
    left = [each.still_buying for each in cohorts if each.still_buying is not None]
    return Value(
        None,
        sum(each.members for each in cohorts),
        sum(each.purchases for each in cohorts),
        sum((each.realised for each in cohorts), Decimal(0)),
        sum(projected) if projected else None,
        sum(left) if left else None,
    )

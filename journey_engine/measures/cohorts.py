"""Retention by cohort: of those whose first purchase was in a month, who bought again so many months later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Date, func, literal, select

from journey_engine.language.project import Project
from journey_engine.measures.buying import bought_event, last_whole, monthly


@dataclass(frozen=True, slots=True)
class Cohort:
    """The members whose first purchase lies in local `month`; by months since it, from 0, as far as it is whole.

    `active[k]`: how many of them bought in the k-th month after; `value[k]`: what they spent in it.
    """

    month: date
    members: int
    active: tuple[int, ...]
    value: tuple[Decimal, ...]

    @property
    def retention(self) -> tuple[float, ...]:
        """The share of the cohort that bought, by months since."""
        return tuple(count / self.members for count in self.active)

    @property
    def spent_each(self) -> tuple[Decimal, ...]:
        """What a member of the cohort had spent in all, up to the end of each month since (realised value)."""
        totals = [sum(self.value[: upto + 1], Decimal(0)) for upto in range(len(self.value))]
        return tuple(total / self.members for total in totals)


@dataclass(frozen=True, slots=True)
class Cohorts:
    """All cohorts up to the last month that is whole, oldest first; `through`: that month, None of none."""

    event: str
    through: date | None
    cohorts: tuple[Cohort, ...]


def cohorts(conn: Connection, project: Project, now: datetime) -> Cohorts | None:
    """The cohorts at business `now`; None where no event is a purchase. Erased and merged members are not counted."""
    event = bought_event(project)
    if event is None:
        return None
    whole = last_whole(conn, project, now)
    found: dict[date, dict[date, tuple[int, Decimal]]] = {}
    for first, month, members, value in _counted(conn, project, now, whole):
        found.setdefault(first, {})[month] = (members, Decimal(value))
    if not found:
        return Cohorts(event, None, ())
    through = max(month for by_month in found.values() for month in by_month)
    return Cohorts(event, through, tuple(_cohort(first, found[first], through) for first in sorted(found)))


def _counted(conn: Connection, project: Project, now: datetime, through: date) -> list[tuple[date, date, int, Decimal]]:
    """By month of the first purchase and month of a purchase: members and value."""
    each = monthly(project, now)
    both = (each.c.first, each.c.month)
    counted = select(*both, func.count(), func.sum(each.c.value)).where(each.c.month <= literal(through, Date))
    return [(row[0], row[1], row[2], row[3]) for row in conn.execute(counted.group_by(*both))]


def _cohort(first: date, by_month: dict[date, tuple[int, Decimal]], through: date) -> Cohort:
    """One cohort with every month up to `through`, those in which nobody bought among them."""
    months = 1 + (through.year - first.year) * 12 + through.month - first.month
    found = {(month.year - first.year) * 12 + month.month - first.month: each for month, each in by_month.items()}
    each = [found.get(since, (0, Decimal(0))) for since in range(months)]
    return Cohort(first, each[0][0], tuple(count for count, _ in each), tuple(value for _, value in each))

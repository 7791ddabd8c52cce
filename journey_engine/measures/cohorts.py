"""Retention by cohort: of those whose first purchase was in a month, who bought again so many months later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.project import Project


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
    raise NotImplementedError

"""What was bought by local month, from the event the brand counts as a purchase; zones are the business zone's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures.spans import Span


@dataclass(frozen=True, slots=True)
class Bought:
    """Purchases of a span or month: how many, by how many members, by how many for the first time ever, and worth."""

    purchases: int
    buyers: int
    new_buyers: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """One local month from its first day; `is_whole`: it is over, and all its purchases have arrived."""

    month: date
    bought: Bought
    is_whole: bool


def bought_event(project: Project) -> str | None:
    """The event that is a purchase: what `rfm` counts, else the first with money and a key of its own; None: none."""
    raise NotImplementedError


def covered_to(conn: Connection, project: Project, now: datetime) -> datetime:
    """Up to when all purchases have arrived: `now` at most."""
    raise NotImplementedError


def by_month(conn: Connection, project: Project, now: datetime) -> tuple[Month, ...]:
    """Every month from the first purchase to the last at or before `now`; months without one are there, empty."""
    raise NotImplementedError


def bought(conn: Connection, project: Project, within: Span, now: datetime) -> Bought:
    """The purchases of a span, as far as they are not after `now`."""
    raise NotImplementedError

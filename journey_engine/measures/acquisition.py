"""What a new friend cost by where she came from, against a buyer who was brought back; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures.spans import Span


@dataclass(frozen=True, slots=True)
class Friends:
    """One source in a span (`source` empty: nobody knows where from): its part of the declared spend, the friends it
    brought, how many of them have bought since. Costs are None where nothing was declared, or there is nobody."""

    source: str
    title: str
    spend: Decimal | None
    friends: int
    buyers: int
    per_friend: Decimal | None
    per_buyer: Decimal | None


@dataclass(frozen=True, slots=True)
class Kept:
    """One journey that keeps members: what it spent, and on each member who would not have come back without it.

    `extra`: the goals its lift comes to; None while that cannot be read. `per_extra` None, too, where the interval of
    the lift holds zero: then nobody knows that it brought anybody back.
    """

    journey: str
    cost: Decimal | None
    goals: int
    per_goal: Decimal | None
    extra: float | None
    per_extra: Decimal | None


@dataclass(frozen=True, slots=True)
class Acquisition:
    """New friends by source, all of them together, and the journeys that keep members beside them."""

    currency: str
    sources: tuple[Friends, ...]
    all: Friends
    kept: tuple[Kept, ...]


def acquisition(conn: Connection, project: Project, now: datetime, within: Span) -> Acquisition:
    """New friends of the span and their cost, and the journeys of stages retain, dormant and lost."""
    raise NotImplementedError

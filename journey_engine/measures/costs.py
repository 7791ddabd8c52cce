"""What journeys spent: messages at what they came to, coupons given and used, and the cost of a goal; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures.spans import Span


@dataclass(frozen=True, slots=True)
class MonthCost:
    """A local month's messages that count, all journeys and answers together, and what they cost; None: no prices.

    `each`: what one message came to that month: the plan and what was bought beyond it, by what was sent.
    """

    month: date
    messages: int
    cost: Decimal | None
    each: Decimal | None


@dataclass(frozen=True, slots=True)
class JourneyCost:
    """One journey in a span. A bundle of messages to one member counts once, shared by the journeys in it.

    `cost` None: the policy has no prices. `goals`: visits that reached the goal in the span, without the held out;
    `per_goal` None of none. Coupons are counted, not priced: no file says what one is worth.
    """

    journey: str
    messages: Decimal
    cost: Decimal | None
    coupons_given: int
    coupons_redeemed: int
    goals: int
    per_goal: Decimal | None
    currency: str


def month_costs(conn: Connection, project: Project, within: Span) -> tuple[MonthCost, ...]:
    """What each month of the span cost by the policy's prices of today."""
    raise NotImplementedError


def costs(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[JourneyCost, ...]:
    """What each journey spent in the span, in the project's order."""
    raise NotImplementedError

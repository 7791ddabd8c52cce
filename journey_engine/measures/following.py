"""Of members to whom one thing happened, how many did another within a time: response and upselling; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.conditions import EventQuery
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.measures.rates import Rate
from journey_engine.measures.spans import Span


@dataclass(frozen=True, slots=True)
class Response:
    """One message in a span: members LINE accepted it for, and of them who tapped it, who used its coupon, who bought
    within `days` days after their first one. Each rate is of those whose days are over and covered."""

    message: str
    sent: int
    tapped: Rate
    redeemed: Rate | None  # None: the message carries no coupon
    bought: Rate


@dataclass(frozen=True, slots=True)
class Upsell:
    """One rule: members who did the first thing, how often the second followed in time, and what it was worth.

    `rule`: its name in the policy, or the journey whose goal it is. `open`: whose time is not over.
    """

    rule: str
    title: str
    is_goal: bool
    upsold: Rate
    still_open: int
    value: Decimal | None


def followed(
    conn: Connection,
    project: Project,
    first: EventQuery,
    then: EventQuery,
    length: Duration,
    now: datetime,
    within: Span | None = None,
) -> tuple[Rate, int]:
    """Of members with `first` in the span, whose `length` after their first one is over and covered, how many did
    `then` in it; and how many are still open."""
    raise NotImplementedError


def responses(conn: Connection, project: Project, now: datetime, within: Span, days: int = 7) -> tuple[Response, ...]:
    """Every message that was sent in the span, by name."""
    raise NotImplementedError


def upsells(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[Upsell, ...]:
    """The policy's `upsell` rules, then the goals of the journeys of stage `grow` (and of those called upsell)."""
    raise NotImplementedError

"""Scores from behaviour: the points that events give, how they fade and where they end; it counts no event."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from journey_engine.language.written import Definition, DurationField, EventField


class Gives(Definition):
    """The points one event gives (below 0: takes); `at_most`: what all of them together come to at most, either way."""

    on: EventField
    points: Decimal
    at_most: Decimal | None = Field(default=None, gt=0)


class ScoreKind(Definition):
    """One score: its rules, `half_life` in days or weeks (none: points stay), and the `cap` it ends at."""

    title: str = ""
    gives: tuple[Gives, ...] = Field(min_length=1)
    half_life: DurationField | None = None
    cap: Decimal | None = Field(default=None, gt=0)

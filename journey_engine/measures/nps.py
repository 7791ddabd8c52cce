"""Answers to surveys as figures: NPS and CSAT with their intervals, by month and by segment; it asks nobody.

An answer is an event `answer` of a survey with its question, kind and score. Each member counts once in what is told:
by her last answer of that time. A score outside the scale is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures.proportions import Interval
from journey_engine.measures.rates import Rate
from journey_engine.measures.spans import Span


@dataclass(frozen=True, slots=True)
class Nps:
    """Promoters 9 and 10, passives 7 and 8, detractors 0 to 6; `nps` from -100 to 100 with its 95 % interval."""

    promoters: int
    passives: int
    detractors: int
    nps: float | None
    interval: Interval | None

    @property
    def answers(self) -> int:
        """Members with an answer."""
        return self.promoters + self.passives + self.detractors


@dataclass(frozen=True, slots=True)
class Csat:
    """Answers from 1 to 5: the mean, how many gave each, and the share of 4 and 5 with its interval."""

    scores: tuple[int, int, int, int, int]
    mean: float | None
    satisfied: Rate


@dataclass(frozen=True, slots=True)
class Part:
    """The figure of a part of the members: of those who answered in a month, or who are in a segment or stage now."""

    name: str
    figure: Nps | Csat


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one survey in a span, in all and by parts."""

    survey: str
    question: str
    kind: Literal["nps", "csat"]
    figure: Nps | Csat
    months: tuple[Part, ...]
    segments: tuple[Part, ...]
    stages: tuple[Part, ...]


def asked(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[Asked, ...]:
    """Every NPS and CSAT question with an answer in the span, by survey and question."""
    raise NotImplementedError

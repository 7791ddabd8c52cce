"""Whether lots fall as their shares say: the holdout of each journey and the arms of each experiment; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.measures.experiments import BROKEN


@dataclass(frozen=True, slots=True)
class Drawn:
    """One group of a lot: the members its share would come to, and those who are in it."""

    name: str
    expected: float
    members: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """One lot; `step` None: the holdout. `p` by chi-square; None: too few to say."""

    journey: str
    step: str | None
    drawn: tuple[Drawn, ...]
    p: float | None

    @property
    def is_broken(self) -> bool:
        """Whether something but chance decides who falls where, so that nothing can be read from it."""
        return self.p is not None and self.p < BROKEN


def ratio(conn: Connection, project: Project, journey: str) -> Ratio | None:
    """The holdout of a journey against its shares as they were applied; None: it holds nobody out."""
    raise NotImplementedError


def ratios(conn: Connection, project: Project, now: datetime) -> tuple[Ratio, ...]:
    """Every journey's holdout and every experiment."""
    raise NotImplementedError


def warnings(found: tuple[Ratio, ...]) -> tuple[Words, ...]:
    """A sentence for each that is broken."""
    raise NotImplementedError

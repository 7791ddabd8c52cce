"""What a journey changed: its goal among those let in against those held out by lot; it writes nothing.

Each member counts once, by her first visit of the span, in the group the lot put her in, whatever became of the visit
(intention to treat). She counts when her goal's time is over and the events it asks about have arrived, and not before:
those still open are told beside it, so that nobody reads a difference which time alone will change.
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

# no goal, no holdout: the journey has none. empty: nobody came in. early: nobody's time is over in one of the groups.
State = Literal["no goal", "no holdout", "empty", "early", "read"]


@dataclass(frozen=True, slots=True)
class Lift:
    """Shares who reached the goal. Differences are of the treated over the held out.

    `difference` is absolute (0.05: five points), `relative` in parts of the holdout's share (0.2: a fifth more; None
    where nobody held out reached it). `extra_goals`: the treated times the difference. `detectable`: the smallest
    absolute difference that so many members show in 4 of 5 trials at 5 %. `is_small`: too few to conclude from.
    """

    journey: str
    state: State
    treated: Rate
    held_out: Rate
    still_open: int
    readable_at: datetime | None = None  # when the last one's time is over, of those still open
    difference: float | None = None
    difference_interval: Interval | None = None
    relative: float | None = None
    relative_interval: Interval | None = None
    p: float | None = None
    extra_goals: float | None = None
    extra_goals_interval: Interval | None = None
    detectable: float | None = None
    is_small: bool = False


def lift(conn: Connection, project: Project, journey: str, now: datetime, within: Span | None = None) -> Lift:
    """The lift of a journey at business `now`; `within`: of those who entered in that span. Raises KeyError."""
    raise NotImplementedError


def lifts(conn: Connection, project: Project, now: datetime, within: Span | None = None) -> tuple[Lift, ...]:
    """The lift of every journey, in the project's order."""
    return tuple(lift(conn, project, journey, now, within) for journey in project.journeys)

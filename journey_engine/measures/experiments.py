"""What experiments came to: members of a fixed sample, counted once and read only when all is in; it writes nothing.

Before the sample is full, the last one's time is over and the events of the measure have arrived, nobody is told who
leads: looking early and stopping when one likes what one sees finds differences that are not there. What is read then
stays: later members are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, exists, func, literal, select

from journey_engine.compiler.happened import matches
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Split
from journey_engine.language.project import Project
from journey_engine.language.verbs import Experiment
from journey_engine.measures import proportions
from journey_engine.measures.proportions import Interval
from journey_engine.moving.horizon import read_coverage
from journey_engine.store.tables.experiments import exposures
from journey_engine.store.tables.happenings import events

# filling: the sample is not full; running: it is, and the last one's time is not over; late: it is, but the events that
# count have not all arrived; final: it can be read, and stays so.
State = Literal["filling", "running", "late", "final"]
BROKEN = 0.001  # a smaller p value of the sample's ratio: something but chance decides who gets which arm
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One arm with its share as written and the members of the sample in it."""

    arm: str
    share: Decimal
    members: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One arm of a final experiment: who did it, the share with its interval, and the difference to the first arm.

    `difference`, its interval and `p` (of several arms adjusted by Holm) are None for the first arm, and where an arm
    has nobody.
    """

    arm: str
    members: int
    did: int
    rate: float | None
    interval: Interval | None
    difference: float | None = None
    difference_interval: Interval | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An experiment as it stands. `readable_at`: when it can be read, reckoned from its pace while it is filling.

    `ratio_p`: how well the arms fit their shares; None: too few to say. `outcomes` only when it is final.
    """

    journey: str
    step: str
    experiment: Experiment
    state: State
    arms: tuple[Shown, ...]
    readable_at: datetime | None
    ratio_p: float | None
    outcomes: tuple[Outcome, ...] = ()

    @property
    def members(self) -> int:
        """The members of the sample so far."""
        return sum(arm.members for arm in self.arms)

    @property
    def is_broken(self) -> bool:
        """Whether the arms fit their shares so badly that nothing can be read from them."""
        return self.ratio_p is not None and self.ratio_p < BROKEN


def experiments(project: Project, journey: str) -> dict[str, Split]:
    """The splits of a journey that are experiments, by step. Raises KeyError."""
    steps = all_steps(project.journeys[journey])
    return {name: step for name, step in steps if isinstance(step, Split) and step.experiment is not None}


def read(conn: Connection, project: Project, journey: str, now: datetime) -> tuple[Reading, ...]:
    """All experiments of a journey at business `now` (aware), in written order. Raises KeyError."""
    return tuple(
        _read(conn, project, journey, step, split, now) for step, split in experiments(project, journey).items()
    )


def _read(conn: Connection, project: Project, journey: str, step: str, split: Split, now: datetime) -> Reading:
    asked = split.experiment
    assert asked is not None
    sample = _sample(journey, step, asked)
    found = conn.execute(select(sample.c.arm, func.count()).group_by(sample.c.arm))
    counts: dict[str, int] = {row[0]: row[1] for row in found}
    arms = tuple(Shown(arm, body.share, counts.get(arm, 0)) for arm, body in split.split.items())
    first, last, until = conn.execute(
        select(func.min(sample.c.at), func.max(sample.c.at), func.max(sample.c.until))
    ).one()
    members = sum(arm.members for arm in arms)
    # Arms that were taken out of the file have members all the same, whom this reading leaves out.
    is_full = sum(counts.values()) >= asked.sample
    horizon = read_coverage(conn, now).horizon(project, [asked.measure.query.event])
    state: State = "filling" if not is_full else "running" if until > now else "late" if until > horizon else "final"
    readable = until if is_full else _expected(asked, members, first, now, until, last)
    ratio = proportions.ratio_p([arm.members for arm in arms], [float(arm.share) for arm in arms])
    outcomes = _outcomes(conn, project, split, sample) if state == "final" else ()
    return Reading(journey, step, asked, state, arms, readable, ratio, outcomes)


def _sample(journey: str, step: str, asked: Experiment) -> Subquery:
    """The first members who came to the split, as they were written down."""
    e = exposures.c
    rows = select(exposures).where(e.journey == journey, e.step == step).order_by(e.id).limit(asked.sample)
    return rows.subquery("sample")


def _expected(
    asked: Experiment,
    members: int,
    first: datetime | None,
    now: datetime,
    until: datetime | None,
    last: datetime | None,
) -> datetime | None:
    """When the sample is full at the pace so far, and the last one's time over; None as long as there is no pace."""
    if first is None or until is None or last is None:
        return None
    pace = members / (max(now - first, _A_DAY) / _A_DAY)
    days = (asked.sample - members) / pace
    return now + days * _A_DAY + (until - last) if days < 3_650 else None


def _outcomes(conn: Connection, project: Project, split: Split, sample: Subquery) -> tuple[Outcome, ...]:
    did = _did(project, split, sample)
    rows = conn.execute(select(sample.c.arm, func.count(), func.count(case((did, 1)))).group_by(sample.c.arm))
    counts: dict[str, tuple[int, int]] = {row[0]: (row[1], row[2]) for row in rows}
    (first, *others) = [_share(arm, *counts.get(arm, (0, 0))) for arm in split.split]
    compared = [_compared(other, first) for other in others]
    adjusted = iter(proportions.several([each.p for each in compared if each.p is not None]))
    return (first, *(_with_p(each, None if each.p is None else next(adjusted)) for each in compared))


def _did(project: Project, split: Split, sample: Subquery) -> ColumnElement[bool]:
    assert split.experiment is not None
    happened = events.alias("happened")
    in_time = and_(happened.c.at > sample.c.at, happened.c.at <= sample.c.until)
    hers = happened.c.member_id == sample.c.member_id
    return exists(select(literal(1)).where(hers, matches(project, happened, split.experiment.measure.query), in_time))


def _share(arm: str, members: int, did: int) -> Outcome:
    if not members:
        return Outcome(arm, 0, 0, None, None)
    return Outcome(arm, members, did, did / members, proportions.share_interval(did, members))


def _compared(other: Outcome, first: Outcome) -> Outcome:
    if other.rate is None or first.rate is None:
        return other
    pair = (other.did, other.members, first.did, first.members)
    return Outcome(
        other.arm, other.members, other.did, other.rate, other.interval, other.rate - first.rate,
        proportions.difference_interval(*pair), proportions.difference_p(*pair),
    )  # fmt: skip


def _with_p(outcome: Outcome, p: float | None) -> Outcome:
    o = outcome
    return Outcome(o.arm, o.members, o.did, o.rate, o.interval, o.difference, o.difference_interval, p)

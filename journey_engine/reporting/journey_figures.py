"""All figures of one journey as its page tells them, read from one snapshot; it puts nothing into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Journey
from journey_engine.language.project import Project
from journey_engine.language.verbs import Send
from journey_engine.measures import costs, daily, experiments, following, journeys, lift, moved, ratio
from journey_engine.measures.spans import Span

_FIRST = text("select min(entered_at) from enrolments where journey = :journey")


@dataclass(frozen=True, slots=True)
class JourneyFigures:
    """One journey from its first visit up to `now`; `cost` None: it spent nothing that is counted."""

    journey: Journey
    now: datetime
    since: datetime | None
    standing: journeys.Standing
    days: tuple[daily.Day, ...]
    lift: lift.Lift
    ratio: ratio.Ratio | None
    cost: costs.JourneyCost | None
    responses: tuple[following.Response, ...]
    response_days: int
    readings: tuple[experiments.Reading, ...]
    moved: moved.Moves


def gather(conn: Connection, project: Project, name: str, now: datetime, response_days: int) -> JourneyFigures:
    """The figures of a journey at business `now`; what is done so many days after a message answers it.

    Raises KeyError.
    """
    journey = project.journeys[name]
    first = conn.execute(_FIRST, {"journey": name}).scalar_one()
    within = Span(name, first or datetime.min.replace(tzinfo=UTC), now)
    spent = costs.costs(conn, project, now, within) if first else ()
    answers = following.responses(conn, project, now, within, response_days) if first else ()
    sent = {step.send for _, step in all_steps(journey) if isinstance(step, Send)}
    return JourneyFigures(
        journey,
        now,
        first,
        journeys.standing(conn, name),
        daily.days(conn, name, within, project.policy.zone),
        lift.lift(conn, project, name, now),
        ratio.ratio(conn, project, name),
        next((each for each in spent if each.journey == name), None),
        tuple(each for each in answers if each.message in sent),
        response_days,
        experiments.read(conn, project, name, now),
        moved.moves(conn, name),
    )

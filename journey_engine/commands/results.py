"""`journeys results`: says how a journey's experiments stand, and what the final ones came to; it changes nothing."""

from __future__ import annotations

from journey_engine.commands import FromProject
from journey_engine.errors import UsageError
from journey_engine.language.words import did_you_mean


class NoSuchJourney(UsageError):
    """Results were asked of a journey that is not applied."""

    def __init__(self, journey: str, known: list[str]) -> None:
        cure = did_you_mean(journey, known).en or f"There are {', '.join(sorted(known)) or 'none yet'}."
        super().__init__(f"No journey “{journey}” is applied.", cure, "results")


def results(journey: str, *, settings: FromProject) -> None:
    """Show the experiments of a journey: members by arm, and once final the shares with their intervals.

    Parameters
    ----------
    journey
        The journey's name.
    """
    from journey_engine import clock, planning
    from journey_engine.measures.experiments import read
    from journey_engine.measures.readings import results_page
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as conn:
        project = planning.live_project(conn)
        if journey not in project.journeys:
            raise NoSuchJourney(journey, list(project.journeys))
        found = read(conn, project, journey, clock.now(conn))
    policy = project.policy
    print(results_page(journey, project.journeys[journey].title, found, policy.zone, policy.language))

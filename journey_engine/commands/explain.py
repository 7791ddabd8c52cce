"""`journeys explain`: why a member got something or did not, from what was written down; it decides nothing anew."""

from __future__ import annotations

from journey_engine.commands import FromProject, Spoken


def explain(
    member: str,
    journey: str = "",
    /,
    *,
    language: Spoken = None,
    settings: FromProject,
) -> None:
    """Say why a member got what she got, and why not what she did not: each decision with its rule, inputs and time.

    Parameters
    ----------
    member
        Her key, or anything she is known by: customer number, LINE user id, mail address (or email:mei@example.com).
    journey
        Only this journey; all she has to do with if none is named.
    """
    from journey_engine import clock
    from journey_engine.explaining.members import find_member
    from journey_engine.explaining.record import read_record
    from journey_engine.explaining.story import explanation
    from journey_engine.explaining.telling import Teller
    from journey_engine.language.named import JOURNEY, find
    from journey_engine.planning import live_project
    from journey_engine.saying.titles import Titles
    from journey_engine.store import database

    with (
        database.opened(settings) as engine,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        project = live_project(connection)
        spoken = language or project.policy.language
        _ = find(JOURNEY, journey, project.journeys, spoken, "journeys") if journey else None
        who = find_member(connection, member, project.policy, spoken)
        record = read_record(connection, who.id, journey or None, clock.now(connection))
    print(explanation(who, Teller(record, Titles(project), who.zone), journey or None, spoken))

"""`journeys member`: one member at a glance, with the evidence for what she is; it changes nothing."""

from __future__ import annotations

from journey_engine.commands import FromProject, Spoken


def member(member: str, /, *, language: Spoken = None, settings: FromProject) -> None:
    """Show one member: attributes, stage, personas and segments with why, scores, tags, journeys, last touches.

    Parameters
    ----------
    member
        Her key, or anything she is known by: customer number, LINE user id, mail address (or email:mei@example.com).
    """
    from journey_engine import clock
    from journey_engine.explaining.glance import read_glance
    from journey_engine.explaining.glance_told import glance_lines
    from journey_engine.explaining.members import find_member
    from journey_engine.explaining.told import Told
    from journey_engine.planning import live_project
    from journey_engine.saying.titles import Titles
    from journey_engine.store import database

    with (
        database.opened(settings) as engine,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        project = live_project(connection)
        spoken = language or project.policy.language
        who = find_member(connection, member, project.policy, spoken)
        her = read_glance(connection, project, who, clock.now(connection))
    print("\n".join(glance_lines(her, Told(Titles(project), spoken, who.zone))))

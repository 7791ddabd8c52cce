"""`journeys stages`: who is in which stage, who moved where month by month, how long a stage lasts; it moves nobody."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject, Spoken


def stages(
    *,
    months: Annotated[int, Parameter(help="So many months of movement, up to the last refresh.")] = 3,
    language: Spoken = None,
    settings: FromProject,
) -> None:
    """Show the lifecycle: members by stage, the movement between stages by month, and how long each stage lasts."""
    from zoneinfo import ZoneInfo

    from journey_engine.explaining.stages import lasting_lines, movement_lines, standing_lines
    from journey_engine.explaining.told import Told
    from journey_engine.measures.stages import movement, standing, time_in_stage
    from journey_engine.planning import live_project
    from journey_engine.saying.titles import Titles
    from journey_engine.store import database

    with (
        database.opened(settings) as engine,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        project = live_project(connection)
        stands = standing(connection, project)
        moved = movement(connection, project.policy.zone)[-months:] if months > 0 else []
        lasting = time_in_stage(connection, project)
    told = Told(Titles(project), language or project.policy.language, ZoneInfo(project.policy.zone))
    print("\n".join(standing_lines(stands, told)))
    for month in moved:
        print("\n".join(["", *movement_lines(month, list(stands.sizes), told)]))
    if lasting:
        print("\n".join(["", *lasting_lines(lasting, told)]))

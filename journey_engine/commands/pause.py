"""`journeys pause`: stops a journey, a message, a channel or all sending in a person's name; it loses nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from journey_engine.commands import HELD, FromProject


def pause(
    what: str,
    /,
    *,
    by: Annotated[str, Parameter(help="Who stops it.")] = "",
    because: Annotated[str, Parameter(help="Why.")] = "",
    scope: Annotated[
        Literal["journey", "message", "channel"] | None, Parameter(help="If several things have this name.")
    ] = None,
    settings: FromProject,
) -> int:
    """Stop a journey, a message, a channel, or all sending until `journeys release` (exit code 3)."""
    from journey_engine import clock, planning
    from journey_engine.errors import UsageError
    from journey_engine.line import pausing
    from journey_engine.line.channel import NoCredentials, open_channel
    from journey_engine.store import database

    if not (by.strip() and because.strip()):
        cure = f'journeys pause {what} --by NAME --because "why"'
        raise UsageError("A pause needs a name and a reason.", cure, "pause")
    with database.opened(settings) as engine, engine.begin() as connection:
        project = planning.live_project(connection)
        try:
            channel = open_channel(project.policy, settings).name
        except NoCredentials:  # the token is in Prefect's block; the channel is known from what it sent
            channel = f"live-{settings.line.channel_id}".rstrip("-")
        now = clock.now(connection)
        for one in pausing.pause(connection, project, channel, what, by, because, now, scope):
            print(one)
    return HELD

"""`journeys hand-offs`: what waits for people, by team, and closing it; it moves nobody itself."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject
from journey_engine.errors import UsageError


def hand_offs(
    *,
    team: Annotated[str | None, Parameter(help="Only what this team was handed.")] = None,
    close: Annotated[int | None, Parameter(help="The number of the one that is done.")] = None,
    by: Annotated[str, Parameter(help="Who did it; must be given with --close.")] = "",
    settings: FromProject,
) -> int:
    """List what journeys handed off to people; close one with --close NUMBER --by NAME."""
    from journey_engine import clock
    from journey_engine.moving import handing
    from journey_engine.planning import live_project
    from journey_engine.store import database

    if close is not None and not by.strip():
        raise UsageError("Nobody is named who did it.", "Add --by NAME.", "--close")
    with database.opened(settings) as engine, engine.begin() as connection:
        zone = ZoneInfo(live_project(connection).policy.zone)
        if close is not None:
            done = handing.close(connection, close, by.strip(), clock.now(connection))
            print(f"{done.number} is closed: {done.member_key}, {done.journey}/{done.step}, team {done.team}.")
        waiting = handing.open_hand_offs(connection, team)
    for each in waiting:
        when = f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}"
        print(f"{each.number:>8}  {each.team:<12}  {when}  {each.journey}/{each.step}  {each.member_key}  {each.note}")
    print(f"{len(waiting):,} open." if waiting else "Nothing is open.")
    return FINE

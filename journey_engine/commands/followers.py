"""`journeys followers`: brings in the friends that LINE lists, and their profiles; it welcomes nobody."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject


def followers(
    *,
    again: Annotated[bool, Parameter(help="Ask for all profiles, those of this month too.")] = False,
    settings: FromProject,
) -> int:
    """Bring in the friends whom LINE lists, and what policy.yaml's `profiles` wants of them.

    Broken off, it goes on where it was when it is called again. Nobody is welcomed by it.
    """
    from journey_engine import clock
    from journey_engine.line.channel import open_channel
    from journey_engine.line.followers import synchronise
    from journey_engine.planning import live_project
    from journey_engine.store import database

    with database.opened(settings) as engine:
        with engine.begin() as connection:
            project, now = live_project(connection), clock.now(connection)
        channel = open_channel(project.policy, settings)
        done = synchronise(engine, project, channel, now, again=again)
    print(f"{done.listed:,} friends on {done.pages:,} pages of LINE's list: {done.members:,} new members.")
    print(f"{done.friends:,} are friends who were not known to be.")
    if project.policy.profiles:
        print(f"{done.profiles:,} profiles asked for: {done.changed:,} members changed, {done.gone:,} without profile.")
    return FINE

"""`journeys restored`: stops a channel after a restore from a backup, or lets it go by due time; it sends nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, HELD, FromProject


def restored(
    channel: str,
    /,
    *,
    release: Annotated[bool, Parameter(help="Let go what is due from --from to --to.")] = False,
    from_: Annotated[datetime | None, Parameter(name="--from", help="The first due time that may go.")] = None,
    to: Annotated[datetime | None, Parameter(help="The last one; by default now.")] = None,
    by: Annotated[str, Parameter(help="Who lets it go.")] = "",
    settings: FromProject,
) -> int:
    """Stop a channel after a restore from a backup (exit code 3), or let it go on by due time."""
    from zoneinfo import ZoneInfo

    from journey_engine import clock
    from journey_engine.errors import UsageError
    from journey_engine.line import restoring
    from journey_engine.planning import live_project
    from journey_engine.store import database

    if release and (from_ is None or not by.strip()):
        cure = f"journeys restored {channel} --release --from 2026-03-02T09:00 --by NAME"
        raise UsageError("Say from which due time on it may go, and who says so.", cure, "restored")
    with database.opened(settings) as engine, engine.begin() as connection:
        now = clock.now(connection)
        if from_ is None:
            restoring.restored(connection, channel, now)
            print(f"{channel} stands still until it is released.")
            return HELD
        zone = ZoneInfo(live_project(connection).policy.zone)
        start, end = (at if at.tzinfo else at.replace(tzinfo=zone) for at in (from_, to or now))
        done = restoring.release(connection, channel, start, end, by, now)
    print(f"{channel} goes on." if done else f"{channel} is not held for a restore.")
    return FINE

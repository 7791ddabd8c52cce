"""`journeys unknown`: lists messages whose fate nobody knows, or settles them in a person's name; it sends nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from journey_engine.commands import FINE, HELD, FromProject


def unknown(
    request: int | None = None,
    /,
    *,
    settle: Annotated[Literal["accepted", "lost", "again", ""], Parameter(help="What became of it.")] = "",
    by: Annotated[str, Parameter(help="Who says so.")] = "",
    older_than: Annotated[int | None, Parameter(help="All that are unknown for more than so many hours.")] = None,
    settings: FromProject,
) -> int:
    """List messages whose fate nobody knows (exit code 3), or say what became of them."""
    from datetime import timedelta

    from journey_engine import clock
    from journey_engine.errors import UsageError
    from journey_engine.line import doubts
    from journey_engine.planning import live_project
    from journey_engine.store import database

    if settle and not (by.strip() and (request is None) != (older_than is None)):
        cure = f"journeys unknown REQUEST --settle {settle} --by NAME, or --older-than HOURS instead of REQUEST"
        raise UsageError("Say which request (or how old) and who says so.", cure, "unknown")
    with database.opened(settings) as engine, engine.begin() as connection:
        if not settle:
            found = doubts.doubts(connection)
            print("\n".join(str(each) for each in found) or "Nothing is unknown.")
            return HELD if found else FINE
        now = clock.now(connection)
        before = None if older_than is None else now - timedelta(hours=older_than)
        zone = live_project(connection).policy.zone
        count = doubts.settle(connection, settle, by, now, zone, request, before)
    print(f"{count:,} messages settled as {settle} by {by}.")
    return FINE

"""`journeys release`: shows what is held, or lets it through in a person's name; it judges nothing."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, HELD, FromProject


def release(
    what: str = "",
    /,
    *,
    by: Annotated[str, Parameter(help="Who lets it through.")] = "",
    reason: Annotated[str, Parameter(help="Why it may pass.")] = "",
    scope: Annotated[str, Parameter(help="feed, journey, channel, message or segment, if a name is given.")] = "feed",
    settings: FromProject,
) -> int:
    """Let held work through by number or name, or list what is held."""
    from journey_engine import clock
    from journey_engine.data.release import release as let_through
    from journey_engine.errors import UsageError
    from journey_engine.gate.holds import open_holds
    from journey_engine.store import database

    if what and not (by.strip() and reason.strip()):
        raise UsageError(
            "A release needs a name and a reason.", f'journeys release {what} --by NAME --reason "why"', "release"
        )
    with database.opened(settings) as engine, engine.begin() as connection:
        if not what:
            held = open_holds(connection)
            print("\n".join(str(one) for one in held) or "Nothing is held.")
            return HELD if held else FINE
        for one, report in let_through(connection, what, by, reason, clock.now(connection), scope):
            print(f"Released {one.scope} {one.name} (hold {one.id})." + (f" {report}" if report else ""))
    return FINE

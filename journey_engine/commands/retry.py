"""`journeys retry`: lets stuck members and set-aside events be tried by the next pass; it moves nobody itself."""

from __future__ import annotations

from journey_engine.commands import FINE, FromProject


def retry(journey: str | None = None, /, *, settings: FromProject) -> int:
    """Let the members of a journey that a pass could not compute, and all events set aside, be tried again.

    Parameters
    ----------
    journey
        The journey's name; without one only the events are tried again.
    """
    from journey_engine import clock
    from journey_engine.inbox import inbox
    from journey_engine.moving.poison import retry_stuck
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as connection:
        count = 0 if journey is None else retry_stuck(connection, journey, clock.now(connection))
        events = inbox.try_again(connection)
    if journey is not None:
        print(f"{count:,} of {journey} will be tried by the next tick." if count else f"Nobody is stuck in {journey}.")
    if events or journey is None:
        print(f"{events:,} events of the inbox will be tried again." if events else "No event is set aside.")
    return FINE

"""`journeys retry`: lets stuck members of a journey be tried by the next pass; it moves nobody itself."""

from __future__ import annotations

from journey_engine.commands import FINE, FromProject


def retry(journey: str, /, *, settings: FromProject) -> int:
    """Let the members a pass could not compute be tried again by the next tick."""
    from journey_engine import clock
    from journey_engine.moving.poison import retry_stuck
    from journey_engine.store import database

    engine = database.open_engine(settings)
    try:
        with engine.begin() as connection:
            count = retry_stuck(connection, journey, clock.now(connection))
    finally:
        engine.dispose()
    print(f"{count:,} of {journey} will be tried by the next tick." if count else f"Nobody is stuck in {journey}.")
    return FINE

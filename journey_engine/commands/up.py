"""`journeys up`: brings the project's database up; it starts no second server where one runs."""

from __future__ import annotations

from journey_engine.commands import FromProject


def up(*, settings: FromProject) -> None:
    """Start the database and bring it to the newest migration."""
    from journey_engine.store import database

    engine = database.open_engine(settings)
    print(f"The database is up: {engine.url.host}:{engine.url.port}/{engine.url.database}")
    engine.dispose()

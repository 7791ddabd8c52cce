"""`journeys status`: says what runs and where; it starts nothing."""

from __future__ import annotations

from journey_engine.commands import FromProject


def status(*, settings: FromProject) -> None:
    """Say whether the database runs, and where its files are."""
    from journey_engine.store import database, embedded

    if settings.database_url:
        url = database.app_url(settings)
        print(f"The database is the one that DATABASE_URL names: {url.host}/{url.database}")
        return
    cluster = embedded.existing(settings)
    if cluster is None:
        print("This project has no database yet; `journeys up` makes it.")
        return
    seen = embedded.status(cluster)
    print(
        f"The database {f'runs on 127.0.0.1:{seen.port}' if seen.running else 'does not run'}. Its files: {seen.home}"
    )

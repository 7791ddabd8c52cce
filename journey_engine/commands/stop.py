"""`journeys stop`: stops the project's own database server; it never touches a server named by DATABASE_URL."""

from __future__ import annotations

from journey_engine.commands import FromProject


def stop(*, settings: FromProject) -> None:
    """Stop the project's own database; its data stays."""
    from journey_engine.store import embedded

    cluster = embedded.existing(settings)
    stopped = cluster is not None and embedded.stop(cluster)
    print("The database is stopped." if stopped else "The database was not running.")

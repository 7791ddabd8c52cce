"""Empties requests of their bodies a week after they were settled; hash, recipients and attempts stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

KEPT = timedelta(days=7)
_PURGE = text("update requests set body = null where body is not null and settled_at < :before")


def purge_bodies(connection: Connection, now: datetime) -> int:
    """Forget what was written to members more than seven days before business `now`; how many requests that were."""
    return connection.execute(_PURGE, {"before": now - KEPT}).rowcount

"""Empties requests of their bodies a week after they were settled; hash, recipients and attempts stay.

Reply tokens go with them: each is of use for a minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from journey_engine.line import replying

KEPT = timedelta(days=7)
_PURGE = text("update requests set body = null where body is not null and settled_at < :before")


def purge_bodies(connection: Connection, now: datetime) -> int:
    """Forget what was written to members more than seven days before business `now`; how many requests that were."""
    replying.forget(connection)
    return connection.execute(_PURGE, {"before": now - KEPT}).rowcount

"""Empties requests of their bodies some time after they were settled; hash, recipients and attempts stay.

Reply tokens go with them: each is of use for a minute.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.language.catalog import Policy
from journey_engine.line import replying

_PURGE = text("update requests set body = null where body is not null and settled_at < :before")


def purge_bodies(connection: Connection, policy: Policy, now: datetime) -> int:
    """Forget what was written to members longer before business `now` than the policy keeps bodies (a week, if it does
    not say); how many requests that were."""
    replying.forget(connection)
    return connection.execute(_PURGE, {"before": now - policy.retention.bodies.longest}).rowcount

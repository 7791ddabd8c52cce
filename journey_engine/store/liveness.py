"""Whether a pooled connection still has its server is asked only where there is doubt; it opens and closes none.

To ask each time, as SQLAlchemy's own pool does, is a round trip more for every transaction.
"""

from __future__ import annotations

import select
import time

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

_LONG = 30.0  # seconds in the pool, after which a machine may be gone that could not say so
_SINCE = "in the pool since"


def watch(engine: Engine) -> None:
    """Whoever takes a connection from the engine's pool gets one that lives, as far as can be known."""

    def note(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_SINCE] = time.monotonic()

    def ask(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: object) -> None:
        since = entry.info.get(_SINCE)
        if since is None:  # it was opened just now
            return
        try:
            if time.monotonic() - since > _LONG or _was_spoken_to(connection):
                engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _was_spoken_to(connection: DBAPIConnection) -> bool:
    """Whether the server said anything since the last answer: that it stops, or ends the session; else a notice."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))

"""A resident sender's one session, in which it listens for what is due and holds its channel's seat; it sends nothing.

Of several resident senders one has the seat of a channel, and the others wait: Postgres gives it to the next one when
the holder's session ends, however that happens. Nothing rests on it but economy: each decision has a lock of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, text

NOTICES = "journeys_send"
_CALL = text("select pg_notify(:notices, :channel)")
_KEY = "hashtextextended('line sender ' || %(channel)s, 0)"
_TAKEN = text("""
with seat as (select hashtextextended('line sender ' || :channel, 0) as key)
select exists (
    select from pg_locks l, seat
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
      and l.classid::bigint = (seat.key >> 32 & x'ffffffff'::bigint)
      and l.objid::bigint = (seat.key & x'ffffffff'::bigint))
""")


def call_senders(connection: Connection, channel: str = "") -> None:
    """Wake the resident senders (of one channel, or all) when this transaction is committed: something is due."""
    connection.execute(_CALL, {"notices": NOTICES, "channel": channel})


def has_sender(connection: Connection, channel: str) -> bool:
    """Whether a resident sender sits there for this channel, so that calling is enough."""
    return connection.execute(_TAKEN, {"channel": channel}).scalar_one()


class Seat:
    """`with Seat(engine, channel) as seat`; raises psycopg.OperationalError when its session is lost."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._engine = engine
        self._channel = channel
        self._session: psycopg.Connection[Any]
        self.held = False

    def __enter__(self) -> Seat:
        # A session of its own, outside the pool: it outlives every transaction, and Postgres may say things to it.
        raw: Any = self._engine.raw_connection()
        self._session = raw.driver_connection
        raw.detach()
        self._session.rollback()
        self._session.autocommit = True
        self._session.execute(f"listen {NOTICES}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(psycopg.Error):  # a session that was lost has let go of everything
            self._session.execute("select pg_advisory_unlock_all()")
        self._session.close()

    def take(self) -> bool:
        """Take the seat if it is free; whether this sender has it."""
        if not self.held:
            row = self._session.execute(f"select pg_try_advisory_lock({_KEY})", {"channel": self._channel}).fetchone()
            self.held = bool(row and row[0])
        return self.held

    def wait(self, seconds: float, over: Callable[[], bool], slice_: float = 0.5) -> bool:
        """Sleep for so long, or until it is `over` (asked every half second); True if somebody called meanwhile."""
        left = seconds
        while not over():
            heard = list(self._session.notifies(timeout=max(0.0, min(slice_, left)), stop_after=1))
            if any(notice.payload in ("", self._channel) for notice in heard):
                return True
            left -= slice_
            if left <= 0:
                break
        return False

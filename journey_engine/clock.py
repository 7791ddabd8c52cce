"""The business clock: real time plus an offset kept in the app database; no decision reads it, callers pass `now`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from journey_engine.errors import JourneysError

_NOW = text("select clock_timestamp() + coalesce((select \"offset\" from clock), interval '0')")
_OFFSET = text("select coalesce((select \"offset\" from clock), interval '0')")
_SET_OFFSET = text(
    'insert into clock (id, "offset") values (1, :offset) on conflict (id) do update set "offset" = excluded."offset"'
)


class ClockWouldGoBack(JourneysError):
    """The business clock was asked to move to an instant that already lies behind it."""

    def __init__(self, asked: datetime, now: datetime) -> None:
        super().__init__(
            f"The clock stands at {now:%Y-%m-%d %H:%M:%S %Z} and does not go back to {asked:%Y-%m-%d %H:%M:%S %Z}.",
            "Name a later instant, or set a new offset on an empty database.",
            "clock",
        )


def now(connection: Connection) -> datetime:
    """The business instant, aware, in UTC: the database server's real time plus the offset."""
    instant: datetime = connection.execute(_NOW).scalar_one()
    return instant.astimezone(UTC)


def offset(connection: Connection) -> timedelta:
    """How far the business clock stands ahead of real time; zero unless a simulation moved it."""
    length: timedelta = connection.execute(_OFFSET).scalar_one()
    return length


def set_offset(connection: Connection, length: timedelta) -> None:
    """Make the business clock stand `length` ahead of real time (negative: behind), in the caller's transaction."""
    connection.execute(_SET_OFFSET, {"offset": length})


def set_to(connection: Connection, instant: datetime) -> None:
    """Make the business clock show `instant` (aware) from now on, forwards or backwards: the start of a simulation."""
    real = now(connection) - offset(connection)
    set_offset(connection, instant - real)


def advance_to(connection: Connection, instant: datetime) -> None:
    """Move the business clock forward to `instant` (aware); it runs on from there.

    Raises ClockWouldGoBack if `instant` lies before what the clock shows.
    """
    current = now(connection)
    if instant < current:
        raise ClockWouldGoBack(instant.astimezone(UTC), current)
    set_to(connection, instant)

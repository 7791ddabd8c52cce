"""A checkout's resident sender as a process: by what is applied, ended by a signal; it decides nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from journey_engine import planning
from journey_engine.line.channel import open_channel
from journey_engine.line.draining import Standing
from journey_engine.line.residing import Ground, Resident
from journey_engine.running.judging import Judge
from journey_engine.settings import LineCredentials, Settings
from journey_engine.store import database

_AT = text("""
select clock_timestamp() + coalesce((select "offset" from clock), interval '0'),
       (select max(id) from applications)
""")
Say = Callable[[str], None]


def told(what: str) -> None:
    """A line of the sender's log, with the time."""
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {what}", flush=True)


@dataclass(slots=True)
class Reader:
    """Reads what is applied anew only when something was: once for each application, else two figures a look."""

    settings: Settings
    credentials: Callable[[LineCredentials], LineCredentials]
    _read: tuple[int | None, Any] | None = field(default=None)

    def look(self, connection: Connection) -> Ground:
        """The definitions, the channel and the business instant. Raises NothingApplied, NoCredentials."""
        now, application = connection.execute(_AT).one()
        if self._read is None or self._read[0] != application:
            project = planning.live_project(connection)
            settings = self.settings
            if project.policy.line == "live":
                settings = replace(settings, line=self.credentials(settings.line))
            self._read = application, (project, settings)
        project, settings = self._read[1]
        # The sandbox may have come up anew, at another port.
        return Ground(Standing(project, now.astimezone(UTC)), open_channel(project.policy, settings))


def as_given(credentials: LineCredentials) -> LineCredentials:
    """The environment's credentials alone."""
    return credentials


def serve(
    settings: Settings, credentials: Callable[[LineCredentials], LineCredentials] = as_given, say: Say = told
) -> None:
    """Send what is due as soon as it is, until SIGTERM or SIGINT; then finish what is under way.

    `credentials` completes what the environment says of the live channel. Raises NothingApplied, NoCredentials and what
    the database raises at the start; later it waits for a database that is gone.
    """
    engine = database.open_engine(settings)
    reader = Reader(settings, credentials)
    with engine.connect() as connection:
        reader.look(connection)  # mistakes are told before it stays
    judge = Judge(settings, say)
    resident = Resident(engine, reader.look, say, judge=judge)

    def end(*_: object) -> None:
        resident.end()

    before = {kind: signal.signal(kind, end) for kind in (signal.SIGTERM, signal.SIGINT)}
    try:
        resident.run()
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
        judge.end()
        engine.dispose()
    say("Ended; what was under way is recorded.")

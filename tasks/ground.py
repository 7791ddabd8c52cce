"""What every flow stands on: the project as applied, its database and the business instant; it decides nothing."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, event

from journey_engine import clock, cycles, planning
from journey_engine.language.project import Project
from journey_engine.settings import Settings, load
from journey_engine.store import database
from tasks.credentials import credentials

# A flow killed in mid-transaction must not keep its locks: Postgres ends the session after this.
_IDLE = "set idle_in_transaction_session_timeout = '60s'"


@dataclass(frozen=True, slots=True)
class Ground:
    """One flow run's footing; `now` is the business instant (aware, UTC) that all its decisions are given."""

    settings: Settings
    engine: Engine
    project: Project
    now: datetime

    @property
    def line(self) -> str:
        """`sandbox` or `live`: stands in every run's name."""
        return self.project.policy.line


def ground(now: datetime | None = None) -> Ground:
    """The footing of a run at `now` (None: what the business clock shows). Raises planning.NothingApplied."""
    settings = project_settings()
    engine = _engine(settings)
    with engine.begin() as conn:
        project = planning.live_project(conn)
        at = now or clock.now(conn)
    if project.policy.line == "live":
        settings = replace(settings, line=credentials(settings.line))
    return Ground(settings, engine, project, at)


def instant(now: datetime | None = None) -> datetime:
    """`now`, or what the business clock shows."""
    with _engine(project_settings()).begin() as conn:
        return now or clock.now(conn)


def project_settings() -> Settings:
    """Settings of the project that `journeys` named for this process, else of the working directory."""
    named = os.environ.get("JOURNEYS_PROJECT")
    return load(Path(named) if named else None)


@functools.lru_cache(maxsize=4)
def _engine(settings: Settings) -> Engine:
    cycles.look_seldom()
    engine = database.open_engine(settings)

    @event.listens_for(engine, "connect")
    def _end_idle(connection: object, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.cursor().execute(_IDLE)  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    engine.dispose()  # the connection that migrated was made before
    return engine

"""Where stories are played: a database of their own, a sandbox in this process, and the files; one story at a time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text, update
from sqlalchemy.exc import ProgrammingError

from journey_engine import planning
from journey_engine.errors import JourneysError
from journey_engine.language.project import Project
from journey_engine.language.scenario import ZONE, Scenario
from journey_engine.line.channel import Channel, Pace
from journey_engine.sandbox.beside import Sandbox
from journey_engine.settings import Settings
from journey_engine.store import database, migrate
from journey_engine.store.tables import metadata
from journey_engine.store.tables.moving import definitions, journey_clocks
from journey_engine.trying.calendar import Calendar
from journey_engine.trying.member import LINE_USER, Heroine, bear

# Nobody else writes here, and nothing is slow or down.
PACE = Pace(timeout=5.0, connect=2.0, patience=0.5)
# A few rows each: one statement that deletes them is quicker than a truncation.
_KEPT = frozenset({"definitions", "journey_clocks"})
_FORGET = text(
    "with "
    + ", ".join(
        f"_{number} as (delete from {table.name})"
        for number, table in enumerate(reversed(metadata.sorted_tables))
        if table.name not in _KEPT
    )
    + " select 1"
)
_PERMISSION = "42501"  # insufficient_privilege


class NoTemporaryDatabase(JourneysError):
    """The server does not let this account make a database, so stories have nowhere to be played."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"Stories are played in a temporary database, and the server refuses one: {said}.",
            "Grant the account CREATEDB, or unset DATABASE_URL to use the embedded server.",
            "DATABASE_URL",
        )


@dataclass(slots=True)
class Theatre:
    """An empty migrated database and a sandbox; `raise_curtain` makes both ready for the next story."""

    engine: Engine
    sandbox: Sandbox
    project: Project
    _live: Project | None = None
    _staged: dict[str, Project] = field(default_factory=dict[str, Project])

    @property
    def channel(self) -> Channel:
        """The way to the sandbox, whatever policy.yaml says."""
        return Channel("sandbox", self.sandbox.url, self.sandbox.token)

    def calendar(self, scenario: Scenario) -> Calendar:
        """The story's days, in the member's own zone or the business zone."""
        return Calendar(ZoneInfo(scenario.member.get(ZONE) or self.project.policy.zone))

    def raise_curtain(self, scenario: Scenario) -> Heroine:
        """Forget the story before, make the files live on the eve of this one, and let its member be born."""
        project, eve = self.staged(scenario), self.calendar(scenario).eve
        self.sandbox.reset()
        self.sandbox.befriend(LINE_USER)
        with self.engine.begin() as connection:
            connection.execute(_FORGET)
            self._make_live(connection, project, eve)
            return bear(connection, project, scenario, eve)

    def _make_live(self, connection: Connection, project: Project, eve: datetime) -> None:
        """The files applied, unless they are: writing fifty definitions for each story would take half its time."""
        if self._live is not project:
            connection.execute(definitions.delete())
            connection.execute(journey_clocks.delete())
            planning.apply(connection, planning.plan(connection, project, eve), by="try")
            self._live = project
        # A clock never goes back, but each story begins at its own eve.
        connection.execute(update(journey_clocks).values(live_since=eve, last_now=eve, seen=0, snapshot=None))

    def staged(self, scenario: Scenario) -> Project:
        """The files, but the story's own journey is live, be it a draft or paused: drafts are what one tries out."""
        journey = self.project.journeys[scenario.journey]
        if journey.status == "live":
            return self.project
        if journey.journey not in self._staged:
            # The same value each time: what is compiled for it is kept.
            journeys = {**self.project.journeys, journey.journey: journey.model_copy(update={"status": "live"})}
            self._staged[journey.journey] = self.project.model_copy(update={"journeys": journeys})
        return self._staged[journey.journey]


@contextmanager
def open_theatre(project: Project, settings: Settings) -> Generator[Theatre]:
    """A theatre in a temporary database of the project's server, which is dropped afterwards.

    Raises NoTemporaryDatabase, and what `database.temporary_engine` raises.
    """
    with _temporary(settings) as engine, Sandbox() as sandbox:
        migrate.upgrade(engine)
        with engine.begin() as connection:  # what is dropped in the end need not survive a crash
            name = connection.execute(text("select quote_ident(current_database())")).scalar_one()
            connection.execute(text(f"alter database {name} set synchronous_commit = off"))
        engine.dispose()  # for sessions begun from now on
        yield Theatre(engine, sandbox, project)


@contextmanager
def _temporary(settings: Settings) -> Generator[Engine]:
    try:
        entered = database.temporary_engine(settings)
        engine = entered.__enter__()
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _PERMISSION:
            raise
        raise NoTemporaryDatabase(str(error.orig).strip()) from error
    try:
        yield engine
    finally:
        entered.__exit__(None, None, None)

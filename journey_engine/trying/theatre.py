"""Where stories are played: a database of their own, a sandbox in this process, and the files; a group at a time."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
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
from journey_engine.store.tables.moving import journey_clocks
from journey_engine.trying.calendar import Calendar
from journey_engine.trying.cast import cast_of, lives_nights, may_share
from journey_engine.trying.member import Heroine, bear, line_user

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
# Codes enough for all the visits of stories played side by side.
_CODES = text("""
insert into coupon_codes (pool, code, batch_id)
select pool, upper(pool) || '-' || number, 0 from unnest(cast(:pools as text[])) pool, generate_series(1, 500) number
""")
_PERMISSION = "42501"  # insufficient_privilege


class NoTemporaryDatabase(JourneysError):
    """The server does not let this account make a database, so stories have nowhere to be played."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"Stories are played in a temporary database, and the server refuses one: {said}.",
            "Grant the account CREATEDB, or unset DATABASE_URL to use the embedded server.",
            "DATABASE_URL",
        )


@dataclass
class Theatre:
    """An empty migrated database and a sandbox; `raise_curtain` makes both ready for the next stories."""

    engine: Engine
    sandbox: Sandbox
    project: Project
    _is_live: bool = False

    @property
    def channel(self) -> Channel:
        """The way to the sandbox, whatever policy.yaml says."""
        return Channel("sandbox", self.sandbox.url, self.sandbox.token)

    @cached_property
    def staged(self) -> Project:
        """The files, but every journey is live: drafts are what one tries out. Who does not play is not ticked."""
        journeys = {
            name: journey.model_copy(update={"status": "live"}) for name, journey in self.project.journeys.items()
        }
        return self.project.model_copy(update={"journeys": journeys})

    def calendar(self, scenario: Scenario) -> Calendar:
        """The story's days, in the member's own zone or the business zone."""
        return Calendar(ZoneInfo(scenario.member.get(ZONE) or self.project.policy.zone))

    def cast(self, scenario: Scenario) -> frozenset[str]:
        """The journeys that run in this story: its own and those asked for in any state, others if they are live."""
        asked = {scenario.journey, *scenario.beside}
        journeys = self.project.journeys
        return frozenset(
            name for name in cast_of(self.project, scenario) if name in asked or journeys[name].status == "live"
        )

    def groups(self, scenarios: Sequence[Scenario]) -> list[tuple[Scenario, ...]]:
        """Those that can be played side by side, which costs as much as one: the same journeys, zone and nights."""
        found: dict[Hashable, list[Scenario]] = {}
        for number, scenario in enumerate(scenarios):
            cast = self.cast(scenario)
            alone = -1 if may_share(self.project, cast) else number
            nights = lives_nights(self.staged, cast, scenario)
            found.setdefault((cast, self.calendar(scenario).zone.key, nights, alone), []).append(scenario)
        return [tuple(group) for group in found.values()]

    def raise_curtain(self, scenarios: Sequence[Scenario]) -> list[Heroine]:
        """Forget the stories before, make the files live on the eve of these, and let their members be born."""
        calendar, cast = self.calendar(scenarios[0]), self.cast(scenarios[0])
        self.sandbox.reset()
        self.sandbox.befriend(*map(line_user, scenarios))
        with self.engine.begin() as connection:
            connection.execute(_FORGET)
            if self.staged.coupons:
                connection.execute(_CODES, {"pools": list(self.staged.coupons)})
            self._make_live(connection, calendar.eve)
            return [bear(connection, self.staged, scenario, calendar, cast) for scenario in scenarios]

    def _make_live(self, connection: Connection, eve: datetime) -> None:
        """The files applied once: writing fifty definitions for each story would take half its time."""
        if not self._is_live:
            planning.apply(connection, planning.plan(connection, self.staged, eve), by="try")
            self._is_live = True
        # A clock never goes back, but each story begins at its own eve.
        connection.execute(update(journey_clocks).values(live_since=eve, last_now=eve, seen=0, snapshot=None))


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

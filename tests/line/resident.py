"""A resident sender as the work of a process that is killed."""

from __future__ import annotations

from dataclasses import replace

from journey_engine.line.channel import Channel
from journey_engine.line.draining import Standing
from journey_engine.line.residing import Ground, Resident
from journey_engine.sandbox.server import TOKEN
from journey_engine.store import database
from tests.line.shop import BRISK, NOON, project_of


def residing(database_url: str, sandbox_url: str) -> None:
    """It sends what is due at noon until it is killed."""
    ground = Ground(Standing(project_of(), NOON), Channel("sandbox", sandbox_url, TOKEN))
    engine = database.engine_on(database_url)
    Resident(engine, lambda _: ground, print, replace(BRISK, lease=2, timeout=1)).run()

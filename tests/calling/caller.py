"""A caller as the work of a process that is killed."""

from __future__ import annotations

from datetime import timedelta

from journey_engine.calling.draining import call_due
from journey_engine.calling.pace import Pace
from journey_engine.store import database
from tests.calling.office import ENVIRON, TEN, project


def calling(database_url: str, endpoint_url: str) -> None:
    """What is due a minute past ten."""
    engine = database.engine_on(database_url)
    call_due(engine, project(endpoint_url), TEN + timedelta(minutes=1), ENVIRON, Pace(timeout=60, lease=600))

"""A caller as a process of its own, to be killed: `python -m tests.calling.caller DATABASE_URL ENDPOINT_URL`."""

from __future__ import annotations

import sys
from datetime import timedelta

from journey_engine.calling.draining import call_due
from journey_engine.calling.pace import Pace
from journey_engine.store import database
from tests.calling.office import ENVIRON, TEN, project

if __name__ == "__main__":
    engine = database.engine_on(sys.argv[1])
    call_due(engine, project(sys.argv[2]), TEN + timedelta(minutes=1), ENVIRON, Pace(timeout=60, lease=600))

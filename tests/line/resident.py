"""A resident sender as a process of its own, to be killed: `python -m tests.line.resident DATABASE_URL SANDBOX_URL`."""

from __future__ import annotations

import sys
from dataclasses import replace

from journey_engine.line.channel import Channel
from journey_engine.line.draining import Standing
from journey_engine.line.residing import Ground, Resident
from journey_engine.sandbox.server import TOKEN
from journey_engine.store import database
from tests.line.shop import BRISK, NOON, project_of

if __name__ == "__main__":
    ground = Ground(Standing(project_of(), NOON), Channel("sandbox", sys.argv[2], TOKEN))
    engine = database.engine_on(sys.argv[1])
    Resident(engine, lambda _: ground, print, replace(BRISK, lease=2, timeout=1)).run()

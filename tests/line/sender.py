"""A sender as a process of its own, to be killed: `python -m tests.line.sender DATABASE_URL SANDBOX_URL`."""

from __future__ import annotations

import sys
from dataclasses import replace

from journey_engine.line.channel import Channel
from journey_engine.line.sending import send_due
from journey_engine.sandbox.server import TOKEN
from journey_engine.store import database
from tests.line.shop import BRISK, NOON, project_of

if __name__ == "__main__":
    send_due(
        database.engine_on(sys.argv[1]),
        project_of(),
        NOON,
        Channel("sandbox", sys.argv[2], TOKEN),
        pace=replace(BRISK, lease=600),
    )

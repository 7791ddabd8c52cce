"""A process that helps a pass: `python -m tests.moving.helping DATABASE_URL RUN`."""

from __future__ import annotations

import sys

from journey_engine.moving import dues
from journey_engine.moving.passing import help_pass
from journey_engine.store import database
from tests.compiler.rows import at, world
from tests.moving.test_passing import JOURNEY

if __name__ == "__main__":
    dues.CHUNK = 5
    report = help_pass(
        database.engine_on(sys.argv[1]), world(JOURNEY), "welcome", at("2026-03-02 10:01"), int(sys.argv[2])
    )
    print(report.entered)

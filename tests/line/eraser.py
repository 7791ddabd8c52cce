"""An erasure as the work of a process that dies at one of its steps."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from unittest.mock import patch

from journey_engine.members import erasing
from journey_engine.store import database
from tests.line.shop import NOON, project_of


def erasing_until(database_url: str, members: Sequence[int], step: str) -> None:
    """It comes to the step (`finish`, `tracing.empty`) and is killed there."""
    with patch(f"{erasing.__name__}.{step}", lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
        erasing.forget(database.engine_on(database_url), project_of(), members, "x", "y", NOON)

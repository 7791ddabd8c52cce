"""A pass's helper as the work of a process of its own."""

from __future__ import annotations

from pathlib import Path

from journey_engine.moving import dues
from journey_engine.moving.passing import help_pass
from journey_engine.store import database
from tests.compiler.rows import at, world
from tests.moving.test_passing import JOURNEY


def helping(database_url: str, run: int, told: Path) -> None:
    """It walks chunks of five, and tells how many members it let in."""
    dues.CHUNK = 5
    report = help_pass(database.engine_on(database_url), world(JOURNEY), "welcome", at("2026-03-02 10:01"), run)
    told.write_text(str(report.entered))

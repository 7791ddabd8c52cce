"""Members who wait for the answers of calls, written by real passes, and drains that make the calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from journey_engine.calling.draining import CallReport, call_due
from journey_engine.calling.pace import Pace
from journey_engine.language.project import Project
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

SECRET = "s3cret of the shop"
ENVIRON = {"CRM_SECRET": SECRET}
# Backoffs are longer than any drain of a test takes: the test says when a call is due again.
BRISK = Pace(timeout=5, connect=5, lease=60, first_backoff=600, longest_backoff=900, attempts=3)
TEN = at("2026-03-02 10:00")

JOURNEY: dict[str, Any] = {
    "journey": "scoring",
    "enter": {"on": "visit", "again": "after exit"},
    "leave": {"if": "purchase since entry"},
    "steps": {
        "ask": {
            "call": "crm",
            "with": {"page": "entry.page"},
            "at_most": "1 day",
            "failed": {"do": {"nudge": {"send": "nudge"}}},
        },
        "which": {
            "branch": [
                {"if": "answered since entry where grade = 'A'", "do": {"vip": {"send": "thanks"}}},
                {"otherwise": True, "do": {"plain": {"send": "hello"}}},
            ]
        },
    },
}


def project(url: str, secret: str | None = "env:CRM_SECRET") -> Project:
    """One journey that asks the endpoint `crm` at that address."""
    return world(JOURNEY, endpoints={"crm": {"url": url, "secret": secret}})


class Office:
    """A stage whose calls are made."""

    def __init__(self, engine: Engine, url: str, **given: Any) -> None:
        self.engine = engine
        self.stage = Stage(engine, project(url, **given))

    def visits(self, *keys: str) -> None:
        """These members come in at ten and wait for their answers."""
        for key in keys:
            self.stage.event("2026-03-02 10:00", "visit", key=key, page="pricing")
        self.stage.tick("2026-03-02 10:00")

    def call(self, minutes: float = 1, pace: Pace = BRISK, environ: dict[str, str] | None = None) -> CallReport:
        """One drain, so many minutes after ten."""
        now = TEN + timedelta(minutes=minutes)
        return call_due(self.engine, self.stage.project, now, ENVIRON if environ is None else environ, pace)

    def run(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        """SQL in a transaction of its own; its rows if it has any."""
        with self.engine.begin() as connection:
            done = connection.execute(text(statement), given)
            return [tuple(row) for row in done] if done.returns_rows else []

    def told(self) -> list[tuple[str, str | None, int]]:
        """(status, reason, attempts) of every call, oldest first."""
        return self.run("select status, reason, attempts from calls order by id")

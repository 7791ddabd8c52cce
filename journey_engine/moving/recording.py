"""The row of `runs` that a pass with work leaves, opened and closed with its counts; nothing is decided by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, text, update

from journey_engine.moving.observing import PassReport
from journey_engine.store.tables.operation import runs


def open_run(connection: Connection, journey: str, now: datetime) -> int:
    """The number of a new row for a pass that begins."""
    row = insert(runs).values(kind="pass", name=journey, now=now, status="running").returning(runs.c.id)
    return connection.execute(row).scalar_one()


def close_run(connection: Connection, run_id: int, report: PassReport) -> None:
    """Write what the pass did; a run of another kind, which the pass was only part of, stays as it is."""
    counts = {
        "entered": report.entered, "held_out": report.held_out, "refused": dict(report.refused),
        "left": dict(report.left), "finished": report.finished, "goals": report.goals, "intents": report.intents,
        "steps": {step: dict(count) for step, count in report.steps.items()}, "stuck": report.stuck,
        "unknown_zones": dict(report.unknown_zones),
    }  # fmt: skip
    ended = {"status": "held" if report.held else "completed", "counts": counts, "ended_at": text("clock_timestamp()")}
    connection.execute(update(runs).where(runs.c.id == run_id, runs.c.kind == "pass").values(ended))

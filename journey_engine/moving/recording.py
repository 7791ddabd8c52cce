"""The row of `runs` that a pass with work leaves, opened and closed with its counts; nothing is decided by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, update

from journey_engine.moving.observing import PassReport
from journey_engine.store import prepared
from journey_engine.store.tables.operation import runs

_OPEN = (
    insert(runs)
    .values(kind="pass", name=bindparam("journey"), now=bindparam("at"), status="running")
    .returning(runs.c.id)
)
_CLOSE = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.kind == "pass")
    .values(status=bindparam("ended"), counts=bindparam("done"), ended_at=func.clock_timestamp())
)


def open_run(connection: Connection, journey: str, now: datetime) -> int:
    """The number of a new row for a pass that begins."""
    return prepared.run(connection, _OPEN, {"journey": journey, "at": now}).scalar_one()


def close_run(connection: Connection, run_id: int, report: PassReport) -> None:
    """Write what the pass did; a run of another kind, which the pass was only part of, stays as it is."""
    counts = {
        "entered": report.entered, "held_out": report.held_out, "refused": dict(report.refused),
        "left": dict(report.left), "finished": report.finished, "goals": report.goals, "intents": report.intents,
        "steps": {step: dict(count) for step, count in report.steps.items()}, "stuck": report.stuck,
        "unknown_zones": dict(report.unknown_zones),
    }  # fmt: skip
    ended = "held" if report.held else "completed"
    prepared.run(connection, _CLOSE, {"run": run_id, "ended": ended, "done": counts})

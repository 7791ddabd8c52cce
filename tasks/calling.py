"""Outgoing calls as a task run: their count in the name, endpoints that cannot be called on its badge."""

from __future__ import annotations

from journey_engine.calling.draining import CallReport, call_due
from tasks.ground import Ground
from tasks.pieces import Done, Told, people, piece


def call(on: Ground) -> Done[CallReport]:
    """Make the calls that are due; safe to repeat, as each keeps the key it was given with its step."""
    return piece("call", lambda: call_due(on.engine, on.project, on.now), _told, retries=2)


def _told(report: CallReport) -> Told:
    parts = [f"{report.answered:,} answered", f"{report.failed:,} failed", f"{report.again:,} to be tried again"]
    parts += [f"{report.dropped:,} no longer waited for"] if report.dropped else []
    said = ", ".join(parts)
    if report.closed:
        return Told(people(report.answered), f"{said}. {'; '.join(report.closed.values())}", "Paused")
    return Told(people(report.answered), said)

"""The sender as a task run: its count in the name, LINE's silence or a held channel on its badge."""

from __future__ import annotations

from journey_engine.line.channel import open_channel
from journey_engine.line.sending import SendReport, send_due
from tasks.ground import Ground
from tasks.pieces import Done, Told, people, piece


def send(on: Ground) -> Done[SendReport]:
    """Send what is due until nothing is; safe to repeat, as requests are frozen before they are carried."""
    channel = open_channel(on.project.policy, on.settings)
    return piece("send", lambda: send_due(on.engine, on.project, on.now, channel), _told, retries=2)


def _told(report: SendReport) -> Told:
    skipped = sum(report.skipped.values())
    parts = [f"{report.accepted:,} accepted", f"{skipped:,} skipped", f"{report.deferred:,} put off"]
    parts += [f"{report.unknown:,} unknown"] if report.unknown else []
    if report.paused:
        return Told(people(report.accepted), f"{', '.join(parts)}. {report.paused}", "Paused")
    return Told(people(report.accepted), ", ".join(parts))

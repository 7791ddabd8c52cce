"""The sender and the quota as task runs: counts in the name, LINE's silence or a held channel on the badge."""

from __future__ import annotations

from journey_engine.line import audience
from journey_engine.line.audience import Wave
from journey_engine.line.channel import open_channel
from journey_engine.line.reconciling import Reconciled
from journey_engine.line.reconciling import reconcile as ask
from journey_engine.line.sending import SendReport, send_due
from journey_engine.line.waves import unjudged
from tasks import gate_pages
from tasks.ground import Ground
from tasks.pieces import Done, Told, people, piece


def send(on: Ground) -> Done[SendReport]:
    """Send what is due until nothing is; safe to repeat, as requests are frozen before they are carried."""
    channel = open_channel(on.project.policy, on.settings)
    return piece("send", lambda: send_due(on.engine, on.project, on.now, channel), _told, retries=2)


def judge_waves(on: Ground) -> Done[list[Wave]]:
    """Messages that are about to reach many are judged by the policy's suite; a failed one is held, with its page."""

    def work() -> list[Wave]:
        judged = audience.judge_waves(on.engine, on.project, on.settings.expectations, on.now)
        for wave in judged:
            gate_pages.of_wave(on, wave)
        return judged

    return piece("waves", work, _judged, retries=2)


def waves_wait(on: Ground) -> bool:
    """Whether a message is about to reach many and has not been judged."""
    with on.engine.connect() as conn:
        return bool(unjudged(conn, on.project, on.now))


def _judged(waves: list[Wave]) -> Told:
    held = any(wave.held for wave in waves)
    return Told(people(sum(w.recipients for w in waves)), "; ".join(map(str, waves)), "Held" if held else "Completed")


def reconcile(on: Ground) -> Done[Reconciled]:
    """This month and LINE's past days held against LINE's own figures; its silence stops nothing."""
    channel = open_channel(on.project.policy, on.settings)
    return piece("quota", lambda: ask(on.engine, channel, on.project.policy, on.now), _reconciled, retries=2)


def _reconciled(found: Reconciled) -> Told:
    if found.figures is None:
        return Told("no answer", found.silent)
    limit = "no limit" if found.figures.limit is None else f"of {found.figures.limit:,}"
    differ = f", {found.different} of {len(found.days)} counts differ" if found.days else ""
    return Told(f"{found.figures.used:,}", f"{found.figures.used:,} {limit}{differ}")


def _told(report: SendReport) -> Told:
    skipped = sum(report.skipped.values())
    parts = [f"{report.accepted:,} accepted", f"{skipped:,} skipped", f"{report.deferred:,} put off"]
    parts += [f"{report.unknown:,} unknown"] if report.unknown else []
    if report.paused:
        return Told(people(report.accepted), f"{', '.join(parts)}. {report.paused}", "Paused")
    return Told(people(report.accepted), ", ".join(parts))

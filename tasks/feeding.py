"""Feeds and inbox as task runs with their counts; a failing feed never stops the night."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from journey_engine.data import erasing, feeds, hearing, merging
from journey_engine.data.batches import BatchReport
from journey_engine.line.channel import sandbox_url
from journey_engine.measures.telling import gate_page
from tasks import artifacts
from tasks.credentials import with_source
from tasks.ground import Ground
from tasks.pieces import Done, Told, people, piece


def take_inbox(on: Ground) -> Done[dict[str, int]]:
    """What LINE sent since the last time becomes events; the sandbox's friends are asked, a live account tells."""

    def work() -> dict[str, int]:
        if on.line == "sandbox":
            with on.engine.begin() as conn, suppress(hearing.SandboxSilent):
                hearing.hear(conn, sandbox_url(on.settings), on.now)
        erasing.finish(on.engine, on.now)
        return merging.take_and_merge(on.engine, on.now, on.project)

    return piece("inbox", work, lambda taken: Told(people(sum(taken.values())), _listed(taken)), retries=2)


def import_feed(on: Ground, feed: str, day: date | None) -> Done[BatchReport]:
    """One feed from its source through the gate into members and events, or held; leaves the gate's result."""

    def work() -> BatchReport:
        settings = with_source(on.settings, on.project.feeds[feed].from_.database)
        report = feeds.import_feed(on.engine, on.project, settings, feed, on.now, day)
        artifacts.page(f"gate-{feed}", gate_page(report, on.project.policy.language), feed)
        return report

    return piece(f"import {feed}", work, _imported, retries=2)


def _imported(report: BatchReport) -> Told:
    if report.status == "held":
        return Told("held", str(report), "Held")
    return Told(f"{report.landed:,} of {report.read:,}", str(report))


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())

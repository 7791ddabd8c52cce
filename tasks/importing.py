"""One feed as a task run, with its count, its stages in the log and the gate's result; it decides no rule."""

from __future__ import annotations

from datetime import date

from prefect.logging import get_run_logger

from journey_engine.data import feeds
from journey_engine.data.batches import BatchReport
from journey_engine.reading.progress import Telling
from tasks import gate_pages
from tasks.credentials import with_source
from tasks.ground import Ground
from tasks.pieces import Done, Told, piece


def import_feed(on: Ground, feed: str, day: date | None) -> Done[BatchReport]:
    """One feed from its source through the gate into members and events, or held; leaves the gate's result."""

    def work() -> BatchReport:
        settings = with_source(on.settings, on.project.feeds[feed].from_.database)
        report = feeds.import_feed(on.engine, on.project, settings, feed, on.now, day, tell=_stages(feed))
        gate_pages.of_feed(on, report)
        return report

    return piece(f"import {feed}", work, _imported, retries=2)


def _stages(feed: str) -> Telling:
    """Each stage as a line of the run's log; how far the reading is, once each million rows."""
    logger, told = get_run_logger(), [0]

    def tell(stage: str, rows: int) -> None:
        if stage != "reading" or rows // _OFTEN > told[0]:
            told[0] = rows // _OFTEN
            logger.info("%s: %s, %s rows", feed, stage, f"{rows:,}")

    return tell


_OFTEN = 1_000_000


def _imported(report: BatchReport) -> Told:
    if report.status == "held":
        return Told("held", str(report), "Held")
    return Told(f"{report.landed:,} of {report.read:,}", str(report))

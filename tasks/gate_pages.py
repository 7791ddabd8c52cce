"""What the gate said, to look at: an artifact with its history, and a page beside Prefect's; no row of a member."""

from __future__ import annotations

from journey_engine.data.batches import BatchReport
from journey_engine.gate import gate_history
from journey_engine.gate.gate_history import Story
from journey_engine.language.words import Words
from journey_engine.line.audience import Wave
from journey_engine.measures import telling
from journey_engine.reporting import writing
from journey_engine.reporting.gate_page import past_table
from journey_engine.reporting.markdown import of_table
from tasks import artifacts
from tasks.ground import Ground
from tasks.shelf import PLACE


def of_feed(on: Ground, report: BatchReport) -> None:
    """The artifact `gate-<feed>`: this batch, those before it, and a link to the page."""
    with on.engine.connect() as conn:
        story = gate_history.of_feed(conn, report.feed)
    _leave(on, report.feed, telling.gate_page(report, on.project.policy.language), story)


def of_wave(on: Ground, wave: Wave) -> None:
    """The artifact `gate-<message>` of a message that was about to reach many."""
    with on.engine.connect() as conn:
        story = gate_history.of_message(conn, wave.message)
    page = telling.wave_page(wave.message, wave.recipients, wave.verdict, on.project.policy.language)
    _leave(on, wave.message, page, story)


def _leave(on: Ground, name: str, told: str, story: Story | None) -> None:
    policy = on.project.policy
    parts = [told]
    if story is not None:
        parts += [of_table(past_table(story, policy.zone), policy.language), _link(on, story)]
    artifacts.page(f"gate-{name}", "\n\n".join(parts), name)


def _link(on: Ground, story: Story) -> str:
    """A page that cannot be written says so, and stops no import."""
    try:
        file = writing.gate_file(story, on.project, writing.folder(on.settings), with_rows=False)
    except writing.ReportNotWritten as error:
        return str(error)
    said = Words("打開整頁，含歷次圖表", "Open the page with its history drawn").said(on.project.policy.language)
    return f"[{said}]({PLACE}/{file.name})"

"""Reports as task runs: a page in the folder that Prefect's server shows, and its figures as an artifact."""

from __future__ import annotations

from journey_engine.language.words import Words
from journey_engine.reporting import writing
from journey_engine.reporting.markdown import markdown
from journey_engine.reporting.writing import Report
from tasks import artifacts
from tasks.ground import Ground
from tasks.pieces import Done, Told, piece
from tasks.shelf import PLACE


def journey(on: Ground, name: str) -> Done[Report]:
    """The page of a journey, and the artifact `journey-<name>-report`."""

    def work() -> Report:
        into, spoken = writing.folder(on.settings), on.project.policy.language
        return _shown(on, writing.journey_report(on.engine, on.project, name, on.now, spoken, into))

    return piece(f"report {name}", work, _told, retries=2)


def quarter(on: Ground, told: str | None) -> Done[Report]:
    """The review of a quarter (None: the last one that is over), and the artifact `quarter-<name>-report`."""

    def work() -> Report:
        into, spoken = writing.folder(on.settings), on.project.policy.language
        return _shown(on, writing.quarter_report(on.engine, on.project, told, on.now, spoken, into))

    return piece(f"report {told or 'quarter'}", work, _told, retries=2)


def _shown(on: Ground, report: Report) -> Report:
    """Where the whole page lies, with its charts, stands before the same figures."""
    link, spoken = f"{PLACE}/{report.file.name}", on.project.policy.language
    first = Words(
        f"[打開整頁，含圖表]({link})　檔案：`{report.file}`，表格另有 {len(report.sheets)} 個 CSV",
        f"[Open the page with its charts]({link}). File: `{report.file}`, and {len(report.sheets)} tables as CSV",
    )
    said = report.page.title.said(spoken)
    artifacts.page(f"{report.name}-report", markdown(report.page, spoken, first.said(spoken)), said)
    return report


def _told(report: Report) -> Told:
    return Told(f"{len(report.sheets)} tables", f"{report.page.title.en}: {report.file}")

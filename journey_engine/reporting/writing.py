"""Writes a report: gathers its figures in one snapshot, and puts page and sheets beside each other in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine

from journey_engine.errors import JourneysError, UsageError
from journey_engine.gate.gate_history import Story
from journey_engine.language.project import Project
from journey_engine.language.words import Language, did_you_mean
from journey_engine.measures.spans import Span, last_quarter, span
from journey_engine.reporting import journey_figures, quarter_figures
from journey_engine.reporting.contents import Page
from journey_engine.reporting.gate_page import gate_page
from journey_engine.reporting.journey_page import journey_page
from journey_engine.reporting.page import html
from journey_engine.reporting.quarter import quarter_page
from journey_engine.reporting.sheets import write_sheets
from journey_engine.settings import Settings

QUARTER = "quarter"  # as the name of a report; no journey may take it away
RESPONSE_DAYS = 7  # what a member does so many days after a message may be an answer to it


class NoSuchReport(UsageError):
    """A report was asked of something that is not live."""

    def __init__(self, name: str, known: list[str]) -> None:
        cure = did_you_mean(name, known).en or f"There are {', '.join(known)}."
        super().__init__(f"There is no journey “{name}” to report on.", cure, "report")


class NotBegun(UsageError):
    """A report was asked of a time that is still to come."""

    def __init__(self, told: Span) -> None:
        super().__init__(f"{told.name} has not begun.", "Name a time that has.", "report")


class ReportNotWritten(JourneysError):
    """The folder or a file of the report cannot be written."""

    def __init__(self, error: OSError) -> None:
        cause = error.strerror or type(error).__name__
        super().__init__(
            f"The report cannot be written: {cause}.", "Name another folder with --out.", f"{error.filename}"
        )


class NothingToDrawWith(JourneysError):
    """The libraries that draw charts are not installed."""

    def __init__(self) -> None:
        super().__init__("Charts need altair and vl-convert.", "Install line-journeys[reports].", "report")


@dataclass(frozen=True, slots=True)
class Report:
    """One page that was written: its name (`journey-welcome`, `quarter-2017q4`), value, file, and the CSV files."""

    name: str
    page: Page
    file: Path
    sheets: tuple[Path, ...]


def folder(settings: Settings) -> Path:
    """Where reports are written if nobody names a folder."""
    return settings.state / "reports"


def journey_report(
    engine: Engine, project: Project, journey: str, now: datetime, language: Language, into: Path,
    response_days: int = RESPONSE_DAYS,
) -> Report:  # fmt: skip
    """The page of one journey as of business `now`. Raises NoSuchReport, ReportNotWritten."""
    if journey not in project.journeys:
        raise NoSuchReport(journey, [QUARTER, *project.journeys])
    with _reading(engine).begin() as conn:
        figures = journey_figures.gather(conn, project, journey, now, response_days)
    page = journey_page(figures, project, language)
    return _written(f"journey-{journey}", page, project, language, into)


def quarter_report(
    engine: Engine, project: Project, told: str | None, now: datetime, language: Language, into: Path,
    response_days: int = RESPONSE_DAYS,
) -> Report:  # fmt: skip
    """The review of `2017Q4`, `2017-11` or `2017`; None: of the last quarter that is over at `now`.

    Raises NoSuchSpan, NotBegun, ReportNotWritten.
    """
    within = last_quarter(now, project.policy.zone) if told is None else span(told, project.policy.zone)
    if within.since >= now:
        raise NotBegun(within)
    with _reading(engine).begin() as conn:
        figures = quarter_figures.gather(conn, project, within, now, response_days)
    page = quarter_page(figures, project, language)
    return _written(f"{QUARTER}-{within.name.lower()}", page, project, language, into)


def gate_file(story: Story, project: Project, into: Path, with_rows: bool) -> Path:
    """The gate's page of a feed or message, `gate-NAME.html`. Raises ReportNotWritten."""
    page = gate_page(story, title_of(story, project), project.policy.zone, with_rows)
    return _put(into / f"gate-{story.name}.html", page, project.policy.language)


def title_of(story: Story, project: Project) -> str:
    """What people call the feed or message."""
    named = project.feeds.get(story.name) if story.kind == "feed" else project.messages.get(story.name)
    return (named.title if named else "") or story.name


def _reading(engine: Engine) -> Engine:
    """All figures of a page are of one instant, and reading them changes nothing. Raises NothingToDrawWith."""
    if find_spec("altair") is None or find_spec("vl_convert") is None:
        raise NothingToDrawWith
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _written(name: str, page: Page, project: Project, language: Language, into: Path) -> Report:
    """In another language than the policy's the files carry its name, so that both stand beside each other."""
    stem = name if language == project.policy.language else f"{name}.{language}"
    file = _put(into / f"{stem}.html", page, language)
    try:
        return Report(name, page, file, tuple(write_sheets(page, into, stem, language)))
    except OSError as error:
        raise ReportNotWritten(error) from error


def _put(file: Path, page: Page, language: Language) -> Path:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        draft.write_text(html(page, language), encoding="utf-8")
        return draft.replace(file)  # whoever has it open, or is served it, sees a whole page
    except OSError as error:
        raise ReportNotWritten(error) from error

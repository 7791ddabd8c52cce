"""`journeys import`: one feed, or one file of a feed, through the gate into the database; it decides no rule."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, HELD, FromProject

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from journey_engine.data.batches import BatchReport
    from journey_engine.language.project import Project
    from journey_engine.language.words import Language
    from journey_engine.reading.progress import Telling
    from journey_engine.settings import Settings


def import_(
    what: Annotated[str, Parameter(help="A feed, or a file: its feed is the one that looks for such a name.")],
    /,
    *,
    day: Annotated[date | None, Parameter(help="The local day it is for, such as 2026-12-05.")] = None,
    feed: Annotated[str | None, Parameter(help="Which feed a file belongs to, if its name does not say.")] = None,
    file: Annotated[Path | None, Parameter(help="One file, instead of those the feed finds.")] = None,
    dry_run: Annotated[bool, Parameter(help="Show what would land and what not, and change nothing.")] = False,
    settings: FromProject,
) -> int:
    """Import a feed, or a single file of one."""
    from journey_engine import clock
    from journey_engine.data.feeds import import_feed
    from journey_engine.reading.finding import feed_of
    from journey_engine.store import database

    with database.opened(settings) as engine:
        with engine.begin() as connection:
            project, now = _project(connection, settings, dry_run), clock.now(connection)
        name = what
        if what not in project.feeds and Path(what).is_file():
            file = Path(what)
            name = feed or feed_of(project, settings, file)
        with _progress(name) as tell:
            report = import_feed(engine, project, settings, name, now, day, file=file, only_try=dry_run, tell=tell)
    print(report)
    for line in report.findings():
        print(f"  {line}")
    if dry_run:
        print("\n".join(_trial(report, project.policy.language)))
    return HELD if report.status == "held" else FINE


def _project(connection: Connection, settings: Settings, dry_run: bool) -> Project:
    """The project as applied; of a trial as it is written, if it can be read: nothing has to be applied for it."""
    from journey_engine.errors import JourneysError
    from journey_engine.language.read import load_project
    from journey_engine.planning import live_project

    if dry_run:
        try:
            return load_project(settings.project)
        except JourneysError as error:
            print(f"The feed as it was applied last, because the files have mistakes: {error.reason}")
    return live_project(connection)


def _trial(report: BatchReport, language: Language) -> Iterator[str]:
    """What would be added, and what would be set aside for which reason, as tables."""
    from journey_engine.language.words import Words
    from journey_engine.measures.tables import table

    yield ""
    added = [[name, count] for name, count in report.counts.items() if count]
    yield table(["會新增或更改", "數量"], ["would be added or changed", "count"], added, language)
    yield ""
    rows: list[list[str | int]] = []
    for reason, count in report.reasons.items():
        shown = [f"{each.row}: {each.column} = {each.value or '—'}" for each in report.examples.get(reason, ())]
        rows.append([reason, count, "; ".join(shown)])
    zh, en = (
        ["會隔離的原因", "列數", "例如（第幾列：欄位 = 值）"],
        ["would be set aside", "rows", "such as (row: column = value)"],
    )
    yield table(zh, en, rows, language)
    yield Words("什麼都沒有存下來。", "Nothing was stored.").said(language)


@contextmanager
def _progress(name: str) -> Generator[Telling]:
    """A line that tells the stages while it runs, on a terminal; nothing elsewhere."""
    from rich.console import Console

    from journey_engine.reading.progress import silent

    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    with console.status(name) as status:
        yield lambda stage, rows: status.update(f"{name}: {stage} {rows:,}")

"""`journeys next`: when time rules fire next, by the files as they are now; it fires nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject, Spoken
from journey_engine.settings import Settings


def next_(
    journey: str = "",
    /,
    *,
    most: Annotated[int, Parameter(help="How many instants of each rule.")] = 10,
    since: Annotated[datetime | None, Parameter(help="From 2026-12-01 on (business zone), instead of now.")] = None,
    language: Spoken = None,
    settings: FromProject,
) -> None:
    """Print the next ten firing times of every time rule (every, at, date), by the clocks of the business zone.

    Parameters
    ----------
    journey
        Only this journey; all with a time rule if none is named.
    """
    from zoneinfo import ZoneInfo

    from journey_engine.language.named import JOURNEY, find
    from journey_engine.language.read import load_project
    from journey_engine.saying.firings import coming
    from journey_engine.saying.titles import Titles

    project = load_project(settings.project)
    spoken, known = language or project.policy.language, project.journeys
    chosen = [find(JOURNEY, journey, known, spoken, "journeys")] if journey else [known[name] for name in sorted(known)]
    begins = since.replace(tzinfo=ZoneInfo(project.policy.zone)) if since else _now(settings)
    print("\n".join(words.said(spoken) for words in coming(chosen, Titles(project), begins.astimezone(UTC), most)))


def _now(settings: Settings) -> datetime:
    """The business clock of a database that runs (it may stand in a simulated time), else this machine's."""
    from sqlalchemy import inspect

    from journey_engine import clock
    from journey_engine.store import database, embedded

    cluster = embedded.existing(settings)
    if not settings.database_url and (cluster is None or not embedded.status(cluster).running):
        return datetime.now(UTC)
    engine = database.engine_on(database.app_url(settings))
    try:
        with engine.connect() as connection:
            has_clock = inspect(connection).has_table("clock")
            return clock.now(connection) if has_clock else datetime.now(UTC)
    finally:
        engine.dispose()

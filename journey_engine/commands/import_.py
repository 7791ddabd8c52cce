"""`journeys import`: one feed, or one file of a feed, through the gate into the database; it decides no rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, HELD, FromProject


def import_(
    what: str,
    *,
    day: Annotated[date | None, Parameter(help="The local day it is for, such as 2026-12-05.")] = None,
    feed: Annotated[str | None, Parameter(help="Which feed a file belongs to, if its name does not say.")] = None,
    dry_run: Annotated[bool, Parameter(help="Judge and count, and change nothing.")] = False,
    settings: FromProject,
) -> int:
    """Import a feed, or a single file of one."""
    from journey_engine import clock
    from journey_engine.data.feeds import import_feed
    from journey_engine.data.finding import feed_of
    from journey_engine.planning import live_project
    from journey_engine.store import database

    engine = database.open_engine(settings)
    try:
        with engine.begin() as connection:
            project, now = live_project(connection), clock.now(connection)
        file = Path(what) if what not in project.feeds and Path(what).is_file() else None
        name = what if file is None else feed or feed_of(project, settings, file)
        report = import_feed(engine, project, settings, name, now, day, file=file, only_try=dry_run)
    finally:
        engine.dispose()
    print(report)
    for line in report.findings():
        print(f"  {line}")
    return HELD if report.status == "held" else FINE

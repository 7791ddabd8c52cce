"""`journeys report`: pages of figures to look at, to print and to hand on, with a CSV of each table; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject
from journey_engine.errors import UsageError
from journey_engine.language.words import Language
from journey_engine.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from journey_engine.reporting.writing import Report


def report(
    what: str = "quarter",
    /,
    *,
    quarter: Annotated[
        str | None,
        Parameter(help="2017Q4, or a month (2017-11) or year (2017); by default the last quarter that is over."),
    ] = None,
    within: Annotated[
        int, Parameter(help="What is done so many days after a message answers it; a campaign may last longer.")
    ] = 7,
    out: Annotated[Path | None, Parameter(help="The folder; `reports` in the state folder if none is named.")] = None,
    language: Annotated[
        Language | None, Parameter(name=["--language", "--lang"], help="The policy's if none is given.")
    ] = None,
    open_: Annotated[bool, Parameter(name="--open", help="Open it in the browser.")] = False,
    settings: FromProject,
) -> None:
    """Write the business review of a quarter, or the page of a journey, and a CSV of each table beside it.

    Parameters
    ----------
    what
        `quarter`, or the name of a journey.
    """
    from journey_engine.store import database

    with database.opened(settings) as engine:
        written = _written(engine, settings, _Asked(what, quarter, within, out, language))
    print(written.file, *written.sheets, sep="\n")
    if open_:
        import webbrowser

        _ = webbrowser.open(written.file.resolve().as_uri())


@dataclass(frozen=True, slots=True)
class _Asked:
    what: str
    quarter: str | None
    within: int
    out: Path | None
    language: Language | None


def _written(engine: Engine, settings: Settings, asked: _Asked) -> Report:
    from journey_engine import clock, planning
    from journey_engine.reporting import writing

    is_journey = asked.what != writing.QUARTER
    if is_journey and asked.quarter is not None:
        raise UsageError("--quarter goes with the review of a quarter.", "Leave it out: a journey's page tells it all.")
    if asked.within < 1:
        raise UsageError("--within asks for days.", "Write for example --within 28.")
    with engine.begin() as conn:
        project, now = planning.live_project(conn), clock.now(conn)
    rest = (now, asked.language or project.policy.language, asked.out or writing.folder(settings), asked.within)
    if is_journey:
        return writing.journey_report(engine, project, asked.what, *rest)
    return writing.quarter_report(engine, project, asked.quarter, *rest)

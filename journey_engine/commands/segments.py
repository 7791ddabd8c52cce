"""`journeys segments`: how large segments are and were, who came and left and why, overlaps; it refreshes none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from journey_engine.commands import FromProject

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from journey_engine.explaining.told import Told
    from journey_engine.language.project import Project


def segments(
    segment: str = "",
    /,
    *,
    since: Annotated[date | None, Parameter(help="From this local day on; the last 7 days if none is named.")] = None,
    sample: Annotated[int, Parameter(help="So many of its members, and of who came and left, each with why.")] = 0,
    overlap: Annotated[
        tuple[str, str] | None, Parameter(negative="", help="Two segments: how far they are the same members.")
    ] = None,
    language: Annotated[
        Literal["zh-TW", "en"] | None, Parameter(help="The policy's language if none is given.")
    ] = None,
    settings: FromProject,
) -> None:
    """Show how large segments are; of one, its sizes over time and who came and left and why.

    Parameters
    ----------
    segment
        Only this one, in full; all of them, a line each, if none is named.
    """
    from zoneinfo import ZoneInfo

    from journey_engine import clock
    from journey_engine.explaining.segments import shared
    from journey_engine.explaining.told import Told
    from journey_engine.language.named import SEGMENT, find
    from journey_engine.measures.segments import overlap as overlap_of
    from journey_engine.planning import live_project
    from journey_engine.saying.titles import Titles
    from journey_engine.store import database

    engine = database.open_engine(settings)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            project = live_project(connection)
            told = Told(Titles(project), language or project.policy.language, ZoneInfo(project.policy.zone))
            for name in (*([segment] if segment else []), *(overlap or ())):
                find(SEGMENT, name, project.segments, told.language, "segments")
            if overlap is not None:
                first, second = (project.segments[name] for name in overlap)
                lines = shared(first, second, overlap_of(connection, *overlap), told)
            elif segment:
                lines = _one(connection, project, segment, told, clock.now(connection), since, sample)
            else:
                lines = _all(connection, project, told)
    finally:
        engine.dispose()
    print("\n".join(lines))


def _all(connection: Connection, project: Project, told: Told) -> list[str]:
    from journey_engine.data.holds import open_holds
    from journey_engine.explaining.segments import overview
    from journey_engine.measures.segments import present

    held = {hold.name: f"{hold.reason} {hold.cure}" for hold in open_holds(connection, "segment")}
    return overview(present(connection, sorted(project.segments)), project, held, told)


def _one(
    connection: Connection, project: Project, name: str, told: Told, now: datetime, since: date | None, most: int
) -> list[str]:
    from datetime import datetime, timedelta

    from journey_engine.explaining import segments as telling
    from journey_engine.measures.comings import causes, comings
    from journey_engine.measures.segments import present, sizes

    day = since or now.astimezone(told.zone).date() - timedelta(days=7)
    # A refresh for the midnight with which the day begins tells of the day before it.
    begins = datetime(day.year, day.month, day.day, tzinfo=told.zone)
    segment, [stands] = project.segments[name], present(connection, [name])
    lines = [*telling.heading(segment, stands, told), ""]
    lines += [*telling.over_time(sizes(connection, name, begins), told), ""]
    lines += telling.why(causes(connection, project, segment, begins, now), told)
    if most > 0:
        lines += ["", told.say("最近加入與離開的人", "Who came and left last")]
        lines += telling.moved(connection, comings(connection, project, segment, begins, now, most), told)
        lines += ["", told.say("現在裡面的人，舉例", "A few of those in it now")]
        lines += telling.sampled(telling.sample(connection, project, segment, stands, most, told.titles), told)
    return lines

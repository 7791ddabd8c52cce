"""`journeys segments`: how large segments are and were, who came and left and why, overlaps; it refreshes none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject, Spoken
from journey_engine.language.words import Language

if TYPE_CHECKING:
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
        tuple[str, str] | None, Parameter(help="Two segments: how far they are the same members.")
    ] = None,
    prove: Annotated[
        bool, Parameter(help="Ask every event anew, and say whose segments would come out otherwise.")
    ] = False,
    language: Spoken = None,
    settings: FromProject,
) -> None:
    """Show how large segments are; of one, its sizes over time and who came and left and why.

    Parameters
    ----------
    segment
        Only this one, in full; all of them, a line each, if none is named.
    """
    from journey_engine.store import database

    asked = _Asked(segment, since, sample, overlap, prove, language)
    with (
        database.opened(settings) as engine,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        lines = _lines(connection, asked)
    print("\n".join(lines))


@dataclass(frozen=True)
class _Asked:
    segment: str
    since: date | None
    sample: int
    overlap: tuple[str, str] | None
    prove: bool
    language: Language | None


def _lines(connection: Connection, asked: _Asked) -> list[str]:
    from zoneinfo import ZoneInfo

    from journey_engine.explaining.segments import shared
    from journey_engine.explaining.told import Told
    from journey_engine.language.named import SEGMENT, find
    from journey_engine.measures.segments import overlap
    from journey_engine.planning import live_project
    from journey_engine.saying.titles import Titles

    project = live_project(connection)
    told = Told(Titles(project), asked.language or project.policy.language, ZoneInfo(project.policy.zone))
    for name in (*([asked.segment] if asked.segment else []), *(asked.overlap or ())):
        find(SEGMENT, name, project.segments, told.language, "segments")
    if asked.prove:
        from journey_engine.explaining.segments import proven
        from journey_engine.lifecycle.feature_proof import differences

        return proven(differences(connection, project), told)
    if asked.overlap is not None:
        first, second = (project.segments[name] for name in asked.overlap)
        return shared(first, second, overlap(connection, *asked.overlap), told)
    return _one(connection, project, asked, told) if asked.segment else _all(connection, project, told)


def _all(connection: Connection, project: Project, told: Told) -> list[str]:
    from journey_engine.explaining.segments import overview
    from journey_engine.gate.holds import open_holds
    from journey_engine.language.persona import PREFIX
    from journey_engine.measures.segments import present

    ones = [f"{PREFIX}{one.persona}" for one in project.personas.personas] if project.personas else []
    held = {hold.name: f"{hold.reason} {hold.cure}" for hold in open_holds(connection, "segment")}
    return overview([*present(connection, sorted(project.segments)), *present(connection, ones)], project, held, told)


def _one(connection: Connection, project: Project, asked: _Asked, told: Told) -> list[str]:
    from journey_engine import clock
    from journey_engine.explaining import segments as telling
    from journey_engine.measures.comings import causes, comings
    from journey_engine.measures.segments import present, sizes

    now = clock.now(connection)
    day = asked.since or now.astimezone(told.zone).date() - timedelta(days=7)
    # A refresh for the midnight with which the day begins tells of the day before it.
    begins = datetime(day.year, day.month, day.day, tzinfo=told.zone)
    segment, [stands] = project.segments[asked.segment], present(connection, [asked.segment])
    lines = [*telling.heading(segment, stands, told), ""]
    lines += [*telling.over_time(sizes(connection, asked.segment, begins), told), ""]
    lines += telling.why(causes(connection, project, segment, begins, now), told)
    if asked.sample > 0:
        latest = comings(connection, project, segment, begins, now, asked.sample)
        lines += [
            "",
            told.say("最近加入與離開的人", "Who came and left last"),
            *telling.moved(connection, latest, told),
        ]
        few = telling.sample(connection, project, segment, stands, asked.sample, told.titles)
        lines += ["", told.say("現在裡面的人，舉例", "A few of those in it now"), *telling.sampled(few, told)]
    return lines

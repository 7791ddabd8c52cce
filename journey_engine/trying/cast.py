"""Which journeys a story needs, and the instants at which time itself lets members into them; it moves nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from journey_engine.language.firing import anniversary, cron_instants, date_instant, instant_of
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import GoTo
from journey_engine.language.project import Project
from journey_engine.language.scenario import STAGE_CHANGED, Scenario
from journey_engine.language.triggers import Dated, Enter

_NIGHTLY_RULE = re.compile(r"\b(stage|persona)\s+is\b")
_MANY = 200  # stories of one journey; a pace of more than that makes nobody wait


def cast_of(project: Project, scenario: Scenario) -> frozenset[str]:
    """The story's own journey, those named in `beside` or expected of, and all that these lead to.

    Others stay out, so that a new journey of the brand changes no story of the old ones.
    """
    expected = [moment.expect for moment in scenario.story if moment.expect]
    named = {name for each in expected for name in (each.in_, each.outside, each.finished, each.left) if name}
    found: set[str] = set()
    left = [scenario.journey, *scenario.beside, *named]
    while left:
        name = left.pop()
        if name in project.journeys and name not in found:
            found.add(name)
            left += _following(project, name)
    return frozenset(found)


def _following(project: Project, name: str) -> Iterator[str]:
    for _, step in all_steps(project.journeys[name]):
        if isinstance(step, GoTo):
            yield step.go_to
    yield from (other.journey for other in project.journeys.values() if other.enter.after == name)


def lives_nights(project: Project, cast: frozenset[str], scenario: Scenario) -> bool:
    """Whether nights are lived through: some journey asks for a stage or persona that no moment tells of."""
    if any(moment.happens == STAGE_CHANGED for moment in scenario.story):
        return False
    journeys = [project.journeys[name] for name in cast]
    return any(each.enter.stage or _NIGHTLY_RULE.search(each.model_dump_json()) for each in journeys)


def may_share(project: Project, cast: frozenset[str]) -> bool:
    """Whether members of several stories may be in these journeys at once: not where one may take another's turn."""
    paces = [project.journeys[name].enter.pace for name in cast]
    return all(pace is None or pace.count > _MANY for pace in paces)


def coming(enter: Enter, now: datetime, business: str, own: ZoneInfo, attributes: Mapping[str, str]) -> set[datetime]:
    """Instants after `now` at which this trigger may fire for a member with these attributes, living in `own` zone."""
    found: set[datetime] = set()
    if enter.at is not None:
        found.add(instant_of(enter.at.time, ZoneInfo(business)))
    if enter.every is not None:
        found.update(islice(cron_instants(enter.every.cron, business, now), 1))
    if enter.date is not None and enter.date.of in attributes:
        found.update(date_instant(enter.date, day, own) for day in _days(enter.date, attributes[enter.date.of], now))
    return {at for at in found if at > now}


def _days(dated: Dated, written: str, now: datetime) -> Iterator[date]:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return
    if dated.every is None:
        yield day
    else:
        yield from (anniversary(day, year) for year in range(now.year - 1, now.year + 3))

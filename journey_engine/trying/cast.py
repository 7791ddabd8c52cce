"""Which journeys a story needs, and the instants at which time itself lets members into them; it moves nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from journey_engine.language.graph import all_steps
from journey_engine.language.journey import GoTo
from journey_engine.language.project import Project
from journey_engine.language.scenario import Scenario
from journey_engine.language.triggers import Dated, Enter

_MONTH = timedelta(days=31)


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


def coming(
    enter: Enter, now: datetime, business: ZoneInfo, own: ZoneInfo, attributes: Mapping[str, str]
) -> set[datetime]:
    """Instants after `now` at which this trigger may fire for a member with these attributes, living in `own` zone.

    Some more do no harm: a tick with nothing to do changes nothing.
    """
    found: set[datetime] = set()
    if enter.at is not None:
        found.add(enter.at.time.replace(tzinfo=business).astimezone(UTC))
    if enter.every is not None:
        found.add(next(CronSim(enter.every.cron, now.astimezone(business))).astimezone(UTC))
    if enter.date is not None and enter.date.of in attributes:
        found.update(_dates(enter.date, attributes[enter.date.of], now, own))
    return {at for at in found if at > now}


def _dates(dated: Dated, written: str, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return
    years = range(now.year - 1, now.year + 3) if dated.every else (day.year,)
    for year in years:
        on = day.replace(year=year) if (day.month, day.day) != (2, 29) else date(year, 2, 28)
        yield from _moved(on, dated, zone)


def _moved(on: date, dated: Dated, zone: ZoneInfo) -> Iterator[datetime]:
    """The day with its offset; of an offset in months all days it could be."""
    length = dated.offset.length
    sign = -1 if dated.offset.is_before else 1
    if length is None or length.is_exact:
        passed = timedelta() if length is None else sign * length.exact
        yield datetime.combine(on, dated.at, zone).astimezone(UTC) + passed
        yield datetime.combine(on, time(), zone).astimezone(UTC) + passed
    elif length.unit != "month":
        yield datetime.combine(on + timedelta(days=sign * length.days), dated.at, zone).astimezone(UTC)
    else:
        months = on.year * 12 + on.month - 1 + sign * length.amount
        first = date(months // 12, months % 12 + 1, 1)
        last = (first + _MONTH).replace(day=1) - timedelta(days=1)
        yield datetime.combine(first.replace(day=min(on.day, last.day)), dated.at, zone).astimezone(UTC)

"""What the clock alone brings between two looks: firing times of schedules, dates, appointments; it enters nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from journey_engine.compiler import dated, triggers
from journey_engine.compiler.plot import Plot
from journey_engine.language.firing import cron_instants, date_instants
from journey_engine.language.triggers import Dated, Enter
from journey_engine.store.zones import known_zones

_MOMENT = timedelta(microseconds=1)
# One look-up a zone, however many members carry it.
_CARRIED = text("""
    with recursive found as (
        (select zone from members where zone is not null order by zone limit 1)
        union all
        select (select m.zone from members m where m.zone > found.zone order by m.zone limit 1)
        from found where found.zone is not null
    )
    select zone from found where zone is not null
""")


@dataclass(frozen=True, slots=True)
class Timing:
    """Values to bind, and whether an instant of the journey's own lay between the two looks."""

    bound: dict[str, Any] = field(default_factory=dict[str, Any])
    fired: bool = False


def between(connection: Connection, plot: Plot, last: datetime, live_since: datetime, now: datetime) -> Timing:
    """What fires in (last, now], and not before the journey went live. Nothing does while it lets nobody in."""
    enter = plot.journey.enter
    after = max(last, live_since - _MOMENT)
    lives = plot.journey.status == "live" and after < now
    bound: dict[str, Any] = {}
    fired = lives and _appointed(plot, enter, after, now)
    if enter.existing == "include":
        bound[triggers.EXISTING.key] = lives and last <= live_since
        fired |= bound[triggers.EXISTING.key]
    if enter.every is not None:
        coming = cron_instants(enter.every.cron, plot.project.policy.zone, after) if lives else iter(())
        bound[triggers.EVERY.key] = list(takewhile(lambda at: at <= now, coming))
        fired |= bool(bound[triggers.EVERY.key])
    if enter.date is not None:
        bound |= _dates(connection, plot, enter.date, after, now if lives else after)
        fired |= bool(bound[dated.INSTANTS.key])
    return Timing(bound, fired)


def _appointed(plot: Plot, enter: Enter, after: datetime, now: datetime) -> bool:
    if enter.at is None:
        return False
    at = enter.at.time.replace(tzinfo=ZoneInfo(plot.project.policy.zone), fold=0).astimezone(UTC)
    return after < at <= now


def _dates(connection: Connection, plot: Plot, rule: Dated, after: datetime, now: datetime) -> dict[str, Any]:
    written = set(connection.execute(_CARRIED).scalars())
    carried = known_zones(connection) & written if written else frozenset[str]()
    rows = [
        (zone, text_, day.isoformat(), at)
        for zone in sorted({plot.project.policy.zone, *carried})
        for day, at in date_instants(rule, zone, after, now)
        for text_ in _texts(rule, day)
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    keys = (dated.ZONES, dated.TEXTS, dated.DAYS, dated.INSTANTS)
    bound: dict[str, Any] = {key.key: list(column) for key, column in zip(keys, columns, strict=True)}
    return {**bound, dated.KNOWN.key: sorted(carried)}


def _texts(rule: Dated, day: date) -> list[str]:
    """How a date may be written that falls on the day: with `every: year` without its year."""
    if rule.every is None:
        return [day.isoformat()]
    leaps = day.month == 2 and day.day == 28 and (day + timedelta(days=1)).month == 3
    return [f"{day:%m-%d}", *(["02-29"] if leaps else [])]

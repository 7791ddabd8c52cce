"""Quiet hours at one instant: until when each zone is to be left alone; it reads no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from journey_engine.language.days import Hours


def zone_or(name: str | None, default: str) -> ZoneInfo:
    """The zone of that IANA name, or `default` where there is none or no such zone."""
    try:
        return ZoneInfo(name or default)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(default)


def quiet_until(now: datetime, zone: ZoneInfo, hours: Hours) -> datetime | None:
    """When the quiet hours end that hold at `now` (aware) in `zone`; None if none do. [start, end) by wall time.

    An end that summer time skips is moved forward by the gap; of a repeated hour the first counts.
    """
    local = now.astimezone(zone)
    wall = local.time()
    spans_midnight = hours.start > hours.end
    if spans_midnight:
        if hours.end <= wall < hours.start:
            return None
        day = local.date() + timedelta(days=1) if wall >= hours.start else local.date()
    else:
        if not hours.start <= wall < hours.end:
            return None
        day = local.date()
    end = datetime.combine(day, hours.end, zone).astimezone(UTC)
    # In a repeated hour the first end may lie behind: the window that began again ends with the second.
    return end if end > now else datetime.combine(day, hours.end.replace(fold=1), zone).astimezone(UTC)


def quiet_zones(
    now: datetime, names: Iterable[str | None], business: str, hours: Hours | None
) -> dict[str | None, datetime]:
    """Of the zones members carry, those that are quiet at `now`, with the end; an invalid one is the business's."""
    if hours is None or hours.start == hours.end:
        return {}
    ends = {name: quiet_until(now, zone_or(name, business), hours) for name in names}
    return {name: end for name, end in ends.items() if end is not None}

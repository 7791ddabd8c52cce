"""Whether the office is open at an instant, by calendar and office hours of the policy; it reads no clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from journey_engine.language.catalog import BusinessCalendar, Policy
from journey_engine.language.workdays import moved_days

_SATURDAY = 5


def is_workday(day: date, calendar: BusinessCalendar) -> bool:
    """Whether the calendar says that people work on this day."""
    moved = moved_days(calendar.country, frozenset(calendar.closed), frozenset(calendar.open))
    return moved[day] == day if day in moved else day.weekday() < _SATURDAY


def is_open(at: datetime, policy: Policy) -> bool:
    """Whether people answer at this instant (aware), by the business zone; without office hours they always do.

    Hours that reach over midnight belong to the day on which they begin.
    """
    hours = policy.office_hours
    if hours is None:
        return True
    local = at.astimezone(ZoneInfo(policy.zone))
    day, wall = local.date(), local.time()
    if hours.start <= hours.end:
        return hours.start <= wall < hours.end and is_workday(day, policy.calendar)
    if wall >= hours.start:
        return is_workday(day, policy.calendar)
    return wall < hours.end and is_workday(day - timedelta(days=1), policy.calendar)

"""What a wait promises beside its length: the clock time, the days, the window it goes on in; it asks no clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

from sqlalchemy import ColumnElement

from journey_engine.compiler import calendar, days
from journey_engine.compiler.days import EVERY_DAY, MONDAY_TO_FRIDAY, Allowed
from journey_engine.language.catalog import Policy
from journey_engine.language.days import Days
from journey_engine.language.journey import Wait, Window
from journey_engine.language.workdays import moved_days

Promise = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]]
"""From an instant and a zone: the first instant not before it that keeps the promise."""


def allowed(policy: Policy, meant: Days | None) -> Allowed:
    """The days that are meant, by the policy's calendar. Raises UnknownCountry."""
    if meant is None:
        return EVERY_DAY
    if not meant.workdays:
        return Allowed(meant.numbers)
    known = policy.calendar
    return Allowed(MONDAY_TO_FRIDAY, moved_days(known.country, frozenset(known.closed), frozenset(known.open)))


def of_wait(policy: Policy, step: Wait) -> list[Promise]:
    """One after the other, in the order in which they are resolved: the clock time, or the window; then `on`.

    The clock time is `until`; that of `wait: "10:00"` is kept when its promise is moved, and harmless before.
    """
    meant = allowed(policy, step.on)
    if isinstance(step.wait, Window):
        hours = step.wait.window
        return [lambda at, zone: days.in_window(at, hours, meant, zone)]
    kept: list[Promise] = []
    clock = step.wait if isinstance(step.wait, time) else step.until
    if clock is not None:
        kept.append(lambda at, zone: calendar.next_clock(at, clock, zone, or_now=True))
    if step.on is not None:
        kept.append(lambda at, zone: days.on_days(at, meant, zone))
    return kept

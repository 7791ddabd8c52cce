"""What events add to figures between one instant and a later one; it looks for no events and writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, literal

from journey_engine.compiler.features import Figure, Span
from journey_engine.compiler.told_from_features import Instant, inside
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT


def between(at: ColumnElement[Any], one: datetime, other: datetime) -> ColumnElement[bool]:
    """Whether it lies between two instants, whichever is the earlier one."""
    return at.between(literal(min(one, other), INSTANT), literal(max(one, other), INSTANT))


def turn(window: Span | None, before: Instant, now: Instant, was_there: ColumnElement[bool]) -> ColumnElement[Any]:
    """1: an event counts now in such a window, and did not then; -1: the other way round; 0: as it did."""
    is_now, was = (_counts(window, instant) for instant in (now, before))
    return cast(is_now, Integer) - cast(and_(was, was_there), Integer)


def _counts(window: Span | None, instant: Instant) -> ColumnElement[bool]:
    so_far = events.c.at <= literal(instant.at, INSTANT)
    return so_far if window is None else and_(so_far, inside(events.c.at, window, instant))


def what_is_added(
    figure: Figure,
    is_kind: ColumnElement[bool],
    turned: ColumnElement[Any],
    at: ColumnElement[Any],
    value: ColumnElement[Any] | None,
) -> ColumnElement[Any]:
    """What the events add to a figure; to the last instant, the last of those that have come to count."""
    match figure.taken:
        case "last":
            return func.max(at).filter(and_(is_kind, turned > 0))
        case "sum":
            added: ColumnElement[Any] = func.sum(value * turned)
        case "number" | "valued":
            added = func.sum(turned)
    counted = and_(is_kind, turned != 0) if value is None else and_(is_kind, turned != 0, value.is_not(None))
    return func.coalesce(added.filter(counted), 0)

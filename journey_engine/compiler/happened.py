"""Which rows of events a pattern means, of which key, and their typed properties; it never asks whose or when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, true
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar, dates
from journey_engine.compiler.values import kind_of, passes, typed
from journey_engine.language.catalog import ValueType
from journey_engine.language.conditions import All, AnyOf, Condition, EventQuery, Not, Property
from journey_engine.language.project import Project
from journey_engine.language.schema import EVENTS_OF_A_CALL


@dataclass(frozen=True, slots=True)
class Entry:
    """The columns of the trigger that let the member in.

    `properties` is JSONB of texts by name, the event's value under "value"; `event` is the trigger's name, which gives
    the properties their types (None: they have the type of what they are compared with). `itself`: `since entry` counts
    an event at the entry's own instant, as `enter.if` does. In a journey entered per KEY, `key_name` is that property
    and `key` the visit's value of it; a visit without one (from before the journey had a key) sees all events.
    """

    at: ColumnElement[Any]
    properties: ColumnElement[Any]
    event: str | None = None
    itself: bool = False
    key_name: str | None = None
    key: ColumnElement[Any] | None = None


def matches(
    project: Project, happened: FromClause, query: EventQuery, entry: Entry | None = None
) -> ColumnElement[bool]:
    """Whether a row of events is of the kind asked for: name, `of`, `where`; whenever it was and whosever it is.

    With the `entry` of a visit per KEY, events of another key are not.
    """
    tests = [happened.c.name == query.event]
    if query.of is not None:
        tests.append(happened.c.of == query.of)
    if query.where is not None:
        tests.append(_where(project, happened, query.event, query.where))
    if entry is not None:
        tests += _of_its_key(project, happened, query, entry)
    return and_(*tests)


def _of_its_key(project: Project, happened: FromClause, query: EventQuery, entry: Entry) -> list[ColumnElement[bool]]:
    """Nothing to ask where the journey has no key, the event has none of its name, or `of any KEY` lifts it."""
    name = entry.key_name
    if name is None or entry.key is None or query.any_key is not None:
        return []
    if query.event in EVENTS_OF_A_CALL:  # it has the key of the visit that called, if that one has a key
        return [func.coalesce(happened.c.properties.op("->>")(name) == entry.key, True)]
    if name not in (project.schema_.properties_of(query.event) or {}):
        return []
    same = func.coalesce(happened.c.properties.op("->>")(name) == entry.key, False)
    return [or_(func.coalesce(entry.key, "") == "", same)]


def _where(project: Project, happened: FromClause, event: str, condition: Condition) -> ColumnElement[bool]:
    match condition:
        case All(parts):
            return and_(true(), *(_where(project, happened, event, part) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(_where(project, happened, event, part) for part in parts))
        case Not(part):
            return not_(_where(project, happened, event, part))
        case Property(name, test):
            value = property_of(project, happened, event, name, kind_of(test))
            return passes(test, value)
        case _:
            raise TypeError(f"{condition} does not stand inside where")


def property_of(project: Project, happened: FromClause, event: str, name: str, kind: ValueType) -> ColumnElement[Any]:
    """A typed property of an event row; `value` is its amount. `kind` serves where the schema declares no type."""
    declared = (project.schema_.properties_of(event) or {}).get(name)
    if name == "value" and declared in (None, "number", "money"):
        return happened.c.value
    return read_as(project, happened.c.properties.op("->>")(name), declared or kind)


def read_as(project: Project, written: ColumnElement[Any], kind: ValueType) -> ColumnElement[Any]:
    """The text as a value of the declared type, null if it is none; a time as its local date in the business zone,
    because it is compared with dates."""
    if kind == "time":
        zone = project.policy.zone
        return calendar.local_date(dates.moment(written, zone), literal(zone))
    return typed(written, kind)

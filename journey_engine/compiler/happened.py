"""Which rows of events a pattern means, and their typed properties; it never asks whose or when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler.values import kind_of, passes, typed
from journey_engine.language.catalog import ValueType
from journey_engine.language.conditions import All, AnyOf, Condition, EventQuery, Not, Property
from journey_engine.language.project import Project


def matches(project: Project, happened: FromClause, query: EventQuery) -> ColumnElement[bool]:
    """Whether a row of events is of the kind asked for: name, `of`, `where`; whenever it was and whosever it is."""
    tests = [happened.c.name == query.event]
    if query.of is not None:
        tests.append(happened.c.of == query.of)
    if query.where is not None:
        tests.append(_where(project, happened, query.event, query.where))
    return and_(*tests)


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
    return typed(happened.c.properties.op("->>")(name), declared or kind)

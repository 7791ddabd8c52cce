"""Scores of schema.yaml in SQL: what a member's behaviour comes to at an instant; it stores no score."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, func, literal, select

from journey_engine.compiler import calendar
from journey_engine.compiler.fading import DIGITS, MOST_HALVINGS
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.values import passes
from journey_engine.language.conditions import Score
from journey_engine.language.durations import Duration
from journey_engine.language.score import Gives
from journey_engine.store.tables.happenings import events


def holds(scope: Scope, leaf: Score) -> ColumnElement[bool]:
    """Whether the member's score passes the test at the instant."""
    return passes(leaf.test, value(scope, leaf.score))


def value(scope: Scope, name: str) -> ColumnElement[Any]:
    """The score, never null; a visit's key does not narrow what is counted. Raises KeyError for one not declared."""
    scope, kind = replace(scope, entry=None), scope.project.schema_.scores[name]
    whole = sum((_given(scope, rule, kind.half_life) for rule in kind.gives), start=_number(0))
    top = whole if kind.cap is None else func.least(whole, _number(kind.cap))
    return func.round(func.greatest(top, _number(0)), DIGITS, type_=Numeric)


def _given(scope: Scope, rule: Gives, half_life: Duration | None) -> ColumnElement[Any]:
    """What one rule gives for all its events, within its bounds."""
    happened = events.alias()
    one = _number(1) if half_life is None else func.power(_number(2), -_halvings(scope, happened.c.at, half_life))
    total = select(func.coalesce(func.sum(one), 0)).where(scope.seen(happened, rule.on.query)).scalar_subquery()
    given: ColumnElement[Any] = cast(total, Numeric(asdecimal=True)) * _number(rule.points)
    if rule.at_most is None:
        return given
    return func.greatest(func.least(given, _number(rule.at_most)), _number(-rule.at_most))


def _halvings(scope: Scope, at: ColumnElement[Any], half_life: Duration) -> ColumnElement[Any]:
    days = calendar.local_date(scope.at, scope.zone) - calendar.local_date(at, scope.zone)
    return func.least(cast(days, Numeric) / half_life.days, MOST_HALVINGS, type_=Numeric)


def _number(number: Decimal | int) -> ColumnElement[Any]:
    return literal(Decimal(number), Numeric)

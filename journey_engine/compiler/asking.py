"""A condition asked leaf by leaf, so that what each leaf said can be kept with the decision; it runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, false, func, literal, not_, or_, true
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.plot import Plot
from journey_engine.language.conditions import All, AnyOf, Condition, Not, leaves


def asked_leaves(plot: Plot, condition: Condition, here: CTE) -> list[ColumnElement[bool]]:
    """Each leaf of the condition, in order, at the instant `at` of each row."""
    entry = plot.entry(here)
    return [condition_sql(plot.project, leaf, here.c.member_id, here.c.at, entry) for leaf in leaves(condition)]


def answer(condition: Condition, said: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The condition's truth by what its leaves said, in the order of `asked_leaves`."""
    rest = iter(said)

    def of(part: Condition) -> ColumnElement[bool]:
        match part:
            case All(parts):
                return and_(true(), *[of(each) for each in parts])
            case AnyOf(parts):
                return or_(false(), *[of(each) for each in parts])
            case Not(inner):
                return not_(of(inner))
            case _:
                return next(rest)

    return of(condition)


def told(said: dict[str, ColumnElement[bool]]) -> ColumnElement[Any]:
    """`{"asked": {KEY: true or false, …}}` as it stands in a path."""
    pairs: list[Any] = [each for key, column in said.items() for each in (literal(key), column)]
    return func.jsonb_build_object("asked", func.jsonb_build_object(*pairs), type_=JSONB)

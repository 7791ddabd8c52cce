"""A condition asked leaf by leaf, so that what each leaf said can be kept with the decision; it runs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from sqlalchemy import CTE, ColumnElement, Text, and_, case, cast, false, func, literal, not_, or_, true

from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.compiler.plot import Plot
from journey_engine.language.conditions import All, AnyOf, Condition, Not, leaves


def asked_leaves(plot: Plot, condition: Condition, here: CTE, entry: Entry | None = None) -> list[ColumnElement[bool]]:
    """Each leaf of the condition, in order, at the instant `at` of each row; `entry`: that of the row, if none else."""
    own = entry or plot.entry(here)
    return [condition_sql(plot.project, leaf, here.c.member_id, here.c.at, own) for leaf in leaves(condition)]


_FEW = 2  # leaves: all their answers are written out in the statement, and no object is made for each row


def _answers(said: Mapping[str, ColumnElement[Any]], answers: Sequence[bool | None]) -> tuple[ColumnElement[bool], Any]:
    whole = json.dumps({"asked": dict(zip(said, answers, strict=True))})
    met = [column.is_not_distinct_from(truth) for column, truth in zip(said.values(), answers, strict=True)]
    return and_(true(), *met), literal(whole, Text)


def answer(condition: Condition, said: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
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


def told(said: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """`{"asked": {KEY: true or false, …}}` as it stands in a path, as text."""
    if len(said) <= _FEW:
        return case(*(_answers(said, answers) for answers in product((True, False, None), repeat=len(said))))
    pairs: list[Any] = [each for key, column in said.items() for each in (literal(key), column)]
    return cast(func.jsonb_build_object("asked", func.jsonb_build_object(*pairs)), Text)

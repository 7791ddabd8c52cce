"""Ranks and scores by cut points: what is ranked, the cuts of a refresh, and who is above them; it stores nothing.

A rank is known by a text that says what is ranked and which shares are cut; the table `cuts` has, for each rank and
each instant a refresh stood for, the least value of each share, ascending. Who has the same value as the last in a
share is in it, so that two runs over the same rows give the same members.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, assert_never
from typing import cast as cast_to

from sqlalchemy import CTE, ColumnElement, Date, Integer, Numeric, Select, Subquery, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar
from journey_engine.compiler.happened import property_of
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.values import passes
from journey_engine.language.conditions import (
    BeforeEntry,
    Compare,
    EventQuery,
    Rank,
    Rfm,
    SinceEntry,
    ThisPeriod,
    Top,
    Within,
)
from journey_engine.language.project import Project
from journey_engine.language.schema import RfmKind
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import alive, members
from journey_engine.store.tables.ranks import cuts

RfmPart = Literal["recency", "frequency", "monetary"]
_QUINTILES = tuple(Decimal(part) / 10 for part in (8, 6, 4, 2))
_DAY_ZERO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a rank is made of: its text, the events, what is taken of them, and the shares, falling."""

    rank: str
    query: EventQuery
    taken: str  # number | last day | sum of PROPERTY
    shares: tuple[Decimal, ...]

    @property
    def is_summed(self) -> bool:
        """Whether values are sums of a property; else they are whole numbers."""
        return self.taken.startswith("sum of ")


def ranking(project: Project, leaf: Rank) -> Ranking:
    """The ranking that a condition asks about. Raises ValueError for a score where the schema declares none."""
    if isinstance(leaf, Top):
        taken = "number" if leaf.property is None else f"sum of {leaf.property}"
        return _named(leaf.query, taken, (leaf.share,))
    if project.schema_.rfm is None:
        raise ValueError("schema.yaml declares no rfm")
    return rfm_ranking(project.schema_.rfm, leaf.part)


def rfm_ranking(kind: RfmKind, part: RfmPart) -> Ranking:
    """The ranking of one of the three scores, in fifths."""
    taken = {"recency": "last day", "frequency": "number", "monetary": "sum of value"}[part]
    return _named(EventQuery(kind.event, window=Within(kind.within)), taken, _QUINTILES)


def _named(query: EventQuery, taken: str, shares: tuple[Decimal, ...]) -> Ranking:
    of = "" if query.of is None else f" of {query.of}"
    where = "" if query.where is None else f" where {plain(query.where)}"
    cut = ", ".join(f"{(share * 100).normalize():f}%" for share in shares)
    return Ranking(f"{cut} by {taken} of {query.event}{of}{window_text(query)}{where}", query, taken, shares)


def window_text(query: EventQuery) -> str:
    """The window as it is written."""
    match query.window:
        case None:
            return ""
        case Within(length):
            return f" within {length}"
        case ThisPeriod(unit):
            return f" this {unit}"
        case SinceEntry() | BeforeEntry():
            raise TypeError("a rank is about all members and knows no entry")
        case _:
            assert_never(query.window)


def plain(node: Any) -> str:
    """A part of a condition as text: the same for the same meaning, wherever in the file it was written."""
    if isinstance(node, tuple):
        return f"({', '.join(plain(one) for one in cast_to('tuple[Any, ...]', node))})"
    if not is_dataclass(node):
        return repr(node)
    parts = [plain(getattr(node, field.name)) for field in fields(node) if field.compare]
    return f"{type(node).__name__}({', '.join(parts)})"


# ---- who is above a cut -------------------------------------------------------------------------------------------
def holds(scope: Scope, leaf: Rank) -> ColumnElement[bool]:
    """Whether the member is in the top, or has such a score, by the last cuts as of not after the instant.

    Ranks are about all that happened: a visit's key does not narrow them.
    """
    scope = replace(scope, entry=None)
    ranked = ranking(scope.project, leaf)
    return reaches(scope, leaf, value_of(scope, ranked))


def reaches(scope: Scope, leaf: Rank, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same of a ranked value that is known already."""
    ranked = ranking(scope.project, leaf)
    place = 1 if isinstance(leaf, Top) else _only_cut(leaf)
    if place is not None:
        # Looked up once; whole numbers are not made numeric one by one.
        last = cuts.c.cuts[place] if ranked.is_summed else cast(cuts.c.cuts[place], Integer)
        return func.coalesce(value >= _of_last(scope, ranked, last), False)
    above = func.width_bucket(cast(value, Numeric), _of_last(scope, ranked, cuts.c.cuts))
    return passes(leaf.test, cast(above + 1, Numeric)) if isinstance(leaf, Rfm) else func.coalesce(above > 0, False)


def _only_cut(leaf: Rfm) -> int | None:
    """The place of the one cut that tells whether the test is passed: for `>= 4` the third; None: it takes more."""
    match leaf.test:
        case Compare(operator=">=" | ">" as operator, value=Decimal() as limit):
            least = math.ceil(limit) if operator == ">=" else math.floor(limit) + 1
            return least - 1 if 1 < least <= len(_QUINTILES) + 1 else None
        case _:
            return None


def value_of(scope: Scope, ranked: Ranking) -> ColumnElement[Any]:
    """The member's own ranked value at the instant; null if there is none."""
    happened = events.alias()
    return select(_value(scope, happened, ranked)).where(scope.seen(happened, ranked.query)).scalar_subquery()


def day_number(scope: Scope, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The local date of an instant as it is ranked."""
    return calendar.local_date(at, scope.zone) - literal(_DAY_ZERO, Date)


def _of_last(scope: Scope, ranked: Ranking, asked: ColumnElement[Any]) -> ColumnElement[Any]:
    """Something of the cuts as of the last instant that is not after the scope's."""
    last = select(asked).where(cuts.c.rank == ranked.rank, cuts.c.as_of <= scope.at)
    return last.order_by(cuts.c.as_of.desc()).limit(1).correlate_except(cuts).scalar_subquery()


def _value(scope: Scope, happened: FromClause, ranked: Ranking) -> ColumnElement[Any]:
    """The ranked value over some events; null where there is none to be ranked."""
    match ranked.taken:
        case "number":
            return func.nullif(func.count(happened.c.at), 0)
        case "last day":
            return day_number(scope, func.max(happened.c.at))
        case _:
            summed = ranked.taken.removeprefix("sum of ")
            return func.sum(property_of(scope.project, happened, ranked.query.event, summed, "number"))


# ---- where the cuts are -------------------------------------------------------------------------------------------
def ranked_values(project: Project, ranked: Ranking, at: ColumnElement[Any]) -> Select[Any]:
    """What is ranked of each member as of an instant: member_id and value, of those with any."""
    scope = Scope(project, literal(None), at)
    happened = events.alias("happened")
    return (
        select(happened.c.member_id, _as_number(_value(scope, happened, ranked)).label("value"))
        .join(members, members.c.id == happened.c.member_id)
        .where(scope.seen_of_anyone(happened, ranked.query), alive(members))
        .group_by(happened.c.member_id)
    )


def cut_points(project: Project, ranked: Ranking, at: ColumnElement[Any]) -> Select[Any]:
    """One row: the cuts as of an instant (null if nobody is ranked) and how many members are ranked."""
    return cuts_of(ranked_values(project, ranked, at).cte("taken"), ranked.shares)


def cuts_of(values: CTE, shares: tuple[Decimal, ...]) -> Select[Any]:
    """The same of values that are there already: equal ones are counted first, and looked at in one pass."""
    counted = select(values.c.value, func.count().label("many")).where(values.c.value.is_not(None))
    return cuts_of_counted(counted.group_by(values.c.value).subquery(f"{values.name}_counted"), shares)


def cuts_of_counted(counted: Subquery, shares: tuple[Decimal, ...]) -> Select[Any]:
    """The same of values each of which stands there once, with how `many` have it."""
    value, many = counted.c.value, counted.c.many
    upto, size = func.sum(many).over(order_by=value.desc()), func.sum(many).over()
    placed = select(value, upto.label("upto"), size.label("size")).subquery(f"{counted.name}_placed")
    points = [
        _as_number(func.max(placed.c.value).filter(placed.c.upto >= func.ceil(literal(share, Numeric) * placed.c.size)))
        for share in shares
    ]
    size = func.coalesce(func.max(placed.c.size), 0)
    return select(case((size > 0, array(points))).label("cuts"), cast(size, Integer).label("members"))


def _as_number(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(value, Numeric(asdecimal=True))

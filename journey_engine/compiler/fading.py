"""Strengths of tags that are halved with time, and the midnights at which they may cross a limit; it grants no tag.

All grants of a tag fade alike, so that between two changes among them (granted, expired, removed) their sum is
S · 2^(-days / half-life): the day it falls below a limit follows by one logarithm from its value at the last change.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, Numeric, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT
from journey_engine.language.conditions import Between, Compare
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.store.tables.people import tags

DIGITS = 4  # of a faded strength, after the point
_STEP = Decimal(1).scaleb(-DIGITS)
MOST_HALVINGS = 400  # then nothing is left of any strength
_HIGHEST = Decimal(10) ** 18  # no strength reaches it
_MOST_DAYS = 40_000  # a century: no further flip is looked for


def half_life_of(project: Project, tag: str) -> Duration | None:
    """How long the tag's strength takes to be halved; None: it does not fade."""
    kind = project.schema_.tags.get(tag)
    return kind.half_life if kind else None


def strength_at(
    grant: FromClause, at: ColumnElement[Any], half_life: Duration | None, zone: ColumnElement[Any]
) -> ColumnElement[Any]:
    """The aggregate over grants: the sum of their strengths at the instant; null over none."""
    if half_life is None:
        return func.sum(grant.c.strength)
    halvings = func.least(cast(_age(grant, at, zone), Numeric) / half_life.days, MOST_HALVINGS)
    return func.round(func.sum(grant.c.strength * func.power(literal(2, Numeric), -halvings)), DIGITS, type_=Numeric)


def _age(grant: FromClause, at: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    return calendar.local_date(at, zone) - calendar.local_date(grant.c.granted_at, zone)


def crossings(
    tag: str, test: Compare | Between, half_life: Duration, member: ColumnElement[Any], zone: ColumnElement[Any]
) -> Select[Any]:
    """Rows of one column `t`: the local midnights around which the strength may come to pass or fail the test."""
    grant = tags.alias("fading")
    own = and_(grant.c.member_id == member, grant.c.tag == tag)
    ends = array([grant.c.granted_at, grant.c.expires_at, grant.c.removed_at])
    bounds = select(func.unnest(cast(ends, ARRAY(INSTANT)), type_=INSTANT).label("t")).where(own).subquery("bounds")
    other = tags.alias("in_force")
    in_force = and_(
        other.c.member_id == member,
        other.c.tag == tag,
        other.c.granted_at <= bounds.c.t,
        or_(other.c.expires_at.is_(None), bounds.c.t < other.c.expires_at),
        or_(other.c.removed_at.is_(None), bounds.c.t < other.c.removed_at),
    )
    faded = _faded(other, bounds.c.t, half_life, zone)
    strength = select(func.sum(faded, type_=Double)).where(in_force).scalar_subquery()
    # OFFSET 0: the sum is computed once a row, not once for each of its uses below.
    at = select(bounds.c.t, strength.label("strength")).where(bounds.c.t.is_not(None)).offset(0).subquery("at_bounds")
    days = [_days_until(at.c.strength, limit, half_life) + more for limit in _limits(test) for more in range(-1, 3)]
    midnights = [calendar.start_of(calendar.local_date(at.c.t, zone) + each, zone) for each in days]
    if not midnights:
        return select(literal(None, INSTANT).label("t"))
    return select(func.unnest(cast(array(midnights), ARRAY(INSTANT)), type_=INSTANT).label("t"))


def _faded(
    grant: FromClause, at: ColumnElement[Any], half_life: Duration, zone: ColumnElement[Any]
) -> ColumnElement[Any]:
    """What is left of one grant, near enough to find the day by."""
    halvings = func.least(cast(_age(grant, at, zone), Double) / half_life.days, MOST_HALVINGS)
    strength: ColumnElement[float] = cast(grant.c.strength, Double)
    return strength * func.power(literal(2, Double), -halvings, type_=Double)


def _days_until(strength: ColumnElement[Any], limit: Decimal, half_life: Duration) -> ColumnElement[Any]:
    """Whole days after which the strength has faded to the limit, at most; null if it never does from here."""
    ratio = strength / literal(float(limit), Double)
    days = func.floor(func.ln(ratio) / func.ln(literal(2, Double)) * half_life.days)
    return case((ratio > 1, cast(func.least(days, _MOST_DAYS), Integer)))


def _limits(test: Compare | Between) -> list[Decimal]:
    """The strengths at which rounding brings the sum to another side of what the test compares it with."""
    values = [test.value] if isinstance(test, Compare) else [test.low, test.high]
    limits: set[Decimal] = set()
    for value in values:
        if isinstance(value, Decimal) and abs(value) < _HIGHEST:
            floor = (value // _STEP) * _STEP
            limits |= {
                floor + _STEP * part for part in (Decimal("-1.5"), Decimal("-0.5"), Decimal("0.5"), Decimal("1.5"))
            }
    return sorted(limits - {Decimal(0)})

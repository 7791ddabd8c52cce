"""Conditions that count, sum or date a member's events, as SQL booleans; they look at nothing but events."""

from __future__ import annotations

from typing import Any, assert_never

from sqlalchemy import ColumnElement, Integer, Numeric, cast, exists, func, literal, not_, select

from journey_engine.compiler import calendar
from journey_engine.compiler.happened import property_of
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.values import compared, passes
from journey_engine.language.conditions import DaysSince, EventCount, EventQuery, EventSum, IsFriend, Operator, WasSent
from journey_engine.store.tables.happenings import events


def asked_of_events(
    scope: Scope, condition: EventCount | EventSum | DaysSince | WasSent | IsFriend
) -> ColumnElement[bool]:
    """Whether it holds for the member at the instant; true or false, never null."""
    happened = events.alias()
    match condition:
        case EventCount(query, operator, count):
            return _counted(scope, query, operator, count)
        case EventSum(query, name, test):
            value = property_of(scope.project, happened, query.event, name, "number")
            total = select(func.coalesce(func.sum(value), 0)).where(scope.seen(happened, query))
            return passes(test, cast(total.scalar_subquery(), Numeric))
        case DaysSince(query, test):
            last = select(func.max(happened.c.at)).where(scope.seen(happened, query)).scalar_subquery()
            days = calendar.local_date(scope.at, scope.zone) - calendar.local_date(last, scope.zone)
            return passes(test, cast(days, Numeric))
        case WasSent(message):
            return _counted(scope, EventQuery("accepted", of=message), ">=", 1)
        case IsFriend():
            return func.coalesce(_last_word(scope) == "follow", False)
        case _:
            assert_never(condition)


def _counted(scope: Scope, query: EventQuery, operator: Operator, count: int) -> ColumnElement[bool]:
    happened = events.alias()
    seen = scope.seen(happened, query)
    # Whether there is one is what is asked nearly always; it stops at the first row of the index.
    if (wanted := whether_any(operator, count)) is not None:
        there = exists(select(literal(1)).where(seen))
        return there if wanted else not_(there)
    number = select(func.count()).select_from(happened).where(seen).scalar_subquery()
    return compared(number, operator, literal(count, Integer))


def whether_any(operator: Operator, count: int) -> bool | None:
    """True: the test asks that there is one; False: that there is none; None: it must be counted."""
    if (operator, count) in ((">=", 1), (">", 0), ("!=", 0)):
        return True
    return False if (operator, count) in (("=", 0), ("<", 1), ("<=", 0)) else None


def _last_word(scope: Scope) -> ColumnElement[Any]:
    """`follow` or `unfollow`, whichever came last; null if neither ever did."""
    told = events.alias()
    return (
        select(told.c.name)
        .where(told.c.member_id == scope.member, told.c.name.in_(["follow", "unfollow"]), told.c.at <= scope.at)
        .order_by(told.c.at.desc(), told.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )

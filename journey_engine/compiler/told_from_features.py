"""Parts of conditions as SQL over a row of features, the same truth as over the events; it reads no event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from sqlalchemy import ColumnElement, Date, Integer, Numeric, Table, and_, case, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.compiler import calendar, ranks
from journey_engine.compiler.asked_of_events import asked_of_events, whether_any
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.fading import DIGITS
from journey_engine.compiler.features import Feature, Held, Span, Trait, YearDay, features_of_leaf, figure
from journey_engine.compiler.grants import grants
from journey_engine.compiler.lookups import looked_up
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.values import compared, passes
from journey_engine.language.conditions import (
    Attribute,
    Condition,
    DateInThisMonth,
    DateIsToday,
    DateWithinNext,
    DaysSince,
    EventCount,
    EventQuery,
    EventSum,
    HasTag,
    IsFriend,
    Rank,
    Rfm,
    Score,
    ThisPeriod,
    Top,
    WasSent,
)
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.language.score import ScoreKind

_ALL_DAYS = 366  # from here on every day of the year returns
_LEAP_DAY = 229


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant with what follows from it: where each window opens, and the local dates that lengths lead to."""

    at: datetime
    today: date
    opens: Mapping[Span, datetime]
    reaches: Mapping[Duration, date]


def inside(happened_at: ColumnElement[Any], window: Span, instant: Instant) -> ColumnElement[bool]:
    """Whether it lies behind the place where the window opens."""
    low = literal(instant.opens[window], INSTANT)
    return happened_at >= low if isinstance(window, ThisPeriod) else happened_at > low


@dataclass(frozen=True, slots=True)
class Row:
    """The row of features of one member: the table, the columns' names by feature, and the instant it stands for."""

    project: Project
    table: Table
    columns: Mapping[Feature, str]
    instant: Instant

    def __call__(self, leaf: Condition) -> ColumnElement[bool] | None:
        """What the row tells of a part of a condition; None where it tells nothing."""
        if not self.tells(leaf):
            return None
        match leaf:
            case EventCount() | EventSum() | DaysSince() | WasSent() | IsFriend():
                return self._of_events(leaf)
            case Top() | Rfm():
                return ranks.reaches(self._scope, leaf, self.ranked(leaf))
            case Score():
                return passes(leaf.test, self._score(self.project.schema_.scores[leaf.score]))
            case HasTag(tag):
                return self._held(tag)
            case Attribute() | DateWithinNext() | DateInThisMonth() | DateIsToday():
                return self._of_attributes(leaf)
            case _:
                return None

    def tells(self, leaf: Condition) -> bool:
        """Whether all that a part of a condition asks for is in the row."""
        asked = features_of_leaf(self.project, leaf)
        return bool(asked) and all(feature in self.columns for feature in asked)

    @property
    def _scope(self) -> Scope:
        return Scope(self.project, self.table.c.member_id, literal(self.instant.at, INSTANT))

    def column(self, feature: Feature) -> ColumnElement[Any]:
        """The feature's column."""
        return self.table.c[self.columns[feature]]

    def _taken(
        self,
        query: EventQuery,
        taken: Literal["number", "last", "sum", "valued"],
        name: str = "",
        as_: Callable[[ColumnElement[Any]], ColumnElement[Any]] = lambda figure: figure,
    ) -> ColumnElement[Any]:
        """The figure of a query, or what `as_` makes of it; of `last`, null where it lies before the window."""
        found = figure(query, taken, name)
        if found is None:  # the caller has asked `features_of_leaf`
            raise TypeError(f"{query} is told from no feature")
        column, window = self.column(found), query.window
        if taken != "last" or not isinstance(window, Span):
            return as_(column)
        return case((inside(column, window, self.instant), as_(column)))

    def _there(self, query: EventQuery) -> ColumnElement[bool]:
        last, window = self._taken(EventQuery(query.event, query.of, None, query.where), "last"), query.window
        if isinstance(window, Span):
            return func.coalesce(inside(last, window, self.instant), False)
        return last.is_not(None)

    def _of_events(self, leaf: EventCount | EventSum | DaysSince | WasSent | IsFriend) -> ColumnElement[bool]:
        match leaf:
            case EventCount(query, operator, count):
                wanted = whether_any(operator, count)
                if wanted is None:
                    return compared(self._taken(query, "number"), operator, literal(count, Integer))
                return self._there(query) if wanted else ~self._there(query)
            case EventSum(query, name, test):
                return passes(test, self._taken(query, "sum", name))
            case DaysSince(query, test):
                last = calendar.local_date(self._taken(query, "last"), self._scope.zone)
                return passes(test, cast(literal(self.instant.today, Date) - last, Numeric))
            case WasSent(message):
                return self._there(EventQuery("accepted", of=message))
            case IsFriend():
                came, went = (self._taken(EventQuery(name), "last") for name in ("follow", "unfollow"))
                # Of two at one instant the later row counts: that is asked of the events.
                return case(
                    (came.is_(None), False), (went.is_(None), True), (came > went, True), (went > came, False),
                    else_=asked_of_events(self._scope, leaf),
                )  # fmt: skip

    def _held(self, tag: str) -> ColumnElement[bool]:
        at = literal(self.instant.at, INSTANT)
        is_held = func.coalesce(self.column(Held(tag, "until")) > at, False)
        # What has begun since the row was told of it is asked for.
        return case((self.column(Held(tag, "later")) <= at, looked_up(grants(self._scope, tag))), else_=is_held)

    def ranked(self, rank: Rank) -> ColumnElement[Any]:
        """The member's ranked value; null where there is none to be ranked."""
        ranked = ranks.ranking(self.project, rank)
        match ranked.taken:
            case "number":
                return func.nullif(self._taken(ranked.query, "number"), 0)
            case "last day":
                # The day inside the test, so that the window is asked for once.
                return self._taken(ranked.query, "last", as_=partial(ranks.day_number, self._scope))
            case _:
                name = ranked.taken.removeprefix("sum of ")
                valued, summed = (self._taken(ranked.query, taken, name) for taken in ("valued", "sum"))
                return case((valued > 0, summed))

    def _score(self, kind: ScoreKind) -> ColumnElement[Any]:
        """A score that does not fade: the same sum as `scores.value`."""
        whole: ColumnElement[Any] = _number(0)
        for rule in kind.gives:
            number: ColumnElement[Any] = cast(self._taken(rule.on.query, "number"), Numeric)
            given: ColumnElement[Any] = _number(rule.points) * number
            most = rule.at_most
            whole += given if most is None else func.greatest(func.least(given, _number(most)), _number(-most))
        top = whole if kind.cap is None else func.least(whole, _number(kind.cap))
        return func.round(func.greatest(top, _number(0)), DIGITS, type_=Numeric)

    def _of_attributes(self, leaf: Attribute | DateWithinNext | DateInThisMonth | DateIsToday) -> ColumnElement[bool]:
        match leaf:
            case Attribute():
                return self.column(Trait(Attribute(leaf.name, leaf.test)))
            case DateInThisMonth(name):
                month = self.instant.today.month * 100
                day = self.column(YearDay(name))
                return func.coalesce(and_(day > month, day < month + 100), False)
            case DateIsToday(name):
                return self._returns(self.column(YearDay(name)), self.instant.today)
            case DateWithinNext(name, length):
                return self._returns(self.column(YearDay(name)), self.instant.reaches[length])

    def _returns(self, day: ColumnElement[Any], last: date) -> ColumnElement[bool]:
        """Whether a day of the year returns from today to the last day; 29 February: the 28th of a common year."""
        number = (last - self.instant.today).days + 1
        if number >= _ALL_DAYS:
            return day.is_not(None)
        wanted = sorted(
            set[int]().union(*(_days_of_year(self.instant.today + timedelta(more)) for more in range(number)))
        )
        return func.coalesce(day == func.any(cast(literal(wanted, ARRAY(Integer)), ARRAY(Integer))), False)


def _days_of_year(day: date) -> set[int]:
    """The numbers of the dates that return on that day."""
    has_two = (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3
    return {day.month * 100 + day.day} | ({_LEAP_DAY} if has_two else set())


def _number(number: Decimal | int) -> ColumnElement[Any]:
    return literal(Decimal(number), Numeric)

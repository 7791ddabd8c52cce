"""A condition as an SQL boolean about one member at one instant, true or false and never null; it runs nothing.

The expression is correlated: `member` and `at` are columns or bound values of the statement it stands in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, assert_never

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Interval,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from journey_engine.compiler import calendar, ranks, scores
from journey_engine.compiler.asked_of_events import asked_of_events
from journey_engine.compiler.fading import half_life_of, strength_at
from journey_engine.compiler.grants import grants, in_force, not_over
from journey_engine.compiler.happened import Entry as Entry
from journey_engine.compiler.happened import read_as
from journey_engine.compiler.lookups import looked_up
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.values import kind_of, passes, typed
from journey_engine.language.conditions import (
    All,
    AnyOf,
    Attribute,
    Condition,
    DateInThisMonth,
    DateIsToday,
    DateWithinNext,
    DaysSince,
    EntryProperty,
    EventCount,
    EventSum,
    FinishedJourney,
    HasTag,
    InJourney,
    InSegment,
    IsFriend,
    Not,
    PersonaIs,
    Property,
    Rfm,
    Score,
    StageIs,
    TagStrength,
    Top,
    WasSent,
    leaves,
)
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members, segment_members, stages, tags

# A part of a condition as SQL that reads no history, or None where it is to be asked.
Known = Callable[[Condition], ColumnElement[bool] | None]


def condition_sql(
    project: Project,
    condition: Condition,
    member: ColumnElement[Any],
    at: ColumnElement[Any],
    entry: Entry | None = None,
    known: Known | None = None,
) -> ColumnElement[bool]:
    """Whether `condition` holds for the member whose id is `member`, at the instant `at` (timestamptz).

    If `member` is a column of `members` or of an alias of it, attributes are read from that row without a look-up.
    Where there is no entry, `since entry` and `before entry` see no event and `entry.NAME` is missing.
    What is `known` of a part already stands in its place.
    Raises KeyError for an attribute that the schema does not declare.
    """
    return _Question(Scope(project, member, at, entry), known).ask(condition)


@dataclass(frozen=True, slots=True)
class _Question:
    scope: Scope
    known: Known | None = None
    is_of_few: bool = False  # it is asked of those only who pass what is known

    @property
    def project(self) -> Project:
        return self.scope.project

    @property
    def member(self) -> ColumnElement[Any]:
        return self.scope.member

    @property
    def at(self) -> ColumnElement[Any]:
        return self.scope.at

    def ask(self, condition: Condition) -> ColumnElement[bool]:
        told = self.known(condition) if self.known is not None else None
        if told is not None:
            return told
        match condition:
            case All(parts):
                return and_(true(), *self._all(parts))
            case AnyOf(parts):
                return or_(false(), *(self.ask(part) for part in parts))
            case Not(part):
                return not_(self.ask(part))
            case EventCount() | EventSum() | DaysSince() | WasSent() | IsFriend():
                return asked_of_events(self.scope, condition)
            case Top() | Rfm():
                return ranks.holds(self.scope, condition)
            case Attribute() | DateWithinNext() | DateInThisMonth() | DateIsToday():
                return self._about_attributes(condition)
            case Score():
                return scores.holds(self.scope, condition)
            case HasTag() | TagStrength() | StageIs() | InSegment() | PersonaIs():
                return self._about_spans(condition)
            case InJourney() | FinishedJourney():
                return self._about_journeys(condition)
            case EntryProperty(name, test):
                return passes(test, self._entry_value(name, test))
            case Property():
                raise TypeError("a property is tested inside where, about one event")
            case _:
                assert_never(condition)

    def _all(self, parts: tuple[Condition, ...]) -> list[ColumnElement[bool]]:
        """What is known goes first: the rest is asked of those only who pass it."""
        first = [part for part in parts if self._knows(part)]
        rest = replace(self, is_of_few=True) if first else self
        return [self.ask(part) for part in first] + [rest.ask(part) for part in parts if part not in first]

    def _knows(self, condition: Condition) -> bool:
        return self.known is not None and all(self.known(leaf) is not None for leaf in leaves(condition))

    def _there_is(self, rows: Select[Any]) -> ColumnElement[bool]:
        return looked_up(rows) if self.is_of_few else exists(rows)

    # ---- attributes and the entry ---------------------------------------------------------------------------------
    def _about_attributes(
        self, condition: Attribute | DateWithinNext | DateInThisMonth | DateIsToday
    ) -> ColumnElement[bool]:
        today = calendar.local_date(self.at, self.scope.zone)
        match condition:
            case Attribute(name, test):
                return passes(test, typed(self._attribute(name), self.project.schema_.attributes[name].type))
            case DateWithinNext(name, length):
                day = typed(self._attribute(name), "date")
                last = cast(today + calendar.interval(length), Date)
                return func.coalesce(_next_return(day, today) <= last, False)
            case DateInThisMonth(name):
                day = typed(self._attribute(name), "date")
                return func.coalesce(extract("month", day) == extract("month", today), False)
            case DateIsToday(name):
                day = typed(self._attribute(name), "date")
                return func.coalesce(_next_return(day, today) == today, False)
            case _:
                assert_never(condition)

    def _attribute(self, name: str) -> ColumnElement[Any]:
        table = getattr(self.member, "table", None)
        if table is not None and "attributes" in table.c:
            return table.c.attributes.op("->>")(name)
        here = members.alias()
        return select(here.c.attributes.op("->>")(name)).where(here.c.id == self.member).scalar_subquery()

    def _entry_value(self, name: str, test: Any) -> ColumnElement[Any]:
        entry = self.scope.entry
        if entry is None:
            return null()
        kinds = self.project.schema_.properties_of(entry.event) if entry.event else None
        kind = (kinds or {}).get(name) or kind_of(test)
        return read_as(self.project, entry.properties.op("->>")(name), kind)

    # ---- tags, stays, journeys ------------------------------------------------------------------------------------
    def _about_spans(self, condition: HasTag | TagStrength | StageIs | InSegment | PersonaIs) -> ColumnElement[bool]:
        match condition:
            case HasTag(tag):
                return self._there_is(grants(self.scope, tag))
            case TagStrength(tag, test):
                grant = tags.alias()
                half_life = half_life_of(self.project, tag)
                counted = strength_at(grant, self.at, half_life, self.scope.zone)
                total = select(counted).where(in_force(self.scope, grant, tag)).scalar_subquery()
                return passes(test, total)
            case StageIs(stage):
                stay = stages.alias()
                named = and_(stay.c.member_id == self.member, stay.c.stage == stage, stay.c.since <= self.at)
                return self._there_is(select(literal(1)).where(named, not_over(stay.c.left_at, self.at)))
            case InSegment(segment):
                return self._in_segment(segment)
            case PersonaIs(persona):
                return self._in_segment(f"{PREFIX}{persona}")
            case _:
                assert_never(condition)

    def _in_segment(self, segment: str) -> ColumnElement[bool]:
        stay = segment_members.alias()
        named = and_(stay.c.member_id == self.member, stay.c.segment == segment, stay.c.joined_at <= self.at)
        return self._there_is(select(literal(1)).where(named, not_over(stay.c.left_at, self.at)))

    def _about_journeys(self, condition: InJourney | FinishedJourney) -> ColumnElement[bool]:
        visit = enrolments.alias()
        own = and_(visit.c.member_id == self.member, visit.c.journey == condition.journey)
        match condition:
            case InJourney():
                asked = and_(
                    visit.c.arm == "journey", visit.c.entered_at <= self.at, not_over(visit.c.ended_at, self.at)
                )
            case FinishedJourney():
                asked = and_(visit.c.ended_at <= self.at, normal_end(visit.c.end_reason))
            case _:
                assert_never(condition)
        return self._there_is(select(literal(1)).where(own, asked))


def normal_end(reason: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an enrolment ended as the journey meant it to: at its end, by `stop` or by `go_to`."""
    return or_(reason == "finished", reason.like("stop: %"), reason.like("go_to: %"))


def _next_return(day: ColumnElement[Any], today: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first yearly return of a date on or after today; 29 February returns on the 28th of a common year."""
    years = cast(extract("year", today) - extract("year", day), Integer)
    this_year = cast(day + func.make_interval(years, type_=Interval), Date)
    next_year = cast(day + func.make_interval(years + 1, type_=Interval), Date)
    return case((this_year >= today, this_year), else_=next_year)

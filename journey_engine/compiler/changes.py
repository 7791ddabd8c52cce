"""Of each form of a condition, the instants at which its truth can change, as SQL rows; it asks for no truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, assert_never

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Interval,
    Select,
    Text,
    and_,
    cast,
    extract,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.fading import crossings, half_life_of
from journey_engine.compiler.happened import Entry, matches
from journey_engine.compiler.values import day as as_day
from journey_engine.language.conditions import (
    All,
    AnyOf,
    Attribute,
    BeforeEntry,
    Between,
    Compare,
    Condition,
    DateInThisMonth,
    DateIsToday,
    DateWithinNext,
    DaysSince,
    EntryProperty,
    EventCount,
    EventQuery,
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
    ThisPeriod,
    Top,
    WasSent,
    Within,
)
from journey_engine.language.durations import Duration
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members, segment_members, stages, tags


@dataclass(frozen=True, slots=True)
class Whose:
    """The row of the surrounding statement, by the name it has there: with member_id, entered_at and entry."""

    row: str
    event: str | None = None  # the trigger's name, for the types of entry properties
    key_name: str | None = None  # in a journey per KEY: that property; the row then has entry_key

    def column(self, name: str, kind: Any = None) -> ColumnElement[Any]:
        """A column of that row, as a name that correlates at any depth."""
        return literal_column(f"{self.row}.{name}", kind)

    @property
    def member(self) -> ColumnElement[Any]:
        return self.column("member_id")

    @property
    def since(self) -> ColumnElement[Any]:
        return self.column("entered_at", INSTANT)

    @property
    def entry(self) -> Entry:
        key = None if self.key_name is None else self.column("entry_key", Text)
        return Entry(self.since, self.column("entry", JSONB), self.event, key_name=self.key_name, key=key)


def changes_of(project: Project, leaf: Condition, whose: Whose, now: ColumnElement[Any]) -> Iterator[Select[Any]]:
    """Rows of one column `t` for a condition that is not `and`, `or`, `not`; of dates, to two years beyond `now`.

    Raises TypeError for ranks and scores, which move for everyone at once: a leave rule or goal asks a segment instead.
    """
    match leaf:
        case EventCount() | EventSum() | DaysSince() | WasSent() | IsFriend():
            yield from _of_what_happened(project, leaf, whose)
        case HasTag() | TagStrength() | StageIs() | InSegment() | PersonaIs() | InJourney() | FinishedJourney():
            yield from _of_spans(project, leaf, whose)
        case Attribute():
            yield _of_attributes(whose)
        case DateWithinNext() | DateInThisMonth() | DateIsToday():
            yield from _of_a_date(leaf, literal(project.policy.zone), whose, now)
            yield _of_attributes(whose)
        case Top() | Rfm():
            raise TypeError("a rank has no instants of its own")
        case Score():
            raise TypeError("a score moves with every day")
        case EntryProperty() | Property() | All() | AnyOf() | Not():
            return
        case _:
            assert_never(leaf)


def _of_what_happened(
    project: Project, leaf: EventCount | EventSum | DaysSince | WasSent | IsFriend, whose: Whose
) -> Iterator[Select[Any]]:
    zone = literal(project.policy.zone)
    match leaf:
        case EventCount(query=query) | EventSum(query=query):
            yield from _of_events(project, query, whose)
        case DaysSince(query=query, test=test):
            happened = events.alias()
            day = calendar.local_date(happened.c.at, zone)
            days = [calendar.start_of(day + number, zone) for number in _flipping_days(test)]
            yield _each([happened.c.at, *days]).where(_theirs(project, happened, query, whose))
        case WasSent(message):
            yield from _of_events(project, EventQuery("accepted", of=message), whose)
        case IsFriend():
            for name in ("follow", "unfollow"):
                yield from _of_events(project, EventQuery(name), whose)
        case _:
            assert_never(leaf)


def _of_spans(
    project: Project,
    leaf: HasTag | TagStrength | StageIs | InSegment | PersonaIs | InJourney | FinishedJourney,
    whose: Whose,
) -> Iterator[Select[Any]]:
    match leaf:
        case HasTag(tag=tag) | TagStrength(tag=tag):
            grant = tags.alias()
            own = and_(grant.c.member_id == whose.member, grant.c.tag == tag)
            yield _each([grant.c.granted_at, grant.c.expires_at, grant.c.removed_at]).where(own)
            half_life = half_life_of(project, tag)
            if isinstance(leaf, TagStrength) and half_life is not None:
                yield crossings(tag, leaf.test, half_life, whose.member, literal(project.policy.zone))
        case StageIs(stage=stage):
            stay = stages.alias()
            yield _each([stay.c.since, stay.c.left_at]).where(stay.c.member_id == whose.member, stay.c.stage == stage)
        case InSegment(segment=segment):
            yield _of_segment(segment, whose)
        case PersonaIs(persona=persona):
            yield _of_segment(f"{PREFIX}{persona}", whose)
        case InJourney(journey=journey) | FinishedJourney(journey=journey):
            visit = enrolments.alias()
            own = and_(visit.c.member_id == whose.member, visit.c.journey == journey)
            yield _each([visit.c.entered_at, visit.c.ended_at]).where(own)
        case _:
            assert_never(leaf)


def _of_segment(segment: str, whose: Whose) -> Select[Any]:
    stay = segment_members.alias()
    own = and_(stay.c.member_id == whose.member, stay.c.segment == segment)
    return _each([stay.c.joined_at, stay.c.left_at]).where(own)


def _of_attributes(whose: Whose) -> Select[Any]:
    """Attributes are as they are now: when they were last changed, or from the entry on."""
    her = members.alias()
    return select(func.greatest(her.c.changed_at, whose.since).label("t")).where(her.c.id == whose.member)


def _each(instants: list[ColumnElement[Any]]) -> Select[Any]:
    return select(func.unnest(cast(array(instants), ARRAY(INSTANT)), type_=INSTANT).label("t"))


def _theirs(project: Project, happened: FromClause, query: EventQuery, whose: Whose) -> ColumnElement[bool]:
    return and_(happened.c.member_id == whose.member, matches(project, happened, query, whose.entry))


def _of_events(project: Project, query: EventQuery, whose: Whose) -> Iterator[Select[Any]]:
    """Each event as it happens and, of a window, as it falls out of it. Before the entry they change nothing later."""
    happened = events.alias()
    own = _theirs(project, happened, query, whose)
    match query.window:
        case BeforeEntry():
            return
        case Within(length):
            zone = literal(project.policy.zone)
            old = whose.since - literal(length.longest * 2, Interval)
            out = calendar.plus(happened.c.at, length, zone)
            ends = [out, *_near_a_change(project, happened, out), *_after_a_month(length, out, zone)]
            yield _each([happened.c.at, *ends]).where(own, happened.c.at >= old)
        case ThisPeriod(unit):
            old = whose.since - literal(_LONGEST[unit], Interval)
            out = calendar.period(happened.c.at, unit, literal(project.policy.zone), later=1)
            yield _each([happened.c.at, out]).where(own, happened.c.at >= old)
        case _:
            yield select(happened.c.at.label("t")).where(own, happened.c.at >= whose.since)


_LONGEST = {"day": timedelta(days=2), "week": timedelta(days=8), "month": timedelta(days=32)}


def _after_a_month(length: Duration, out: ColumnElement[Any], zone: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Months differ: a month before 28 February is 28 January, so what happened on the 31st counts until 1 March."""
    days = range(1, 5) if length.unit == "month" else range(0)
    return [calendar.start_of(cast(calendar.local_date(out, zone) + number, Date), zone) for number in days]


def _near_a_change(project: Project, happened: FromClause, out: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Where the business zone has summer time, a window's end may lie where the clock itself is changed.

    Clocks change at full or half hours, and windows by local time then end (or open again) there, or an hour later.
    """
    if not calendar.changes_its_clock(project.policy.zone):
        return []
    half = literal_column("interval '30 minutes'", Interval)
    floor = func.date_bin(half, out, literal_column("timestamptz '2000-01-01 00:00Z'", INSTANT), type_=INSTANT)
    around = [floor + number * half for number in range(-3, 5)]
    return [*around, out + 2 * half, out - 2 * half, happened.c.at]


def _flipping_days(test: Compare | Between) -> list[int]:
    """Differences of days at which a test may change, as whole days after the event."""
    limits = [test.value] if isinstance(test, Compare) else [test.low, test.high]
    whole = [int(limit // 1) for limit in limits if isinstance(limit, Decimal)]
    return sorted({number + more for number in whole for more in (0, 1)})


def _of_a_date(
    leaf: DateWithinNext | DateInThisMonth | DateIsToday,
    zone: ColumnElement[Any],
    whose: Whose,
    now: ColumnElement[Any],
) -> Iterator[Select[Any]]:
    """The local midnights around each yearly return of the date, or at the bounds of its month."""
    her = members.alias()
    date = as_day(her.c.attributes.op("->>")(leaf.attribute))
    first = cast(extract("year", whose.since) - extract("year", date) - 1, Integer)
    last = cast(extract("year", now) - extract("year", date) + 2, Integer)
    series = func.generate_series(first, last).table_valued("year", name="years").render_derived()
    years = series.c.year
    back = cast(date + func.make_interval(years, type_=Interval), Date)
    match leaf:
        case DateInThisMonth():
            month = func.date_trunc("month", back)
            days = [cast(month, Date), cast(month + literal_column("interval '1 month'", Interval), Date)]
        case DateIsToday():
            days = [back, back + 1]
        case DateWithinNext(length=length):
            # A month's length differs: a few days around the place where the window opens.
            opens = cast(back - calendar.interval(length), Date)
            around = range(-3, 4) if length.unit == "month" else range(1)
            days = [*(opens + number for number in around), back + 1]
    midnights = [calendar.start_of(day, zone) for day in days]
    yield _each(midnights).select_from(her).join(series, true()).where(her.c.id == whose.member)

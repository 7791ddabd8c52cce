"""The instants at which the truth of a condition can change, and the first at which it holds; in SQL, running nothing.

Between two neighbouring candidates a condition keeps its truth, so the first instant at which it holds is the first
candidate at which it holds; more candidates than changes do no harm. Subqueries in FROM do not correlate by themselves:
the member's columns are given by name (`Whose`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.compiler.happened import matches
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
    Not,
    Property,
    StageIs,
    TagStrength,
    WasSent,
    Within,
    leaves,
)
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members, segment_members, stages, tags


@dataclass(frozen=True, slots=True)
class Whose:
    """The row of the surrounding statement, by the name it has there: member_id, entered_at, entry, entry_key."""

    row: str
    event: str | None = None  # the trigger's name, for the types of entry properties
    key_name: str | None = None  # the property of `again: per KEY`

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


def candidate_instants(
    project: Project, condition: Condition, whose: Whose, now: ColumnElement[Any]
) -> Select[Any] | None:
    """Rows of one column `t` from the entry on, past and future (dates: to two years beyond `now`); None: none ever.

    Rows may repeat and come in no order; nulls are among them.
    """
    found = [found for leaf in leaves(condition) for found in _changes(project, leaf, whose, now)]
    if not found:
        return None
    everything = union_all(*found).subquery("changes")
    return select(everything.c.t).where(everything.c.t >= whose.since)


def first_instant(
    project: Project, condition: Condition, whose: Whose, until: ColumnElement[Any], at_entry: bool
) -> ColumnElement[Any]:
    """The first instant in (entry, until] at which the condition holds (`at_entry`: or the entry's own); else null."""
    changes = candidate_instants(project, condition, whose, until)
    entry = select(whose.since.label("t"))
    if changes is None:
        if not at_entry:
            return literal(None, INSTANT)
        everything = entry.subquery("candidates")
    else:
        everything = (union_all(changes, entry) if at_entry else changes).subquery("candidates")
    t = everything.c.t
    within = and_(t <= until, t >= whose.since if at_entry else t > whose.since)
    # OFFSET 0 keeps the costly question out of the sort: it is asked in order of time until it is true.
    ordered = select(t).where(within).order_by(t).offset(literal_column("0")).subquery("c")
    holds = condition_sql(project, condition, whose.member, literal_column("c.t", INSTANT), whose.entry)
    return select(ordered.c.t).where(holds).order_by(ordered.c.t).limit(literal_column("1")).scalar_subquery()


def next_change(
    project: Project,
    condition: Condition,
    whose: Whose,
    now: ColumnElement[Any],
    until: ColumnElement[Any] | None = None,
) -> ColumnElement[Any]:
    """The first candidate after `now` (and not after `until`); null if nothing known can change the truth."""
    changes = candidate_instants(project, condition, whose, now)
    if changes is None:
        return literal(None, INSTANT)
    t = changes.subquery("candidates").c.t
    limits = [t > now] if until is None else [t > now, t <= until]
    return select(func.min(t)).where(*limits).scalar_subquery()


def _changes(project: Project, leaf: Condition, whose: Whose, now: ColumnElement[Any]) -> Iterator[Select[Any]]:
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
        case HasTag(tag=tag) | TagStrength(tag=tag):
            grant = tags.alias()
            own = and_(grant.c.member_id == whose.member, grant.c.tag == tag)
            yield _each([grant.c.granted_at, grant.c.expires_at, grant.c.removed_at]).where(own)
        case StageIs(stage=stage):
            stay = stages.alias()
            yield _each([stay.c.since, stay.c.left_at]).where(stay.c.member_id == whose.member, stay.c.stage == stage)
        case InSegment(segment=segment):
            stay = segment_members.alias()
            own = and_(stay.c.member_id == whose.member, stay.c.segment == segment)
            yield _each([stay.c.joined_at, stay.c.left_at]).where(own)
        case InJourney(journey=journey) | FinishedJourney(journey=journey):
            visit = enrolments.alias()
            own = and_(visit.c.member_id == whose.member, visit.c.journey == journey)
            yield _each([visit.c.entered_at, visit.c.ended_at]).where(own)
        case Attribute():
            her = members.alias()
            yield select(func.greatest(her.c.changed_at, whose.since).label("t")).where(her.c.id == whose.member)
        case DateWithinNext() | DateInThisMonth():
            yield from _of_a_date(leaf, zone, whose, now)
        case EntryProperty() | Property() | All() | AnyOf() | Not():
            return
        case _:
            assert_never(leaf)


def _each(instants: list[ColumnElement[Any]]) -> Select[Any]:
    return select(func.unnest(cast(array(instants), ARRAY(INSTANT)), type_=INSTANT).label("t"))


def _theirs(project: Project, happened: FromClause, query: EventQuery, whose: Whose) -> ColumnElement[bool]:
    return and_(happened.c.member_id == whose.member, matches(project, happened, query))


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
        case _:
            yield select(happened.c.at.label("t")).where(own, happened.c.at >= whose.since)


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
    leaf: DateWithinNext | DateInThisMonth, zone: ColumnElement[Any], whose: Whose, now: ColumnElement[Any]
) -> Iterator[Select[Any]]:
    """The local midnights around each yearly return of the date, or at the bounds of its month."""
    her = members.alias()
    date = as_day(her.c.attributes.op("->>")(leaf.attribute))
    first = cast(extract("year", whose.since) - extract("year", date) - 1, Integer)
    last = cast(extract("year", now) - extract("year", date) + 2, Integer)
    series = func.generate_series(first, last).table_valued("year", name="years").render_derived()
    years = series.c.year
    back = cast(date + func.make_interval(years, type_=Interval), Date)
    if isinstance(leaf, DateInThisMonth):
        month = func.date_trunc("month", back)
        days = [cast(month, Date), cast(month + literal_column("interval '1 month'", Interval), Date)]
    else:
        # A month's length differs: a few days around the place where the window opens.
        opens = cast(back - calendar.interval(leaf.length), Date)
        around = range(-3, 4) if leaf.length.unit == "month" else range(1)
        days = [*(opens + number for number in around), back + 1]
    midnights = [calendar.start_of(day, zone) for day in days]
    yield _each(midnights).select_from(her).join(series, true()).where(her.c.id == whose.member)
    yield select(func.greatest(her.c.changed_at, whose.since).label("t")).where(her.c.id == whose.member)

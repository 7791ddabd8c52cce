"""Whether a condition holds for a member at an instant, and at which instants it could change; it decides nothing."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, assert_never

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
    Known,
    Not,
    OneOf,
    Property,
    SinceEntry,
    StageIs,
    TagStrength,
    Test,
    WasSent,
    Within,
    leaves,
)
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from tests.reference.facts import Event, Memory, Trigger
from tests.reference.wallclock import days_between, local, midnights, plus, window_ends

NORMAL_ENDS = ("finished", "stop", "go_to")


class Truth:
    """Conditions about one member, as far as `memory` goes. `entry` is the trigger she entered by, if any."""

    def __init__(self, project: Project, memory: Memory) -> None:
        self.project = project
        self.memory = memory
        self.zone = project.policy.zone  # windows, dates and days go by the business zone

    def holds(self, condition: Condition, at: datetime, entry: Trigger | None, entering: bool = False) -> bool:
        """True or false, never unknown. `entering`: asked by `enter.if`, where `since entry` counts the trigger too."""

        def ask(part: Condition) -> bool:
            return self.holds(part, at, entry, entering)

        def events(query: EventQuery) -> list[Event]:
            opens = plus(at, query.window.length, self.zone, -1) if isinstance(query.window, Within) else at
            return [event for event in self.memory.events if self._seen(event, query, at, opens, entry, entering)]

        match condition:
            case All(parts):
                return all(ask(part) for part in parts)
            case AnyOf(parts):
                return any(ask(part) for part in parts)
            case Not(part):
                return not ask(part)
            case Attribute(name, test):
                kind = self.project.schema_.attributes[name].type
                return passes(test, typed(self.memory.member.attributes.get(name), kind))
            case EventCount(query, operator, count):
                return passes(Compare(operator, Decimal(count)), Decimal(len(events(query))))
            case EventSum(query, name, test):
                values = [self._property(event, name) for event in events(query)]
                return passes(test, sum((value for value in values if value is not None), Decimal(0)))
            case DaysSince(query, test):
                last = max((event.at for event in events(query)), default=None)
                return passes(test, None if last is None else Decimal(days_between(last, at, self.zone)))
            case WasSent(message):
                return any(e.name == "accepted" and e.of == message and e.at <= at for e in self.memory.events)
            case HasTag(tag):
                return any(grant.tag == tag and grant.in_force(at) for grant in self.memory.grants)
            case TagStrength(tag, test):
                strengths = [g.strength for g in self.memory.grants if g.tag == tag and g.in_force(at)]
                return passes(test, sum(strengths, Decimal(0)) if strengths else None)
            case DateWithinNext(attribute, length):
                day = typed(self.memory.member.attributes.get(attribute), "date")
                return day is not None and any(_returns(day, today) for today in self._days_from(at, length))
            case DateInThisMonth(attribute):
                day = typed(self.memory.member.attributes.get(attribute), "date")
                return day is not None and day.month == local(at, self.zone).month
            case StageIs(stage):
                return any(s.kind == "stage" and s.name == stage and s.contains(at) for s in self.memory.stays)
            case InSegment(segment):
                return any(s.kind == "segment" and s.name == segment and s.contains(at) for s in self.memory.stays)
            case InJourney(journey):
                return any(visit.arm == "journey" and visit.inside(at) for visit in self.memory.visits(journey))
            case FinishedJourney(journey):
                ended = [v for v in self.memory.visits(journey) if v.ended_at is not None and v.ended_at <= at]
                return any((visit.end_reason or "").split(":")[0] in NORMAL_ENDS for visit in ended)
            case EntryProperty(name, test):
                return passes(test, self._property(entry.event, name) if entry and entry.event else None)
            case Property():
                raise TypeError("a property is tested inside where, about one event")
            case _:
                assert_never(condition)

    def matches(self, event: Event, query: EventQuery) -> bool:
        """Whether this is an event of the kind asked for, whenever it was."""
        kind = event.name == query.event and query.of in (None, event.of)
        return kind and (query.where is None or self._where(query.where, event))

    def instants(self, condition: Condition, after: datetime, until: datetime) -> list[datetime]:
        """The instants in (after, until] at which the truth of `condition` may change, in order."""
        found = {instant for leaf in leaves(condition) for instant in self._flips(leaf, after, until)}
        return sorted(instant for instant in found if instant is not None and after < instant <= until)

    # ---- events ---------------------------------------------------------------------------------------------------
    def _seen(
        self, event: Event, query: EventQuery, at: datetime, opens: datetime, entry: Trigger | None, entering: bool
    ) -> bool:
        """Whether the event counts at `at`; `opens` is where a window `within` begins."""
        if event.name != query.event or event.at > at or not self.matches(event, query):
            return False
        match query.window:
            case None:
                return True
            case Within():
                return opens < event.at
            case SinceEntry():
                return entry is not None and (entry.at < event.at or (entering and entry.at == event.at))
            case BeforeEntry():
                return entry is not None and event.at < entry.at
            case _:
                assert_never(query.window)

    def _where(self, condition: Condition, event: Event) -> bool:
        match condition:
            case All(parts):
                return all(self._where(part, event) for part in parts)
            case AnyOf(parts):
                return any(self._where(part, event) for part in parts)
            case Not(part):
                return not self._where(part, event)
            case Property(name, test):
                return passes(test, self._property(event, name))
            case _:
                raise TypeError(f"{condition} does not stand inside where")

    def _property(self, event: Event, name: str) -> Any:
        if name == "value":
            return event.value
        kinds = self.project.schema_.properties_of(event.name) or {}
        return typed(event.properties.get(name), kinds.get(name, "text"))

    # ---- time -----------------------------------------------------------------------------------------------------
    def _days_from(self, at: datetime, length: Duration) -> Iterator[date]:
        first = local(at, self.zone).date()
        last = local(plus(at, length, self.zone), self.zone).date()
        return (first + timedelta(days=number) for number in range((last - first).days + 1))

    def _flips(self, leaf: Condition, after: datetime, until: datetime) -> Iterator[datetime | None]:
        match leaf:
            case EventCount(query=query) | EventSum(query=query):
                for event in self.memory.events:
                    if event.name == query.event:
                        yield event.at
                        if isinstance(query.window, Within):
                            yield from window_ends(event.at, query.window.length, self.zone)
            case DaysSince(query=query):
                yield from (event.at for event in self.memory.events if event.name == query.event)
                yield from midnights(after, until, self.zone)
            case WasSent():
                yield from (event.at for event in self.memory.events if event.name == "accepted")
            case HasTag(tag=tag) | TagStrength(tag=tag):
                for grant in self.memory.grants:
                    if grant.tag == tag:
                        yield from (grant.granted_at, grant.expires_at, grant.removed_at)
            case StageIs() | InSegment():
                for stay in self.memory.stays:
                    yield from (stay.since, stay.left_at)
            case InJourney(journey=journey) | FinishedJourney(journey=journey):
                for visit in self.memory.visits(journey):
                    yield from (visit.entered_at, visit.ended_at)
            case Attribute():
                yield self.memory.member.changed_at
            case DateWithinNext() | DateInThisMonth():
                yield self.memory.member.changed_at
                yield from midnights(after, until, self.zone)
            case EntryProperty() | Property() | All() | AnyOf() | Not():
                return
            case _:
                assert_never(leaf)


def _returns(day: date, today: date) -> bool:
    """Whether a yearly day falls on `today`; 29 February returns on the 28th of a common year."""
    if (day.month, day.day) == (2, 29) and not isleap(today.year):
        return (today.month, today.day) == (2, 28)
    return (day.month, day.day) == (today.month, today.day)


def typed(text: str | None, kind: str) -> Any:
    """The text as a value of its declared type; None when it is missing or is none."""
    readers: dict[str, Callable[[str], Any]] = {
        "number": Decimal,
        "money": Decimal,
        "date": date.fromisoformat,
    }
    if text is None:
        return None
    try:
        return readers.get(kind, str)(text)
    except (InvalidOperation, ValueError):
        return None


def passes(test: Test, value: Any) -> bool:
    """A missing value passes nothing but `!=`, which is the complement of `=`."""
    match test:
        case Compare("!=", constant):
            return not (value is not None and value == constant)
        case _ if value is None:
            return False
        case Known():
            return True
        case OneOf(values):
            return value in values
        case Between(low, high):
            return low <= value <= high
        case Compare("=", constant):
            return value == constant
        case Compare("<", constant):
            return value < constant
        case Compare("<=", constant):
            return value <= constant
        case Compare(">", constant):
            return value > constant
        case Compare(">=", constant):
            return value >= constant
        case _:
            raise TypeError(f"no such test: {test}")

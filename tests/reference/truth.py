"""Whether a condition holds for a member at an instant; it decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, assert_never

from journey_engine.language.conditions import (
    All,
    AnyOf,
    Attribute,
    BeforeEntry,
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
    SinceEntry,
    StageIs,
    TagStrength,
    ThisPeriod,
    Top,
    WasSent,
    Window,
    Within,
)
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from tests.reference.appointed import in_year
from tests.reference.facts import Entry, Event, Memory
from tests.reference.ranks import Ranks
from tests.reference.values import passes, typed
from tests.reference.wallclock import DAY, days_between, instant, local, plus

NORMAL_ENDS = ("finished", "stop", "go_to")


class Truth:
    """Conditions about one member, as far as `memory` goes. `entry`: of the visit that asks, if one does.

    In a journey `per KEY` every condition, `enter.if` included, sees of the events that declare the property KEY only
    those with the visit's own value, unless the query says `of any KEY`.
    """

    def __init__(self, project: Project, memory: Memory) -> None:
        self.project = project
        self.memory = memory
        self.ranks = Ranks(memory.cuts, self.property, project.policy.zone)
        self.zone = project.policy.zone  # windows, dates and days go by the business zone

    def holds(self, condition: Condition, at: datetime, entry: Entry | None, entering: bool = False) -> bool:
        """True or false, never unknown. `entering`: asked by `enter.if`, where `since entry` counts the trigger too."""

        def ask(part: Condition) -> bool:
            return self.holds(part, at, entry, entering)

        def events(query: EventQuery, of: Entry | None = entry) -> list[Event]:
            opens = self._opens(query.window, at)
            return [event for event in self.memory.events if self._seen(event, query, at, opens, of, entering)]

        match condition:
            case All(parts):
                return all(ask(part) for part in parts)
            case AnyOf(parts):
                return any(ask(part) for part in parts)
            case Not(part):
                return not ask(part)
            case Attribute(name, test):
                return passes(test, self.attribute(name))
            case EventCount(query, operator, count):
                return passes(Compare(operator, Decimal(count)), Decimal(len(events(query))))
            case EventSum(query, name, test):
                values = [self.property(event, name) for event in events(query)]
                return passes(test, sum((value for value in values if value is not None), Decimal(0)))
            case DaysSince(query, test):
                last = max((event.at for event in events(query)), default=None)
                return passes(test, None if last is None else Decimal(days_between(last, at, self.zone)))
            case WasSent(message):
                return any(e.name == "accepted" and e.of == message and e.at <= at for e in self.memory.events)
            case HasTag(tag):
                return any(grant.tag == tag and grant.in_force(at) for grant in self.memory.grants)
            case TagStrength(tag, test):
                return passes(test, self._strength(tag, at))
            case Score(score, test):
                return passes(test, self._score(score, at))
            case DateWithinNext(attribute, length):
                day = self.attribute(attribute)
                return day is not None and any(_returns(day, today) for today in self._days_from(at, length))
            case DateInThisMonth(attribute):
                day = self.attribute(attribute)
                return day is not None and day.month == local(at, self.zone).month
            case DateIsToday(attribute):
                day = self.attribute(attribute)
                return day is not None and _returns(day, local(at, self.zone).date())
            case IsFriend():
                return self.friendship(at) == "follow"
            case Top():
                return self.ranks.is_top(condition, events(condition.query, of=None), at)  # ranks know no keys
            case Rfm(part, test):
                kind = self.project.schema_.rfm
                assert kind is not None
                query = EventQuery(kind.event, window=Within(kind.within))
                return passes(test, self.ranks.score(part, events(query, of=None), at))
            case StageIs(stage):
                return any(s.kind == "stage" and s.name == stage and s.contains(at) for s in self.memory.stays)
            case InSegment(segment):
                return any(s.kind == "segment" and s.name == segment and s.contains(at) for s in self.memory.stays)
            case PersonaIs(persona):
                name = f"persona:{persona}"
                return any(s.kind == "segment" and s.name == name and s.contains(at) for s in self.memory.stays)
            case InJourney(journey):
                return any(visit.arm == "journey" and visit.inside(at) for visit in self.memory.visits(journey))
            case FinishedJourney(journey):
                ended = [v for v in self.memory.visits(journey) if v.ended_at is not None and v.ended_at <= at]
                return any((visit.end_reason or "").split(":")[0] in NORMAL_ENDS for visit in ended)
            case EntryProperty(name, test):
                return passes(test, self.property(entry.event, name) if entry and entry.event else None)
            case Property():
                raise TypeError("a property is tested inside where, about one event")
            case _:
                assert_never(condition)

    def matches(self, event: Event, query: EventQuery) -> bool:
        """Whether this is an event of the kind asked for, whenever it was."""
        kind = event.name == query.event and query.of in (None, event.of)
        return kind and (query.where is None or self._where(query.where, event))

    def concerns(self, event: Event, query: EventQuery, entry: Entry | None) -> bool:
        """Whether a visit sees this event: in a journey per KEY those of its own key, or without that property."""
        if entry is None or entry.key_name is None or query.any_key is not None:
            return True
        declared = self.project.schema_.properties_of(event.name) or {}
        return entry.key_name not in declared or event.properties.get(entry.key_name) == entry.key

    def friendship(self, at: datetime) -> str | None:
        """`follow` or `unfollow`, as the last such event up to `at` says; None if there was none."""
        told = [e for e in self.memory.events if e.name in ("follow", "unfollow") and e.at <= at]
        # Sorting is stable: of two at one instant, the one that arrived last has the last word.
        return sorted(told, key=lambda event: event.at)[-1].name if told else None

    def attribute(self, name: str) -> Any:
        """The member's attribute as it is now; None when it is missing or not of its type."""
        kind = self.project.schema_.attributes[name].type
        return typed(self.memory.member.attributes.get(name), kind, self.zone)

    def _strength(self, tag: str, at: datetime) -> Decimal | None:
        """Of the grants in force, each halved every half-life of the days since it; missing without any."""
        grants = [grant for grant in self.memory.grants if grant.tag == tag and grant.in_force(at)]
        if not grants:
            return None
        kind = self.project.schema_.tags.get(tag)
        if kind is None:
            return sum((grant.strength for grant in grants), Decimal(0))
        days = (Decimal(days_between(grant.granted_at, at, self.zone)) for grant in grants)
        faded = (g.strength * 2 ** (-day / kind.half_life.days) for g, day in zip(grants, days, strict=True))
        return sum(faded, Decimal(0)).quantize(Decimal("0.0001"), ROUND_HALF_UP)

    def _score(self, name: str, at: datetime) -> Decimal:
        """What each rule gives for the events up to the instant, whatever the visit's key; 0 without any."""
        kind = self.project.schema_.scores[name]
        total = Decimal(0)
        for rule in kind.gives:
            given = Decimal(0)
            for event in self.memory.events:
                if event.at <= at and self.matches(event, rule.on.query):
                    days = Decimal(days_between(event.at, at, self.zone))
                    given += rule.points * (2 ** (-days / kind.half_life.days) if kind.half_life else 1)
            bound = rule.at_most
            total += given if bound is None else max(-bound, min(given, bound))
        total = max(Decimal(0), total if kind.cap is None else min(total, kind.cap))
        return total.quantize(Decimal("0.0001"), ROUND_HALF_UP)

    # ---- events ---------------------------------------------------------------------------------------------------
    def _seen(
        self, event: Event, query: EventQuery, at: datetime, opens: datetime, entry: Entry | None, entering: bool
    ) -> bool:
        """Whether the event counts at `at`; `opens` is where a window `within` begins."""
        if event.name != query.event or event.at > at or not self.matches(event, query):
            return False
        if not self.concerns(event, query, entry):
            return False
        match query.window:
            case None:
                return True
            case Within():
                return opens < event.at
            case ThisPeriod():
                return opens <= event.at
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
                return passes(test, self.property(event, name))
            case _:
                raise TypeError(f"{condition} does not stand inside where")

    def property(self, event: Event, name: str) -> Any:
        """A property of the event as its declared type; None when it is missing or not of it."""
        if name == "value" and event.name != "enter":
            return event.value
        kinds = {"date": "date"} if event.name == "(date)" else self.project.schema_.properties_of(event.name) or {}
        return typed(event.properties.get(name), kinds.get(name, "text"), self.zone)

    def _opens(self, window: Window | None, at: datetime) -> datetime:
        """Where a window over events begins that ends at `at`; `at` itself for those that are no such window."""
        match window:
            case Within(length):
                return plus(at, length, self.zone, -1)
            case ThisPeriod(unit):
                today = local(at, self.zone).date()
                first = {"day": today, "week": today - today.weekday() * DAY, "month": today.replace(day=1)}[unit]
                return instant(datetime.combine(first, time()), self.zone)
            case _:
                return at

    # ---- time -----------------------------------------------------------------------------------------------------
    def _days_from(self, at: datetime, length: Duration) -> Iterator[date]:
        first = local(at, self.zone).date()
        last = local(plus(at, length, self.zone), self.zone).date()
        return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _returns(day: date, today: date) -> bool:
    """Whether a yearly day falls on `today`."""
    return in_year(day, today.year) == today

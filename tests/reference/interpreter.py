"""The reference: what must become of one member, told plainly and slowly; it knows nothing of SQL, tables or sets.

Written from the design's rules alone, to be read beside them. Rules that the engine keeps cleverly (whom to look at
again, and when) are kept here by looking at everything in every pass. Read `Life.tick` first, then `walking.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import BaseModel

from journey_engine.language.conditions import event_names
from journey_engine.language.journey import GoTo, Journey
from journey_engine.language.project import Project
from journey_engine.language.triggers import Again
from tests.reference.draws import held_out
from tests.reference.facts import (
    Arrival,
    Covered,
    Enrolment,
    Event,
    Grant,
    Member,
    Memory,
    Refusal,
    Stay,
    Taken,
    Trigger,
    left_as_told,
)
from tests.reference.truth import Truth
from tests.reference.walking import Leaving, Walk
from tests.reference.wallclock import instant, plus

HOPS = 8  # how often one tick looks for journeys that handed somebody on
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class TimeGoesBack(Exception):
    """A pass was asked for an instant before the last one."""


class Life:
    """One member among all journeys of a project. `tick` as often as wanted, then read `memory`.

    `arrivals` stand in the order in which they are told; triggers count from `live_since` on.
    """

    def __init__(
        self,
        project: Project,
        member: Member,
        arrivals: Iterable[Arrival],
        coverage: Iterable[Covered] = (),
        live_since: datetime = LONG_AGO,
    ) -> None:
        self.project = project
        self.memory = Memory(member)
        self.zone = member.zone or project.policy.zone
        self.truth = Truth(project, self.memory)
        self.now = self.live_since = live_since
        self._arrivals = list(arrivals)
        self._coverage = list(coverage)
        self._walks: dict[int, Walk] = {}  # by id() of the enrolment, which lives as long as this
        self._used: dict[str, set[str]] = {name: set() for name in project.journeys}

    def tick(self, now: datetime) -> None:
        """Everything that is due at `now` in all journeys, those included to which somebody is handed on."""
        if now < self.now:
            raise TimeGoesBack
        self._hear(now)
        self.now = now
        in_order = handing_on_first(self.project)
        for _ in range(HOPS):
            changes = [self._settle(journey) for journey in in_order]
            if not any(changes):
                return

    # ---- what arrives -----------------------------------------------------------------------------------------------
    def _hear(self, now: datetime) -> None:
        """Take in what was told after the last tick, up to `now`."""
        later: list[Arrival] = []
        for arrival in self._arrivals:
            match arrival:
                case Event() if (arrival.arrives_at or arrival.at) <= now:
                    self.memory.events.append(arrival)
                case Grant() if (arrival.arrives_at or arrival.granted_at) <= now:
                    self.memory.grants.append(replace(arrival))
                case _:
                    later.append(arrival)
        self._arrivals = later
        stays = [stay for stay in later if isinstance(stay, Stay) and (stay.arrives_at or stay.since) <= now]
        self.memory.stays = [replace(stay, left_at=left_as_told(stay, now)) for stay in stays]

    def tell(self, event: Event) -> None:
        """An event that the machine itself writes, known at once."""
        self.memory.events.append(event)

    def horizon(self, names: Iterable[str], at_once: bool = False) -> datetime:
        """Up to which instant everything about these events has arrived."""
        feeds = {feed for name in names for feed in self.project.feeds_of(name)}
        if at_once or not feeds:
            return self.now
        return min(self.now, *(self._covered_to(feed) for feed in feeds))

    def _covered_to(self, feed: str) -> datetime:
        told = [c.covered_to for c in self._coverage if c.feed == feed and (c.arrives_at or c.covered_to) <= self.now]
        return max(told, default=LONG_AGO)

    # ---- one journey ------------------------------------------------------------------------------------------------
    def _settle(self, journey: Journey) -> bool:
        """Walk, leave and enter until nothing more happens at this `now`; True if anything did."""
        before = self._mark(journey)
        while True:
            for visit in self.memory.visits(journey.journey):
                self._go_on(journey, visit)
            if not self._enter(journey):
                break
        for visit in self.memory.visits(journey.journey):
            visit.goal_at = self._goal_at(visit, journey)
        return self._mark(journey) != before

    def _mark(self, journey: Journey) -> object:
        name = journey.journey
        visits = [(len(visit.path), visit.ended_at, visit.goal_at) for visit in self.memory.visits(name)]
        return visits, len(self._used[name])

    def _go_on(self, journey: Journey, visit: Enrolment) -> None:
        if visit.ended_at is not None:
            return
        if visit.arm == "holdout":  # measured, and nothing else, until the goal's time is up
            closes_at = visit.goal_until or visit.entered_at
            if closes_at <= self.now:
                visit.ended_at, visit.end_reason, visit.waits_at = closes_at, "holdout", None
                visit.path.append(Taken("(end)", closes_at, "holdout"))
            return
        walk = self._walks[id(visit)]
        if journey.status != "paused":
            walk.on()
        leaving = self.leaving(visit, journey)
        if visit.ended_at is None and leaving is not None:
            walk.leave(leaving)

    # ---- leave and goal ---------------------------------------------------------------------------------------------
    def leaving(self, visit: Enrolment, journey: Journey) -> Leaving | None:
        """The first cause, up to now, that ends the journey before its steps do."""
        causes: list[Leaving] = []
        entered_at, erased_at = visit.entered_at, self.memory.member.erased_at
        if erased_at is not None and entered_at < erased_at <= self.now:
            causes.append(Leaving(erased_at, 0, "erased"))
        for event in self.memory.events:
            if event.name == "unfollow" and entered_at < event.at <= self.now:
                causes.append(Leaving(event.at, 1, "blocked"))
        if journey.leave is not None:
            rule = journey.leave.if_.condition
            looked_at = [entered_at, *self.truth.instants(rule, entered_at, self.now)]
            first = next((at for at in looked_at if self.truth.holds(rule, at, visit.trigger)), None)
            if first is not None:
                causes.append(Leaving(first, 2, "leave"))
        goal_at = self._goal_at(visit, journey)
        if journey.goal is not None and journey.goal.then == "leave" and goal_at is not None:
            causes.append(Leaving(goal_at, 3, "goal"))
        return min(causes, default=None)

    def _goal_at(self, visit: Enrolment, journey: Journey) -> datetime | None:
        """The first instant in (entry, entry + within] at which the goal holds; what was found once stays."""
        if visit.goal_at is not None or journey.goal is None or visit.goal_until is None:
            return visit.goal_at
        rule = journey.goal.if_.condition
        looked_at = self.truth.instants(rule, visit.entered_at, min(visit.goal_until, self.now))
        return next((at for at in looked_at if self.truth.holds(rule, at, visit.trigger)), None)

    # ---- enter ------------------------------------------------------------------------------------------------------
    def _enter(self, journey: Journey) -> bool:
        """Judge the triggers in their order up to the first that lets her in (True) or cannot be judged yet."""
        if journey.status not in ("live",):
            return False
        for trigger in sorted(self._triggers(journey), key=lambda trigger: trigger.order):
            reason = self._why_not(journey, trigger)
            if reason == "not known yet":
                return False
            self._used[journey.journey].add(trigger.ref)
            if reason is None:
                self._admit(journey, trigger)
                return True
            self.memory.refusals.append(Refusal(journey.journey, trigger.at, reason))
        return False

    def _triggers(self, journey: Journey) -> list[Trigger]:
        """All that might let her in and was not judged before."""
        enter, found = journey.enter, list[Trigger]()
        for number, event in enumerate(self.memory.events):
            handed_on = event.name == "go_to" and event.of == journey.journey
            if handed_on or (enter.on is not None and self.truth.matches(event, enter.on.query)):
                found.append(Trigger(event.at, "event", f"event:{number}", number, event))
        for stay in self.memory.stays:
            if stay.kind == "segment" and stay.name == enter.joins:
                found.append(Trigger(stay.since, "segment", f"segment:{stay.since}"))
        if enter.at is not None:
            appointed = instant(enter.at.time, self.project.policy.zone)
            if any(
                stay.kind == "segment" and stay.name == enter.at.to and stay.contains(appointed)
                for stay in self.memory.stays
            ):
                found.append(Trigger(appointed, "at", f"at:{appointed}"))
        used = self._used[journey.journey]
        fresh = [trigger for trigger in found if trigger.ref not in used]
        return [trigger for trigger in fresh if self.live_since <= trigger.at <= self.now]

    def _why_not(self, journey: Journey, trigger: Trigger) -> str | None:
        visits = self.memory.visits(journey.journey)
        if visits:
            last = visits[-1]
            if trigger.at < last.entered_at:
                return "older"
            if last.ended_at is None or trigger.at < last.ended_at:
                return "inside"
            if self._too_soon(journey.enter.again, last, trigger):
                return "again"
        if self._blocked(trigger):
            return "blocked"
        if journey.enter.if_ is not None:
            rule = journey.enter.if_.condition
            if self.horizon(event_names(rule)) < trigger.at:
                return "not known yet"
            if not self.truth.holds(rule, trigger.at, trigger, entering=True):
                return "if"
        return None

    def _too_soon(self, again: Again, last: Enrolment, trigger: Trigger) -> bool:
        if again.kind == "after":
            assert again.length is not None
            return trigger.at < plus(last.entered_at, again.length, self.zone)
        return again.kind == "never"

    def _blocked(self, trigger: Trigger) -> bool:
        if trigger.event is not None and trigger.event.name == "follow":
            return False
        told = [e for e in self.memory.events if e.name in ("follow", "unfollow") and e.at <= trigger.at]
        # Sorting is stable: of two at one instant, the one that arrived last has the last word.
        return bool(told) and sorted(told, key=lambda event: event.at)[-1].name == "unfollow"

    def _admit(self, journey: Journey, trigger: Trigger) -> None:
        earlier = self.memory.visits(journey.journey)
        arm = earlier[-1].arm if earlier else self._arm(journey)
        goal_until = plus(trigger.at, journey.goal.within, self.zone) if journey.goal else None
        name, at = journey.journey, trigger.at
        visit = Enrolment(name, len(earlier) + 1, at, trigger, arm, at, goal_until)
        visit.path.append(Taken("(enter)", at, arm))
        visit.waits_at = "(holdout)" if arm == "holdout" else None
        self.memory.enrolments.append(visit)
        self._walks[id(visit)] = Walk(self, journey, visit)

    def _arm(self, journey: Journey) -> str:
        key = self.memory.member.key
        everywhere = held_out(self.project.policy.global_holdout, "global", key)
        return "holdout" if everywhere or held_out(journey.holdout, journey.journey, key) else "journey"

    def stored_arm(self, visit: Enrolment, step: str) -> str | None:
        """The arm she took at this split on the latest of her earlier visits."""
        earlier = [v.arms for v in self.memory.visits(visit.journey) if v is not visit and step in v.arms]
        return earlier[-1][step] if earlier else None


def handing_on_first(project: Project) -> list[Journey]:
    """The order of a tick: by priority and name, but nobody before a journey that still hands members on to her."""
    left = sorted(project.journeys.values(), key=lambda journey: (-journey.priority, journey.journey))
    ordered: list[Journey] = []
    while left:
        awaited = {name for one in left for name in _targets(one.steps) if name != one.journey}
        free = [one for one in left if one.journey not in awaited]
        ordered.append((free or left)[0])
        left.remove(ordered[-1])
    return ordered


def _targets(steps: object) -> set[str]:
    """Where anything below hands on to."""
    match steps:
        case GoTo(go_to=name):
            return {name}
        case dict():
            return {name for step in steps.values() for name in _targets(step)}
        case list() | tuple():
            return {name for one in steps for name in _targets(one)}
        case BaseModel():
            return {name for _, inner in steps for name in _targets(inner)}
        case _:
            return set()

"""The reference: what must become of one member, told plainly and slowly; it knows nothing of SQL, tables or sets.

Written from the design's rules alone, to be read beside them. Rules that the engine keeps cleverly (whom to look at
again, and when) are kept here by looking at everything in every pass. Read `Life.tick` first, then `walking.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from journey_engine.language.journey import Journey
from journey_engine.language.project import Project
from tests.reference.door import Door
from tests.reference.editing import edited
from tests.reference.facts import (
    Arrival,
    Change,
    Covered,
    Cut,
    Enrolment,
    Event,
    Grant,
    Member,
    Memory,
    Stay,
    Taken,
    left_as_told,
)
from tests.reference.handing_on import handing_on_first
from tests.reference.leaving import goal_at, leaving
from tests.reference.pace import Places
from tests.reference.truth import Truth
from tests.reference.walking import Walk

HOPS = 8  # how often one tick looks for journeys that handed somebody on
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class TimeGoesBack(Exception):
    """A pass was asked for an instant before the last one."""


class Life:
    """One member among all journeys of a project. `tick` as often as wanted, then read `memory`.

    `arrivals` stand in the order in which they are told; triggers count from `live_since` on. `places`: of journeys
    with a pace, shared by all members.
    """

    def __init__(
        self,
        project: Project,
        member: Member,
        arrivals: Iterable[Arrival],
        coverage: Iterable[Covered] = (),
        live_since: datetime = LONG_AGO,
        cuts: Iterable[Cut] = (),
        places: Mapping[str, Places] | None = None,
    ) -> None:
        self.project = project
        self.memory = Memory(member, cuts=list(cuts))
        self.zone = member.zone or project.policy.zone
        self.truth = Truth(project, self.memory)
        self.now = live_since
        self.set_at: dict[str, datetime] = {}  # when steps set attributes in this tick: the latest instant's stands
        self.rows_told = 0  # how often the member's own row came anew
        self.places = dict(places) if places is not None else places_of(project)
        self.doors = {name: Door(self, name, live_since) for name in project.journeys}
        self.answered: Counter[int] = Counter()  # calls of each visit, by who plays the other side
        self.paused_at: dict[str, datetime] = {}
        self.resumed_at: dict[str, datetime] = {}  # the end of the last pause that moved due times
        self.edited: list[tuple[Enrolment, int]] = []  # who was inside at an edit of her journey, how far on her way
        self.heard: list[tuple[datetime, int]] = []  # of each event: the tick, and 1 where the machine wrote it then
        self._arrivals = list(arrivals)
        self._coverage = list(coverage)

    def tick(self, now: datetime) -> None:
        """Everything that is due at `now` in all journeys, those included to which somebody is handed on."""
        self.begin(now)
        in_order = handing_on_first(self.project)
        for _ in range(HOPS):
            changes = [self.settle(journey) for journey in in_order]
            if not any(changes):
                break
        self.end()

    def begin(self, now: datetime) -> None:
        """Take in what was told after the last tick, up to `now`."""
        if now < self.now:
            raise TimeGoesBack
        self._hear(now)
        self.now = now
        self.set_at = {}

    def end(self) -> None:
        for door in self.doors.values():
            door.looked()

    def apply(self, project: Project, now: datetime) -> None:
        """From `now` on the journeys are those of `project`, which has the same ones by name."""
        before, self.project, self.truth.project = self.project, project, project
        edited(self, before, now)

    # ---- what arrives -----------------------------------------------------------------------------------------------
    def _hear(self, now: datetime) -> None:
        later: list[Arrival] = []
        for arrival in self._arrivals:
            match arrival:
                case Event() if (arrival.arrives_at or arrival.at) <= now:
                    self.memory.events.append(arrival)
                    self.heard.append((now, 0))
                case Grant() if (arrival.arrives_at or arrival.granted_at) <= now:
                    self.memory.grants.append(replace(arrival))
                case Change() if (arrival.arrives_at or arrival.at) <= now:
                    self.change(arrival.attributes, arrival.at)
                case _:
                    later.append(arrival)
        self._arrivals = later
        stays = [stay for stay in later if isinstance(stay, Stay) and (stay.arrives_at or stay.since) <= now]
        self.memory.stays = [replace(stay, left_at=left_as_told(stay, now)) for stay in stays]

    def expect(self, arrival: Arrival) -> None:
        """Something that will be told later, known only since a tick."""
        self._arrivals.append(arrival)

    def untold(self) -> list[Arrival]:
        """What will be told still; stays stand among it as long as they may end."""
        return list(self._arrivals)

    def arriving(self, more: Iterable[Arrival], anew: bool = False) -> None:
        """These will be told, too; `anew`: these alone."""
        self._arrivals = [*([] if anew else self._arrivals), *more]

    def tell(self, event: Event) -> None:
        """An event that the machine itself writes, known at once."""
        self.memory.events.append(event)
        self.heard.append((self.now, 1))

    def change(self, attributes: Mapping[str, str | None], at: datetime) -> None:
        """From `at` on these are the member's attributes, beside those that are not named."""
        member = self.memory.member
        merged = {**member.attributes, **attributes}
        known = {name: value for name, value in merged.items() if value is not None}
        self.memory.member = replace(member, attributes=known, changed_at=at)
        self.rows_told += 1

    def set(self, attributes: Mapping[str, str], at: datetime) -> None:
        """What a step sets; of two visits that set the same in one tick the later instant's value stands."""
        given = {name: value for name, value in attributes.items() if self.set_at.get(name, at) <= at}
        self.set_at |= dict.fromkeys(given, at)
        member = self.memory.member
        if any(member.attributes.get(name) != value for name, value in given.items()):  # else nothing came anew
            self.change(given, max(at, member.changed_at))

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
    def settle(self, journey: Journey) -> bool:
        """Walk, leave and enter until nothing more happens at this `now`; True if anything did."""
        before, door = self._mark(journey), self.doors[journey.journey]
        while True:
            door.look()
            for visit in self.memory.visits(journey.journey):
                self._go_on(journey, visit)
            if not door.enter():
                break
        for visit in self.memory.visits(journey.journey):
            visit.goal_at = goal_at(self, visit, journey)
        return self._mark(journey) != before

    def _mark(self, journey: Journey) -> object:
        name = journey.journey
        visits = [(len(visit.path), visit.ended_at, visit.goal_at) for visit in self.memory.visits(name)]
        return visits, len(self.doors[name].used)

    def _go_on(self, journey: Journey, visit: Enrolment) -> None:
        if visit.ended_at is not None:
            return
        if visit.arm == "holdout":  # measured, and nothing else, until the goal's time is up
            closes_at = visit.goal_until or visit.entered_at
            if closes_at <= self.now:
                visit.ended_at, visit.end_reason, visit.waits_at = closes_at, "holdout", None
                visit.path.append(Taken("(end)", closes_at, "holdout"))
            return
        walk = Walk(self, journey, visit)
        if journey.status != "paused":
            walk.on()
        cause = leaving(self, visit, journey) if visit.ended_at is None else None
        if cause is not None:
            walk.leave(cause)

    def stored_arm(self, visit: Enrolment, step: str) -> str | None:
        """The arm she took at this split on the latest of her other visits, whatever their key."""
        others = [one.arms for one in self.memory.in_time(visit.journey) if one is not visit and step in one.arms]
        return others[-1][step] if others else None


class Company:
    """Several members who go through their ticks together, so that they share the places of journeys with a pace."""

    def __init__(self, lives: Iterable[Life]) -> None:
        self.lives = list(lives)

    def tick(self, now: datetime) -> None:
        """One tick of everybody, journey by journey; new triggers take their places in the order of their instants."""
        for life in self.lives:
            life.begin(now)
        in_order = handing_on_first(self.lives[0].project)
        for _ in range(HOPS):
            changes = [self._settle(journey) for journey in in_order]
            if not any(changes):
                break
        for life in self.lives:
            life.end()

    def _settle(self, journey: Journey) -> bool:
        if journey.enter.pace is not None:
            doors = [life.doors[journey.journey] for life in self.lives]
            # Of several at one instant, the members' order is the order in which they were told.
            new = [
                ((*one.order[:2], place, one.number), door, one)
                for place, door in enumerate(doors)
                for one in door.new()
            ]
            for _, door, trigger in sorted(new, key=lambda one: one[0]):
                door.take(trigger)
        changes = [life.settle(journey) for life in self.lives]  # of everybody, so no generator
        return any(changes)


def places_of(project: Project) -> dict[str, Places]:
    """The places of the project's journeys with a pace, all free."""
    paced = {name: journey.enter.pace for name, journey in project.journeys.items() if journey.enter.pace is not None}
    return {name: Places(pace, project.policy.zone) for name, pace in paced.items()}

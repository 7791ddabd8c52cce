"""Members with histories for a drawn project, made from a number: the same number, the same member; it judges nothing.

Instants lie mostly on a grid of three hours of the member's own wall time: events fall on arrivals and timeouts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from journey_engine.language.conditions import Rfm
from journey_engine.language.grammar import parse_condition
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import FirstOf, Wait
from journey_engine.language.project import Project
from tests.agreement.drawing import World
from tests.agreement.people import attributes, changes, told_at
from tests.agreement.words import BASES, MESSAGES, RANKS
from tests.reference.facts import Arrival, Covered, Cut, Event, Grant, Member, Stay
from tests.reference.interpreter import Life
from tests.reference.ranks import name_of
from tests.reference.wallclock import DAY, instant, local

ZONES = (None, None, "Asia/Taipei", "America/New_York", "Europe/London", "Australia/Lord_Howe")
DAYS = 14
WANTED = {"category": "保養", "page": "home", "quantity": "2"}  # what any drawn pattern asks for
ORDERED_AT = timedelta(hours=2)  # when a day's orders come, on the next


@dataclass(frozen=True)
class Edit:
    """The project that becomes live at an instant, after the tick of that instant."""

    at: datetime
    project: Project


@dataclass(frozen=True)
class Merge:
    """Pairs of members, by their places in the case, are found to be one at an instant; the first of each is left."""

    at: datetime
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Case:
    """One example: members with what arrives about them, the coverage told, and the ticks."""

    world: World
    members: tuple[tuple[Member, tuple[Arrival, ...]], ...]
    coverage: tuple[Covered, ...]
    ticks: tuple[datetime, ...]
    live_since: datetime
    cuts: tuple[Cut, ...] = ()
    edits: tuple[Edit, ...] = ()
    merges: tuple[Merge, ...] = ()
    in_long_stretches: bool = False  # few members too are walked as many are: over several steps in one statement

    @property
    def moments(self) -> list[datetime | Edit | Merge]:
        """The ticks, edits and merges in their order."""
        both: list[tuple[datetime, int, datetime | Edit | Merge]] = [(tick, -1, tick) for tick in self.ticks]
        both += [(edit.at, number, edit) for number, edit in enumerate((*self.edits, *self.merges))]
        return [moment for _, _, moment in sorted(both, key=lambda one: one[:2])]


def case(world: World, seeds: list[int], plan: int, late: bool = True) -> Case:
    """`plan` gives ticks and coverage, each of `seeds` a member. Not `late`: all is told at once, feeds by the day."""
    chance = Random(plan)
    ticks = tuple(_ticks(world, chance))
    coverage = tuple(_coverage(world, chance, late))
    members = tuple(_member(world, seed, number, ticks, late) for number, seed in enumerate(seeds))
    cuts = tuple(_cuts(world, chance))
    return Case(world, members, coverage, ticks, _start(world) - 2 * DAY, cuts, in_long_stretches=plan % 2 == 1)


def edited(drawn: Case, versions: list[Project], plan: int) -> Case:
    """The case with the projects as edits, from the first tick on, which finds most members inside."""
    chance = Random(plan)
    first = _start(drawn.world) + timedelta(hours=chance.randrange(36, 84, 3))
    instants = [first + timedelta(hours=hours) for hours in sorted(chance.sample(range(0, 96, 3), len(versions)))]
    more = (first, first + timedelta(hours=chance.randrange(3, 96, 3)))
    ticks = sorted({*more, *[tick for tick in drawn.ticks if tick > first]})
    edits = tuple(Edit(at, project) for at, project in zip(instants, versions, strict=True))
    return replace(drawn, ticks=tuple(ticks), edits=edits)


def aimed(drawn: Case, plan: int) -> Case:
    """The case with more events exactly where, by the reference, a wait begins or ends."""
    chance = Random(plan)
    return replace(drawn, members=tuple(_aimed(drawn, chance, *one) for one in drawn.members))


def _aimed(
    drawn: Case, chance: Random, member: Member, arrivals: tuple[Arrival, ...]
) -> tuple[Member, tuple[Arrival, ...]]:
    life = Life(drawn.world.project, member, arrivals, drawn.coverage, drawn.live_since, drawn.cuts)
    for moment in drawn.moments:
        if isinstance(moment, Edit):
            life.apply(moment.project, moment.at)
        else:
            life.tick(moment)
    more: list[Event] = []
    for visit in life.memory.enrolments:
        wanted = WANTED | {"order_id": visit.key or "1"}
        steps = dict(all_steps(life.project.journeys[visit.journey]))
        for before, taken in pairwise(visit.path):
            step = steps.get(taken.step)
            if isinstance(step, Wait) and chance.random() < 0.15:  # what may end the journey as the wait ends
                name = chance.choice(("refund", "refund", "purchase", "unfollow"))
                more.append(Event(taken.at, name, value=Decimal(900), properties=wanted))
            if isinstance(step, Wait) and isinstance(step.wait, FirstOf) and chance.random() < 0.7:
                query = chance.choice(step.wait.first_of).until.query
                at = taken.at if taken.outcome == "timeout" and chance.random() < 0.8 else before.at
                more.append(Event(at, query.event, of=query.of, value=Decimal(900), properties=wanted))
    return member, tuple(sorted([*arrivals, *more], key=told_at))


def _start(world: World) -> datetime:
    return instant(world.base, world.project.policy.zone)


def _ticks(world: World, chance: Random) -> list[datetime]:
    """A few instants: on the hour or not, near each other or days apart; the last when nearly all is over."""
    start = _start(world)
    hours = sorted(chance.sample(range(6, DAYS * 24), chance.choice((2, 4, 6))))
    jitter = [chance.choice((0, 0, 0, 1, 1799, 3599)) for _ in hours]
    inside = [start + timedelta(hours=hour, seconds=more) for hour, more in zip(hours, jitter, strict=True)]
    return [*inside, start + timedelta(days=DAYS + 10)]


def _coverage(world: World, chance: Random, late: bool) -> list[Covered]:
    """A feed covers a day on the next one at two; now and then it is held for days."""
    told: list[Covered] = []
    held_until = 0
    for number in range(-2, DAYS + 10):
        if late and number >= held_until and chance.random() < 0.1:
            held_until = number + chance.randint(1, 4)
        end = instant(world.base + (number + 1) * DAY, world.project.policy.zone)
        arrives = instant(world.base + max(number + 1, held_until) * DAY, world.project.policy.zone) + ORDERED_AT
        told += [Covered(feed, end, arrives) for feed in world.project.feeds]
    return told


def _member(
    world: World, seed: int, number: int, ticks: tuple[datetime, ...], late: bool
) -> tuple[Member, tuple[Arrival, ...]]:
    chance = Random(seed)
    member = Member(
        key=f"m{number}-{seed}",
        changed_at=_start(world) - 30 * DAY,
        attributes=attributes(world.base, chance),
        zone=chance.choice((*ZONES, *6 * BASES[f"{world.base:%Y-%m-%d}"])),
        erased_at=chance.choice(ticks) if chance.random() < 0.03 else None,
    )
    history = _History(world, member, chance, ticks, late)
    later = changes(world.base, chance, history.some_time) if late else []
    arrivals = [*history.events(), *history.grants(), *history.stays(), *later]
    return member, tuple(sorted(arrivals, key=told_at))


def _cuts(world: World, chance: Random) -> list[Cut]:
    """The cut points of a few refreshes, of every rank that conditions ask about."""
    found: list[Cut] = []
    for rank in (parse_condition(text) for text in RANKS):
        for night in chance.sample(range(-3, DAYS), chance.randrange(4)):
            at = instant(world.base + night * DAY + timedelta(hours=3), world.project.policy.zone)
            today = (world.base + night * DAY).toordinal()
            high = {"frequency": (1, 2, 3, 4, 5), "recency": (today - 5, today - 2, today - 1, today, today + 1)}
            values = sorted(chance.choices(high.get(name_of(rank), (-50, 0, 1, 2, 500, 900, 1800)), k=4))
            several = values if isinstance(rank, Rfm) else values[:1]
            found.append(Cut(at, name_of(rank), tuple(Decimal(value) for value in several)))
    return found


class _History:
    def __init__(self, world: World, member: Member, chance: Random, ticks: tuple[datetime, ...], late: bool) -> None:
        self.world, self.chance, self.ticks, self.late = world, chance, ticks, late
        self.business = world.project.policy.zone
        self.zone = member.zone or self.business

    def some_time(self, earliest: int = 0, latest: int = DAYS) -> datetime:
        """On the member's grid, a little beside it, or exactly at a tick."""
        hours = self.chance.randrange(earliest * 24, latest * 24, 3)
        at = instant(self.world.base + timedelta(hours=hours), self.zone)
        match self.chance.randrange(10):
            case 0:
                return at + timedelta(
                    seconds=self.chance.randrange(10_000), microseconds=self.chance.randrange(1_000_000)
                )
            case 1:
                return at + timedelta(microseconds=self.chance.choice((-1, 1)))
            case 2:
                return self.chance.choice(self.ticks[:-1])
            case _:
                return at

    def events(self) -> list[Event]:
        chance = self.chance
        # Soon enough that the clock is changed while they wait.
        entrances = [journey.enter.on.query for journey in self.world.project.journeys.values() if journey.enter.on]
        told = [
            self.event(query.event, self.some_time(0, 3), of=query.of, value=Decimal(900), properties=self.wanted())
            for query in entrances
            for _ in range(chance.choice((0, 1, 1, 2)))
        ]
        asked = [name for name, journey in self.world.project.journeys.items() if journey.enter.by == "api"]
        told += [
            Event(self.some_time(0, 6), "enter", of=name, source="api")
            for name in asked
            for _ in range(chance.randrange(3))
        ]
        told += [
            self.event("handed_back", self.some_time(), properties={"team": team})
            for team in ("care", "shop")
            if chance.random() < 0.3
        ]
        told += [self.event("follow", self.some_time()) for _ in range(chance.randrange(4))]
        told += [self.event("unfollow", self.some_time()) for _ in range(chance.choice((0, 0, 0, 1)))]
        told += [self.purchase() for _ in range(chance.randrange(6))]
        told += [
            self.event("refund", self.some_time(), properties={"order_id": chance.choice("123")})
            for _ in range(chance.choice((0, 0, 1, 2)))
        ]
        pages = [chance.choice(("home", "sale", None)) for _ in range(chance.randrange(6))]
        told += [self.event("visit", self.some_time(), properties={"page": page} if page else {}) for page in pages]
        for message in MESSAGES:
            fates = chance.choices(("accepted", "skipped", "unknown"), (4, 2, 1), k=chance.randrange(3))
            told += [self.event(fate, self.some_time(), of=message) for fate in fates]
            told += [self.event("click", self.some_time(), of=message) for _ in range(chance.randrange(4))]
        return told

    def purchase(self) -> Event:
        chance = self.chance
        properties = self.wanted() | {"category": chance.choice(("保養", "香氛"))}
        if chance.random() < 0.7:
            properties["quantity"] = chance.choice(("1", "2", "-1", "two", "2.5"))
        value = chance.choice((None, Decimal(500), Decimal("499.99"), Decimal(900), Decimal(-50)))
        return self.event("purchase", self.some_time(-3), value=value, properties=properties)

    def wanted(self) -> dict[str, str]:
        """What patterns ask for, of some order, with a day and a time; any may be missing or no such thing."""
        chance = self.chance
        soon = self.world.base + timedelta(hours=chance.randrange(-24, DAYS * 24, 3))
        found = WANTED | {
            "order_id": chance.choice(("1", "1", "2", "3", "")),
            "starts_at": soon.isoformat() + chance.choice(("", "", "Z", "+02:00")),
            "day": soon.date().isoformat(),
        }
        if chance.random() < 0.1:
            found |= {chance.choice(("starts_at", "day")): "soon"}
        left_out = chance.choice(("order_id", "starts_at", "day", *[""] * 17))
        return {name: text for name, text in found.items() if name != left_out}

    def event(self, name: str, at: datetime, **more: object) -> Event:
        return Event(at, name, arrives_at=self.arrival(name, at), **more)

    def arrival(self, name: str, at: datetime) -> datetime:
        """At once, or with its feed's day; sometimes hours or days later."""
        if self.world.project.feeds_of(name):
            days = (local(at, self.business).date() - self.world.base.date()).days + 1
            at = instant(self.world.base + days * DAY, self.business) + ORDERED_AT
        if self.late and self.chance.random() < 0.2:
            return at + timedelta(hours=self.chance.choice((1, 5, 24, 72)), seconds=self.chance.randrange(2))
        return at

    def grants(self) -> list[Grant]:
        granted = [self.some_time(-2) for _ in range(self.chance.choice((0, 1, 2, 3)))]
        return [
            Grant(
                at,
                self.chance.choice(("vip", "fond")),
                strength=Decimal(self.chance.choice((1, 2, 4))),
                expires_at=self.chance.choice((None, at + timedelta(hours=30), at + 4 * DAY)),
                arrives_at=self.arrival("tag", at),
            )
            for at in granted
        ]

    def stays(self) -> list[Stay]:
        """Stays that the nightly refresh at three found: they do not overlap, and are told as they happen."""
        found: list[Stay] = []
        for kind, name in (("segment", "lapsed"), ("stage", "grow"), ("segment", "others")):
            nights = sorted(self.chance.sample(range(-4, DAYS), self.chance.choice((0, 1, 2, 3, 4))))
            instants = [instant(self.world.base + night * DAY + timedelta(hours=3), self.business) for night in nights]
            ends: list[datetime | None] = [*instants[1::2], None]
            found += [Stay(since, kind, name, left) for since, left in zip(instants[::2], ends, strict=False)]
        return found

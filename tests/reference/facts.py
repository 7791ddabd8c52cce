"""What the reference interpreter is told about one member, and what it remembers: plain lists, scanned throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Event:
    """Something that happened at `at` and was told at `arrives_at` (None: at once)."""

    at: datetime
    name: str
    of: str | None = None
    value: Decimal | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    arrives_at: datetime | None = None
    source: str = "shop"


@dataclass
class Grant:
    """A tag in force from `granted_at` until it expires or is removed."""

    granted_at: datetime
    tag: str
    strength: Decimal = Decimal(1)
    expires_at: datetime | None = None
    removed_at: datetime | None = None
    arrives_at: datetime | None = None
    source: str = "operator"

    def in_force(self, at: datetime) -> bool:
        ends = [end for end in (self.expires_at, self.removed_at) if end is not None]
        return self.granted_at <= at and all(at < end for end in ends)


@dataclass(frozen=True)
class Stay:
    """A stay in a segment or stage, [since, left_at); that she left is told at `left_arrives_at` (None: at once)."""

    since: datetime
    kind: str  # segment | stage
    name: str
    left_at: datetime | None = None
    arrives_at: datetime | None = None
    left_arrives_at: datetime | None = None

    def contains(self, at: datetime) -> bool:
        return self.since <= at and (self.left_at is None or at < self.left_at)


def left_as_told(stay: Stay, now: datetime) -> datetime | None:
    """When she left, if that is known at `now`: it is told later than that she came."""
    told = stay.left_at is not None and (stay.left_arrives_at or stay.left_at) <= now
    return stay.left_at if told else None


@dataclass(frozen=True)
class Change:
    """The member's row as it came anew: from `at` on these attributes are hers, and nothing is known of others before.

    What is not named keeps its value; None takes it away.
    """

    at: datetime
    attributes: Mapping[str, str | None]
    arrives_at: datetime | None = None


@dataclass(frozen=True)
class Cut:
    """Cut points of `subject` that a refresh stored as of an instant: a value not below one of them is beyond it."""

    as_of: datetime
    subject: str
    values: tuple[Decimal, ...]


Arrival = Event | Grant | Stay | Change


@dataclass(frozen=True)
class Covered:
    """From `arrives_at` on (None: from covered_to on) everything the feed brings up to `covered_to` has arrived."""

    feed: str
    covered_to: datetime
    arrives_at: datetime | None = None


@dataclass(frozen=True)
class Member:
    """Attributes are as they are now, without a history; they have been so since `changed_at`."""

    key: str
    changed_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None  # None: the business zone
    erased_at: datetime | None = None


KINDS = ("event", "segment", "stage", "at", "every", "date", "after")


@dataclass(frozen=True)
class Trigger:
    """What may let a member in. `ref` is its name, to use it once; `event`: whose properties are `entry.x`, if any.

    The entry of a date is an event called `(date)`, which nobody can see, with the property `date`.
    """

    at: datetime
    kind: str  # one of KINDS
    ref: str
    number: int = 0  # of the event among the member's, in the order of arrival
    event: Event | None = None
    late: bool = False  # by an earlier instant, which was missed

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.at, KINDS.index(self.kind), self.number


@dataclass(frozen=True)
class Entry:
    """A visit's beginning as conditions see it. `key_name`: the property whose value must be `key` in what they see."""

    at: datetime
    event: Event | None = None
    key_name: str | None = None
    key: str = ""


@dataclass(frozen=True)
class Taken:
    """One line of a path: the step, the instant at which it was left (or ended), by which outcome."""

    step: str
    at: datetime
    outcome: str


@dataclass(frozen=True)
class Intent:
    step: str
    message: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Called:
    """A call that went out at `at` and is waited for until `due_at`."""

    step: str
    endpoint: str
    at: datetime
    due_at: datetime
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Enrolment:
    """One visit. `at` is when she arrived where she is; `waits_at` and `due_at` say where she waits and until when.

    A step she is at has not begun while it has still to be decided whether she takes it, and where it would be over as
    she arrives but its data are not there yet.
    """

    journey: str
    visit: int
    entered_at: datetime
    trigger: Trigger
    arm: str  # journey | holdout
    at: datetime
    key: str = ""  # of a journey `per KEY`
    event: Event | None = None  # whose properties are `entry.x`: the trigger's, or of the last restart
    goal_until: datetime | None = None
    goal_at: datetime | None = None
    arms: dict[str, str] = field(default_factory=dict)
    ended_at: datetime | None = None
    end_reason: str | None = None
    path: list[Taken] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    waits_at: str | None = None
    due_at: datetime | None = None
    made_at: datetime | None = None  # the tick that let her in
    name: str = ""  # by which its calls are answered, once visits were counted anew

    @property
    def has_begun(self) -> bool:
        """Whether she took the step she is at; until then it is asked in the words it has by then."""
        return self.due_at is not None and self.due_at > self.at

    def inside(self, at: datetime) -> bool:
        return self.entered_at <= at and (self.ended_at is None or at < self.ended_at)


def call_of(visit: Enrolment, step: str) -> str:
    """The name of the visit's call at this step, which its answer has as the property `call`."""
    return f"{visit.name or f'{visit.journey} {visit.key} {visit.visit}'} {step}"


@dataclass(frozen=True)
class Refusal:
    journey: str
    at: datetime
    reason: str
    ref: str = field(default="", compare=False)  # of the trigger, by its number among the member's


@dataclass
class Memory:
    """Everything known of one member at this moment: what arrived, and what the journeys did."""

    member: Member
    events: list[Event] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)  # of everybody, as far as told

    def visits(self, journey: str) -> list[Enrolment]:
        return [enrolment for enrolment in self.enrolments if enrolment.journey == journey]

    def in_time(self, journey: str) -> list[Enrolment]:
        """Visits of all keys, the latest last."""
        return sorted(self.visits(journey), key=lambda one: (one.entered_at, one.visit, one.key))

"""One enrolment's walk through the nested steps, as a generator that yields wherever she waits for a later pass.

`Walk` decides what happens at each step and when; what it needs to know of the rest (now, coverage, who leaves) it asks
of the `Life` it belongs to.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime, time
from typing import TYPE_CHECKING, NamedTuple, assert_never

from journey_engine.language.conditions import event_names
from journey_engine.language.durations import Duration
from journey_engine.language.journey import (
    Block,
    Branch,
    FirstOf,
    GoTo,
    Journey,
    Send,
    Split,
    Step,
    Stop,
    Tag,
    Untag,
    Until,
    Wait,
)
from tests.reference.draws import arm_of
from tests.reference.facts import Enrolment, Event, Grant, Intent, Taken
from tests.reference.wallclock import next_clock, plus, quiet_until

Pauses = Generator[None, None, None]


class Leaving(NamedTuple):
    """The first instant at which a cause to leave holds. The order of fields is the order of precedence."""

    at: datetime
    rank: int  # erased 0, blocked 1, leave 2, goal 3
    reason: str


class Over(Exception):
    """The walk is at its end, for this reason."""

    def __init__(self, at: datetime, reason: str, left: bool = False) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason
        self.left = left


if TYPE_CHECKING:
    from tests.reference.interpreter import Life


class Walk:
    def __init__(self, life: Life, journey: Journey, enrolment: Enrolment) -> None:
        self.life = life
        self.journey = journey
        self.her = enrolment
        self._pauses = self._all()

    def on(self) -> None:
        """As far as `now` and the data let her; she may end on the way."""
        next(self._pauses, None)

    def leave(self, leaving: Leaving) -> None:
        """She goes from where she waits; what arrives late cannot take her back to before she came there."""
        self._pauses.close()
        self._end(Over(max(leaving.at, self.her.at), leaving.reason, left=True))

    # ---- the way ----------------------------------------------------------------------------------------------------
    def _all(self) -> Pauses:
        try:
            yield from self._block(self.journey.steps)
            self._must_still_be_here(self.her.at)
            raise Over(self.her.at, "finished")
        except Over as over:
            self._end(over)

    def _end(self, over: Over) -> None:
        her = self.her
        her.ended_at, her.end_reason, her.waits_at, her.due_at = over.at, over.reason, None, None
        her.path.append(Taken("(leave)" if over.left else "(end)", over.at, over.reason))

    def _block(self, block: Block) -> Pauses:
        for name, step in block.items():
            yield from self._step(name, step)

    def _step(self, name: str, step: Step) -> Pauses:
        her = self.her
        her.waits_at, her.due_at = name, her.at
        while (answer := self._takes_it(step)) is None:
            yield
        self._must_still_be_here(her.at)
        if not answer:
            self._take(name, her.at, "passed by")
            return
        match step:
            case Send():
                yield from self._send(name, step)
            case Wait(wait=FirstOf() as first_of):
                yield from self._first_of(name, step, first_of)
            case Wait():
                yield from self._timer(name, step)
            case Branch():
                yield from self._branch(name, step)
            case Split():
                yield from self._split(name, step)
            case Tag(tag=grant):
                expires_at = plus(her.at, grant.lasts, self.life.zone) if grant.lasts else None
                source = f"{her.journey}/{name}"
                self._take(name, her.at, "next")
                self.life.memory.grants.append(Grant(her.at, grant.tag, grant.strength, expires_at, source=source))
            case Untag(untag=tag):
                self._take(name, her.at, "next")
                for grant in self.life.memory.grants:
                    if grant.tag == tag and grant.in_force(her.at):
                        grant.removed_at = her.at
            case GoTo(go_to=target):
                self._take(name, her.at, "next")
                self.life.tell(Event(her.at, "go_to", of=target, properties={"from": her.journey}, source="engine"))
                raise Over(her.at, f"go_to: {target}")
            case Stop(stop=reason):
                self._take(name, her.at, "next")
                raise Over(her.at, f"stop: {reason}")
            case _:
                assert_never(step)

    # ---- steps ------------------------------------------------------------------------------------------------------
    def _send(self, name: str, step: Send) -> Pauses:
        her, hours = self.her, self.life.project.policy.quiet_hours
        quiet_end = quiet_until(her.at, hours, self.life.zone) if hours else None
        if quiet_end and step.quiet == "skip":
            properties = {"step": name, "reason": "quiet hours"}
            self._take(name, her.at, "skipped")
            self.life.tell(Event(her.at, "skipped", of=step.send, properties=properties, source="engine"))
            return
        if quiet_end:
            her.path.append(Taken(name, her.at, "quiet"))
            yield from self._until(quiet_end)
            self._must_still_be_here(quiet_end)
            her.at = quiet_end
        expires_at = plus(her.at, step.expires, self.life.zone)
        her.intents.append(Intent(name, step.send, her.at, expires_at))
        self._take(name, her.at, "next")

    def _timer(self, name: str, step: Wait) -> Pauses:
        her, zone = self.her, self.life.zone
        match step.wait:
            case time() as clock:
                due = next_clock(her.at, clock, zone, or_now=False)
            case Duration() as length:
                due = plus(her.at, length, zone)
            case FirstOf():
                raise TypeError("not a timer")
        if step.until is not None:
            due = next_clock(due, step.until, zone, or_now=True)
        yield from self._until(due)
        self._take(name, due, "next")

    def _first_of(self, name: str, step: Wait, first_of: FirstOf) -> Pauses:
        assert step.at_most is not None
        due = plus(self.her.at, step.at_most, self.life.zone)
        names = {exit_.until.query.event for exit_ in first_of.first_of}
        self.her.due_at = due
        while True:
            at, number = self._what_ends(first_of.first_of, due)
            if at <= self.life.horizon(names, step.at_once):
                break
            yield
        if number is None:
            self._take(name, at, "timeout")
            yield from self._block(step.otherwise.do if step.otherwise else {})
        else:
            self._take(name, at, str(number))
            yield from self._block(first_of.first_of[number - 1].do)

    def _what_ends(self, exits: tuple[Until, ...], due: datetime) -> tuple[datetime, int | None]:
        """The instant and the number of the event that ends the wait (None: its time is up), as far as is known."""
        ends_in_vain = self._in_vain(exits, due)
        latest = due if ends_in_vain is None else ends_in_vain
        found = [
            (event.at, number)
            for number, exit_ in enumerate(exits, 1)
            for event in self.life.memory.events
            if self.her.at < event.at <= latest and self.life.truth.matches(event, exit_.until.query)
        ]
        return min(found) if found else (latest, None)

    def _in_vain(self, exits: tuple[Until, ...], due: datetime) -> datetime | None:
        """When it is clear that no exit can come: each is a click on a message that was not sent, or perhaps not."""
        known_at: list[datetime] = []
        for exit_ in exits:
            query = exit_.until.query
            told = [
                event.at
                for event in self.life.memory.events
                if event.name in ("skipped", "unknown")
                and event.of == query.of
                and self.her.entered_at <= event.at <= due
            ]
            if query.event not in ("click", "reply") or query.of is None or not told:
                return None
            known_at.append(min(told))
        return max([self.her.at, *known_at])

    def _branch(self, name: str, step: Branch) -> Pauses:
        for number, arm in enumerate(step.branch, 1):
            if arm.if_ is None or self._holds(arm.if_.condition):
                self._take(name, self.her.at, str(number) if arm.if_ else "otherwise")
                yield from self._block(arm.do)
                return

    def _split(self, name: str, step: Split) -> Pauses:
        stored = self.life.stored_arm(self.her, name)
        key = self.life.memory.member.key
        arm = stored if stored in step.split else arm_of(step, self.her.journey, name, key)
        self.her.arms[name] = arm
        self._take(name, self.her.at, arm)
        yield from self._block(step.split[arm].do)

    # ---- time and truth ---------------------------------------------------------------------------------------------
    def _take(self, name: str, at: datetime, outcome: str) -> None:
        """The step is done at `at`, unless she has left by then: at the same instant leaving comes first."""
        self._must_still_be_here(at)
        self.her.at = at
        self.her.path.append(Taken(name, at, outcome))

    def _must_still_be_here(self, at: datetime) -> None:
        leaving = self.life.leaving(self.her, self.journey)
        if leaving is not None and leaving.at <= at:
            raise Over(max(leaving.at, self.her.at), leaving.reason, left=True)

    def _until(self, at: datetime) -> Pauses:
        self.her.due_at = at
        while self.life.now < at:
            yield

    def _takes_it(self, step: Step) -> bool | None:
        """The answer to the step's `if`; None while data are missing for it, or for a decision to be taken at once."""
        if step.if_ is not None:
            if not self._known(event_names(step.if_.condition), step.at_once):
                return None
            if not self._holds(step.if_.condition):
                return False
        arms = step.branch if isinstance(step, Branch) else ()
        names = {event for arm in arms if arm.if_ for event in event_names(arm.if_.condition)}
        return True if self._known(names, step.at_once) else None

    def _known(self, names: Iterable[str], at_once: bool) -> bool:
        """Whether everything about these events up to her instant has arrived."""
        return self.her.at <= self.life.horizon(names, at_once)

    def _holds(self, condition: object) -> bool:
        return self.life.truth.holds(condition, self.her.at, self.her.trigger)

"""The way of one visit through its steps, as far as now and the data allow; what happens at each step and when.

`Walk` goes on from where the visit stands (`waits_at`, `at`, `due_at`), so the journey may have been edited meanwhile;
what it needs to know of the rest (now, coverage, who leaves) it asks of the `Life` it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from journey_engine.language.conditions import Condition
from journey_engine.language.journey import (
    Block,
    Branch,
    Call,
    GoTo,
    HandOff,
    Journey,
    Send,
    Set,
    Split,
    Step,
    Stop,
    Tag,
    Untag,
    Wait,
)
from tests.reference.draws import arm_of
from tests.reference.facts import Called, Enrolment, Event, Grant, Intent, Taken, call_of
from tests.reference.leaving import Leaving, entry_of, leaving
from tests.reference.places import places_in
from tests.reference.resting import due_of, way_on, what_ends
from tests.reference.values import entry_text
from tests.reference.wallclock import plus, quiet_until

if TYPE_CHECKING:
    from tests.reference.interpreter import Life


class Over(Exception):
    """The walk is at its end, for this reason."""

    def __init__(self, at: datetime, reason: str, left: bool = False) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason
        self.left = left


class Walk:
    def __init__(self, life: Life, journey: Journey, enrolment: Enrolment) -> None:
        self.life = life
        self.journey = journey
        self.her = enrolment
        self.places = places_in(journey)
        self.entry = entry_of(enrolment, journey)

    def on(self) -> None:
        """As far as `now` and the data let her; she may end on the way."""
        try:
            while self._step():
                pass
        except Over as over:
            self._end(over)

    def leave(self, cause: Leaving) -> None:
        """She goes from where she waits; what arrives late cannot take her back to before she came there."""
        self._end(Over(max(cause.at, self.her.at), cause.reason, left=True))

    def _end(self, over: Over) -> None:
        her = self.her
        her.ended_at, her.end_reason, her.waits_at, her.due_at = over.at, over.reason, None, None
        her.path.append(Taken("(leave)" if over.left else "(end)", over.at, over.reason))

    # ---- the way ----------------------------------------------------------------------------------------------------
    def _step(self) -> bool:
        """True if she has left the step she was at, False if she waits there."""
        her, name = self.her, self.her.waits_at
        if name is None:
            self._must_still_be_here(her.at)
            raise Over(her.at, "finished")
        step = self.places[name].step
        if not her.has_begun:
            her.due_at = None
            answer = self._takes_it(step)
            if answer is None:
                return False
            self._must_still_be_here(her.at)
            if not answer:
                return self._take(name, her.at, "passed by")
        match step:
            case Send():
                return self._send(name, step)
            case Wait():
                return self._wait(name, step)
            case Call():
                return self._call(name, step)
            case Branch():
                return self._branch(name, step)
            case Split():
                return self._split(name, step)
            case Tag() | Untag() | Set() | HandOff() | GoTo() | Stop():
                self._take(name, her.at, "next")
                self._do(name, step, her.at)
                return True
            case _:
                assert_never(step)

    def _do(self, name: str, step: Tag | Untag | Set | HandOff | GoTo | Stop, at: datetime) -> None:
        """What a step without duration does to the world."""
        life, source = self.life, f"{self.her.journey}/{name}"
        match step:
            case Tag(tag=grant):
                expires_at = plus(at, grant.lasts, life.zone) if grant.lasts else None
                life.memory.grants.append(Grant(at, grant.tag, grant.strength, expires_at, source=source))
            case Untag(untag=tag):
                for grant in life.memory.grants:
                    if grant.tag == tag and grant.in_force(at):
                        grant.removed_at = at
            case Set(set=values):
                known = {attribute: self._value(text) for attribute, text in values.items()}
                life.set({attribute: text for attribute, text in known.items() if text is not None}, at)
            case HandOff(hand_off=team):
                life.tell(Event(at, "handed_off", properties={"team": team}, source="engine"))
            case GoTo(go_to=target):
                life.tell(Event(at, "go_to", of=target, properties={"from": self.her.journey}, source="engine"))
                raise Over(at, f"go_to: {target}")
            case Stop(stop=reason):
                raise Over(at, f"stop: {reason}")
            case _:
                assert_never(step)

    # ---- steps ------------------------------------------------------------------------------------------------------
    def _send(self, name: str, step: Send) -> bool:
        her, hours = self.her, self.life.project.policy.quiet_hours
        quiet_end = quiet_until(her.at, hours, self.life.zone) if hours and her.due_at is None else None
        if quiet_end and step.quiet == "skip":
            properties = {"step": name, "reason": "quiet hours"}
            at = her.at
            self._take(name, at, "skipped")
            self.life.tell(Event(at, "skipped", of=step.send, properties=properties, source="engine"))
            return True
        if quiet_end:
            her.path.append(Taken(name, her.at, "quiet"))
            her.due_at = quiet_end
        at = her.due_at or her.at
        if self.life.now < at:
            return False
        self._must_still_be_here(at)
        her.intents.append(Intent(name, step.send, at, plus(at, step.expires, self.life.zone)))
        return self._take(name, at, "next")

    def _wait(self, name: str, step: Wait) -> bool:
        """Until what ends it is surely the first of all that may; a restart keeps her there, with another due time."""
        her, door = self.her, self.life.doors[self.her.journey]
        restartable = self.journey.enter.restart is not None and name == next(iter(self.journey.steps))
        while True:
            if her.due_at is None:
                her.due_at = due_of(step, her, self.life)
            ended, names = what_ends(step, her, self.life, self.entry)
            if restartable:
                names |= {on.query.event for on in (self.journey.enter.on,) if on is not None}
            restarts = door.restarts(her, her.due_at) if restartable else []
            restart = min(restarts, key=lambda one: one.order, default=None)
            if restart is None or (ended.at, ended.is_timeout) < (restart.at, True):
                if ended.at > self.life.horizon(names, step.at_once):
                    return False
                return self._take(name, ended.at, ended.outcome, way_on(step, ended.outcome))
            if restart.at > self.life.horizon(names, step.at_once):
                return False
            self._must_still_be_here(restart.at)
            her.path.append(Taken(name, restart.at, "restart"))
            her.at, her.event, her.due_at = restart.at, restart.event, None
            door.refuse(restart, "restart")
            self.entry = entry_of(her, self.journey)

    def _call(self, name: str, step: Call) -> bool:
        her = self.her
        if her.due_at is None:
            her.due_at = plus(her.at, step.at_most, self.life.zone)
            values = {key: self._value(text) or "" for key, text in step.with_.items()}
            her.calls.append(Called(name, step.call, her.at, her.due_at, values))
        answers = [
            (event.at, "next" if event.name == "answered" else "failed")
            for event in self.life.memory.events
            if event.name in ("answered", "call_failed") and event.properties.get("call") == call_of(her, name)
            if her.at <= event.at <= her.due_at
        ]
        at, outcome = min(answers, default=(her.due_at, "failed"))
        if at > self.life.now:
            return False
        failed = step.failed.do if step.failed and outcome == "failed" else None
        return self._take(name, at, outcome, failed)

    def _branch(self, name: str, step: Branch) -> bool:
        for number, arm in enumerate(step.branch, 1):
            if arm.if_ is None or self._holds(arm.if_.condition):
                return self._take(name, self.her.at, str(number) if arm.if_ else "otherwise", arm.do)
        raise ValueError(f"{name} has no otherwise")

    def _split(self, name: str, step: Split) -> bool:
        stored = self.life.stored_arm(self.her, name)
        key = self.life.memory.member.key
        arm = stored if stored in step.split else arm_of(step, self.her.journey, name, key)
        self.her.arms[name] = arm
        return self._take(name, self.her.at, arm, step.split[arm].do)

    # ---- time and truth ---------------------------------------------------------------------------------------------
    def _take(self, name: str, at: datetime, outcome: str, way: Block | None = None) -> bool:
        """She goes on at `at`, by the block `way` if there is one, unless she has left: leaving comes first."""
        self._must_still_be_here(at)
        self.her.at = at
        self.her.path.append(Taken(name, at, outcome))
        self.her.waits_at = next(iter(way or {}), self.places[name].after)
        self.her.due_at = None
        return True

    def _must_still_be_here(self, at: datetime) -> None:
        cause = leaving(self.life, self.her, self.journey)
        if cause is not None and cause.at <= at:
            raise Over(max(cause.at, self.her.at), cause.reason, left=True)

    def _takes_it(self, step: Step) -> bool | None:
        """The answer to the step's `if`; None while data are missing for it, or for a decision to be taken at once."""
        if step.if_ is not None:
            if not self._known(self.life.project.event_names(step.if_.condition), step.at_once):
                return None
            if not self._holds(step.if_.condition):
                return False
        arms = step.branch if isinstance(step, Branch) else ()
        names = {event for arm in arms if arm.if_ for event in self.life.project.event_names(arm.if_.condition)}
        return True if self._known(names, step.at_once) else None

    def _known(self, names: Iterable[str], at_once: bool) -> bool:
        """Whether everything about these events up to her instant has arrived."""
        return self.her.at <= self.life.horizon(names, at_once)

    def _holds(self, condition: Condition) -> bool:
        return self.life.truth.holds(condition, self.her.at, self.entry)

    def _value(self, text: str) -> str | None:
        """A constant, or the text of the entry's property; None if it has none."""
        if not text.startswith("entry."):
            return text
        return entry_text(self.her.event, text.removeprefix("entry."))

"""The door of one journey for one member: which triggers wait before it, which let her in, which are refused and why.

Where the design leaves room: `no key` is looked at before all other reasons; handing on brings no key; a trigger that
may restart the first wait, but not yet surely, waits as if its `if` were not known yet.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from journey_engine.language.journey import Journey, Wait
from journey_engine.language.triggers import Again
from tests.reference.draws import held_out
from tests.reference.facts import Enrolment, Entry, Refusal, Taken, Trigger
from tests.reference.triggers import Triggers
from tests.reference.wallclock import local, plus

if TYPE_CHECKING:
    from tests.reference.interpreter import Life


class Door:
    def __init__(self, life: Life, name: str, live_since: datetime) -> None:
        self.life, self.name, self.live_since = life, name, live_since
        self.used: set[str] = set()
        self.before: list[Trigger] = []  # found, not yet judged
        self.last_now = live_since
        self._told = -1  # how many of the member's rows had arrived at the last look

    @property
    def journey(self) -> Journey:
        return self.life.project.journeys[self.name]

    # ---- what comes to it -------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Find what is new, in the order of its instants, each with its place in the journey's pace."""
        for trigger in sorted(self.new(), key=lambda trigger: trigger.order):
            self.take(trigger)

    def looked(self) -> None:
        """The pass is over."""
        self.last_now, self._told = self.life.now, self.life.rows_told

    def take(self, trigger: Trigger) -> None:
        """It waits before the door now, with its place in the journey's pace."""
        places = self.life.places.get(self.name)
        self.before.append(trigger if places is None else replace(trigger, at=places.given(trigger.at)))
        self.before.sort(key=lambda trigger: trigger.order)

    def new(self) -> list[Trigger]:
        """What may let her in and was not found before."""
        if self.journey.status != "live":
            return []
        life = self.life
        triggers = Triggers(self.journey, life.memory, life.truth, life.zone, self.live_since)
        known = self.used | {trigger.ref for trigger in self.before}
        found = triggers.found(self.last_now, life.now, row_is_new=life.rows_told > self._told)
        fresh = [trigger for trigger in found if trigger.ref not in known]
        return [trigger for trigger in fresh if self.live_since <= trigger.at <= life.now]

    def restarts(self, visit: Enrolment, due: datetime) -> list[Trigger]:
        """The triggers that would begin her first wait anew, if nothing else comes before them."""
        on = self.journey.enter.on
        return [
            trigger
            for trigger in self.before
            if on is not None
            and trigger.event is not None
            and self.life.truth.matches(trigger.event, on.query)
            and self._key(trigger) == visit.key
            and visit.at < trigger.at <= min(due, self.life.now)
        ]

    def refuse(self, trigger: Trigger, reason: str) -> None:
        self.before.remove(trigger)
        self.used.add(trigger.ref)
        self.life.memory.refusals.append(Refusal(self.name, trigger.at, reason, trigger.ref))

    # ---- who gets in ------------------------------------------------------------------------------------------------
    def enter(self) -> bool:
        """Judge what waits, up to the first that lets her in (True) or cannot be judged yet."""
        if self.journey.status != "live":
            return False
        for trigger in list(self.before):
            if trigger.at > self.life.now:
                return False
            reason = self._why_not(trigger)
            if reason == "not known yet":
                return False
            if reason is None:
                self.before.remove(trigger)
                self.used.add(trigger.ref)
                self._admit(trigger)
                return True
            self.refuse(trigger, reason)
        return False

    def _key(self, trigger: Trigger) -> str | None:
        """The trigger's value of the property that keys visits; empty where none does, None if it has none."""
        per = self.journey.enter.again.per
        if per is None:
            return ""
        return (trigger.event.properties.get(per) or None) if trigger.event is not None else None

    def _why_not(self, trigger: Trigger) -> str | None:
        key = self._key(trigger)
        if key is None:
            return "no key"
        visits = self._visits(key)
        if visits:
            last = visits[-1]
            if trigger.at < last.entered_at:
                return "older"
            if last.ended_at is None and self._may_restart(last, trigger):
                return "not known yet"
            if last.ended_at is None or trigger.at < last.ended_at:
                return "inside"
            if self._too_soon(self.journey.enter.again, last, trigger):
                return "again"
        if self._blocked(trigger):
            return "blocked"
        if self.journey.enter.if_ is not None:
            rule = self.journey.enter.if_.condition
            if self.life.horizon(self.life.project.event_names(rule)) < trigger.at:
                return "not known yet"
            entry = Entry(trigger.at, trigger.event, self.journey.enter.again.per, key)
            if not self.life.truth.holds(rule, trigger.at, entry, entering=True):
                return "if"
        return None

    def _visits(self, key: str) -> list[Enrolment]:
        visits = [visit for visit in self.life.memory.visits(self.name) if visit.key == key]
        return sorted(visits, key=lambda visit: visit.visit)

    def _may_restart(self, visit: Enrolment, trigger: Trigger) -> bool:
        first = next(iter(self.journey.steps))
        if self.journey.enter.restart is None or visit.waits_at != first or visit.due_at is None:
            return False
        is_wait = isinstance(self.journey.steps[first], Wait)
        return is_wait and trigger in self.restarts(visit, visit.due_at)

    def _too_soon(self, again: Again, last: Enrolment, trigger: Trigger) -> bool:
        match again.kind:
            case "after":
                assert again.length is not None
                return trigger.at < plus(last.entered_at, again.length, self.life.zone)
            case "once a year":
                return local(last.entered_at, self.life.zone).year == local(trigger.at, self.life.zone).year
            case kind:
                return kind == "never"

    def _blocked(self, trigger: Trigger) -> bool:
        if trigger.event is not None and trigger.event.name == "follow":
            return False
        return self.life.truth.friendship(trigger.at) == "unfollow"

    def _admit(self, trigger: Trigger) -> None:
        life, journey, at = self.life, self.journey, trigger.at
        key = self._key(trigger) or ""
        earlier, before = self._visits(key), life.memory.in_time(self.name)
        arm = before[-1].arm if before else self._arm()
        goal_until = plus(at, journey.goal.within, life.zone) if journey.goal else None
        visit = Enrolment(self.name, len(earlier) + 1, at, trigger, arm, at, key, trigger.event, goal_until)
        visit.made_at = life.now
        visit.path.append(Taken("(enter)", at, arm))
        visit.waits_at = "(holdout)" if arm == "holdout" else next(iter(journey.steps))
        life.memory.enrolments.append(visit)

    def _arm(self) -> str:
        key = self.life.memory.member.key
        everywhere = held_out(self.life.project.policy.global_holdout, "global", key)
        return "holdout" if everywhere or held_out(self.journey.holdout, self.name, key) else "journey"

"""How long a wait lasts, what ends it and which way is taken then; it moves nobody.

Where the design leaves room: with `count: since entry` everything counts from the entry, `until` and `on` too, and what
is over on arrival ends then; a date is read once, on arrival; a date that is now is in time, and a text that is no date
is none.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from journey_engine.language.days import Days
from journey_engine.language.durations import Duration
from journey_engine.language.journey import Block, FirstOf, Until, Wait
from journey_engine.language.verbs import DateOf, Window
from tests.reference.appointed import IsAllowed, allowed, of_day, of_time, on_allowed, returns_at, window_opens
from tests.reference.facts import Enrolment, Entry
from tests.reference.wallclock import next_clock, plus

if TYPE_CHECKING:
    from tests.reference.interpreter import Life


class Ended(NamedTuple):
    """What ends a wait, as far as is known."""

    at: datetime
    outcome: str
    is_timeout: bool = True


def due_of(step: Wait, her: Enrolment, life: Life) -> datetime:
    """When the wait is over if nothing ends it before; never before she arrived."""
    base = her.entered_at if step.count == "since entry" else her.at
    match step.wait:
        case time() as clock:
            due = next_clock(base, clock, life.zone, or_now=False)
        case Duration() as length:
            due = plus(base, length, life.zone)
        case FirstOf():
            assert step.at_most is not None
            return max(her.at, plus(base, step.at_most, life.zone))
        case Window(window=hours):
            return window_opens(her.at, hours, _allowed(step.on, life), life.zone)
        case DateOf() as target:
            found = _target(target, her, life)
            due = her.at if found is None else found
        case _:
            assert_never(step.wait)
    if step.until is not None:
        due = next_clock(due, step.until, life.zone, or_now=True)
    return max(her.at, on_allowed(due, _allowed(step.on, life), life.zone))


def kept_promise(step: Wait, at: datetime, life: Life) -> datetime:
    """`at`, or the next instant that keeps the clock time, window and days of the wait."""
    if isinstance(step.wait, Window):
        return window_opens(at, step.wait.window, _allowed(step.on, life), life.zone)
    clock = step.wait if isinstance(step.wait, time) else step.until
    if clock is not None:
        at = next_clock(at, clock, life.zone, or_now=True)
    return on_allowed(at, _allowed(step.on, life), life.zone)


def _allowed(days: Days | None, life: Life) -> IsAllowed:
    return allowed(days, life.project.policy.calendar)


def _target(wait: DateOf, her: Enrolment, life: Life) -> datetime | None:
    """The instant that the date stands for; None if there is no such date."""
    value: Any = life.truth.attribute(wait.date) if wait.property is None else None
    if wait.property is not None and her.event is not None:
        value = life.truth.property(her.event, wait.property)
    match value:
        case datetime():
            return of_time(value, wait.offset, wait.at, life.zone)
        case date() if wait.every == "year":
            return returns_at(value, wait.offset, wait.at, life.zone, her.at)
        case date():
            return of_day(value, wait.offset, wait.at, life.zone)
        case _:
            return None


def what_ends(step: Wait, her: Enrolment, life: Life, entry: Entry) -> tuple[Ended, set[str]]:
    """What ends the wait, as far as is known, and the names of the events on which that rests."""
    assert her.due_at is not None
    match step.wait:
        case FirstOf(first_of=exits):
            begins = her.entered_at if step.count == "since entry" else her.at
            ended = _first_of(exits, begins, her, life, entry)
            resumed = life.resumed_at.get(her.journey, ended.at)  # a pause that shifts lets nobody go on before its end
            return ended._replace(at=max(ended.at, resumed)), {exit_.until.query.event for exit_ in exits}
        case DateOf() as target:
            return Ended(her.due_at, _of_a_date(target, her, life)), set()
        case _:
            return Ended(her.due_at, "next"), set()


def _of_a_date(wait: DateOf, her: Enrolment, life: Life) -> str:
    """She waits for a date only if it is to come, so it is late or missing only on arrival."""
    if her.due_at != her.at:
        return "next"
    target = _target(wait, her, life)
    if target is None:
        return "no date"
    return "late" if target < her.at and wait.late == "skip" else "next"


def _first_of(exits: tuple[Until, ...], begins: datetime, her: Enrolment, life: Life, entry: Entry) -> Ended:
    """The earliest event that ends the wait, of two at an instant the one written first; or its time is up."""
    assert her.due_at is not None
    in_vain = _in_vain(exits, her, life)
    latest = her.due_at if in_vain is None else in_vain
    found = [
        (event.at, number)
        for number, exit_ in enumerate(exits, 1)
        for event in life.memory.events
        if begins < event.at <= latest
        and life.truth.matches(event, exit_.until.query)
        and life.truth.concerns(event, exit_.until.query, entry)
    ]
    if not found:
        return Ended(latest, "timeout")
    at, number = min(found)
    return Ended(max(her.at, at), str(number), is_timeout=False)


def _in_vain(exits: tuple[Until, ...], her: Enrolment, life: Life) -> datetime | None:
    """When it is clear that no exit can come: each is a click on a message that was not sent, or perhaps not."""
    assert her.due_at is not None
    known_at: list[datetime] = []
    for exit_ in exits:
        query = exit_.until.query
        told = [
            event.at
            for event in life.memory.events
            if event.name in ("skipped", "unknown")
            and event.of == query.of
            and her.entered_at <= event.at <= her.due_at
        ]
        if query.event != "click" or query.of is None or not told:
            return None
        known_at.append(min(told))
    return max([her.at, *known_at])


def way_on(step: Wait, outcome: str) -> Block:
    """The block by which the outcome leads; an empty one goes on behind the wait."""
    match step.wait:
        case FirstOf(first_of=exits) if outcome != "timeout":
            return exits[int(outcome) - 1].do
        case DateOf() if outcome == "next":
            return step.do
        case FirstOf() | DateOf():
            return step.otherwise.do if step.otherwise else {}
        case _:
            return {}

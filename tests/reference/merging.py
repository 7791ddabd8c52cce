"""Two members who are found to be one, as the rules say it in words; who was made first is left, and takes no step.

All that happened to either happened to her, as if it had arrived late. She is inside a journey (and key) once: where
both are, hers goes on, and the other visit ends as `merged`, measured no longer unless it had reached its goal. Where
only the other is inside, that visit goes on as it is. Visits count anew in the order of time, at one instant hers
behind the other's, the open one last. What was changed later of attributes and zone stands, at one instant hers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tests.reference.facts import Arrival, Enrolment, Event, Member, Memory, Refusal, Stay, Taken

if TYPE_CHECKING:
    from tests.reference.interpreter import Life

Renamed = Callable[[str], str]  # the name of a trigger, by where its event stands now


def merge(left: Life, gone: Life, now: datetime) -> None:
    """`gone` turned out to be `left` at `now`, between two ticks: everything is hers, and nothing is left of `gone`.

    Stays are not handed over: they are a refresh's word on one profile, and the next one says them of her.
    """
    for life in (left, gone):
        _name_calls(life)
    ours, theirs = _events(left, gone)
    visits = _visits(left, gone, now)
    before = left.memory.member
    left.memory.member = _member(before, gone.memory.member, now)
    left.zone = left.memory.member.zone or left.project.policy.zone
    left.rows_told += 1
    left.memory.enrolments = visits
    left.memory.grants += gone.memory.grants
    left.answered.update(gone.answered)
    _doors(left, gone, ours, theirs)
    left.arriving(arrival for arrival in gone.untold() if not isinstance(arrival, Stay))
    gone.memory = Memory(replace(gone.memory.member, attributes={}, zone=None))
    gone.truth.memory = gone.memory
    gone.arriving((), anew=True)


def _name_calls(life: Life) -> None:
    """Visits will count anew, and calls under way are still answered by the name they went out with."""
    key = life.memory.member.key
    for visit in life.memory.enrolments:
        visit.name = visit.name or f"{key} {visit.journey} {visit.key} {visit.visit}"

    def named(arrival: Arrival) -> Arrival:
        if not isinstance(arrival, Event) or "call" not in arrival.properties:
            return arrival
        call = arrival.properties["call"]
        return replace(
            arrival, properties={**arrival.properties, "call": call if call.startswith(f"{key} ") else f"{key} {call}"}
        )

    life.memory.events = [named(event) for event in life.memory.events if isinstance(event, Event)]
    life.arriving([named(arrival) for arrival in life.untold()], anew=True)


def _events(left: Life, gone: Life) -> tuple[Renamed, Renamed]:
    """All events in the order in which they were told; how the triggers of each are called now."""
    told = [
        (*when, 0, number, event)
        for number, (when, event) in enumerate(zip(left.heard, left.memory.events, strict=True))
    ]
    told += [
        (*when, 1, number, event)
        for number, (when, event) in enumerate(zip(gone.heard, gone.memory.events, strict=True))
    ]
    told.sort(key=lambda one: one[:4])
    left.memory.events = [one[-1] for one in told]
    left.heard = [one[:2] for one in told]
    places = {(who, number): place for place, (_, _, who, number, _) in enumerate(told)}

    def by(who: int) -> Renamed:
        def renamed(ref: str) -> str:
            kind, _, number = ref.partition(":")
            return f"event:{places[who, int(number)]}" if kind == "event" else ref

        return renamed

    return by(0), by(1)


def _visits(left: Life, gone: Life, now: datetime) -> list[Enrolment]:
    hers, others = left.memory.enrolments, gone.memory.enrolments
    groups: dict[tuple[str, str], list[Enrolment]] = defaultdict(list)
    for visit in [*hers, *others]:
        groups[visit.journey, visit.key].append(visit)
    for visits in groups.values():
        going_on = [visit for visit in visits if visit.ended_at is None]
        for visit in sorted(going_on, key=lambda one: (not any(one is her for her in hers), one.entered_at))[1:]:
            visit.ended_at, visit.end_reason, visit.waits_at = max(now, visit.entered_at), "merged", None
            visit.path.append(Taken("(leave)", now, "merged"))
            visit.goal_until = visit.goal_until if visit.goal_at is not None else None
        in_time = sorted(
            visits, key=lambda one: (one.ended_at is None, one.entered_at, any(one is her for her in hers))
        )
        for number, visit in enumerate(in_time, 1):
            visit.visit = number
    return sorted([*hers, *others], key=lambda visit: visit.made_at)


def _member(left: Member, gone: Member, now: datetime) -> Member:
    later = sorted((left, gone), key=lambda one: (one.changed_at, one is left))  # the last one's word stands
    attributes = {name: value for one in later for name, value in one.attributes.items()}
    zone = next((one.zone for one in reversed(later) if one.zone is not None), None)
    is_changed = (attributes, zone) != (dict(left.attributes), left.zone)
    return replace(left, attributes=attributes, zone=zone, changed_at=now if is_changed else left.changed_at)


def _doors(left: Life, gone: Life, ours: Renamed, theirs: Renamed) -> None:
    refused: dict[tuple[str, str], Refusal] = {}
    for life, renamed in ((left, ours), (gone, theirs)):
        for one in life.memory.refusals:
            refused.setdefault((one.journey, renamed(one.ref)), replace(one, ref=renamed(one.ref)))
    left.memory.refusals = list(refused.values())
    for name, door in left.doors.items():
        other = gone.doors[name]
        door.used = {ours(ref) for ref in door.used} | {theirs(ref) for ref in other.used}
        waiting = [replace(one, ref=ours(one.ref)) for one in door.before]
        waiting += [replace(one, ref=theirs(one.ref)) for one in other.before]
        fresh = {one.ref: one for one in reversed(waiting) if one.ref not in door.used}
        place = {one.ref: int(one.ref.partition(":")[2]) for one in fresh.values() if one.kind == "event"}
        numbered = [replace(one, number=place.get(one.ref, one.number)) for one in fresh.values()]
        door.before = sorted(numbered, key=lambda one: one.order)
        other.used, other.before = set(), []

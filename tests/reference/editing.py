"""What an edit of the journeys does to one member who is inside, the moment it is applied; it takes no step.

The rules: who waits stays at the step of that name, and her due time stays. From a step that is gone she goes where
`moved` says: from wait to wait with her arrival and what was promised, else she arrives there at the time promised, not
before the edit. `reschedule` reckons the due time of a changed wait anew by its new words, not before the edit.
Triggers count from when a journey becomes live again. After a pause that shifts, due times lie later by its length,
where the wait still keeps its clock time, window and days (a date stays the date it is), and nobody goes on before its
end.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from journey_engine.language.durations import Duration
from journey_engine.language.journey import DateOf, FirstOf, Journey, Step, Wait, Window
from journey_engine.language.project import Project
from tests.reference.facts import Enrolment, Taken
from tests.reference.places import places_in
from tests.reference.resting import kept_promise
from tests.reference.wallclock import next_clock, plus

if TYPE_CHECKING:
    from tests.reference.interpreter import Life

MOMENT = timedelta(microseconds=1)


def edited(life: Life, before: Project, now: datetime) -> None:
    """`life.project` took the place of `before` at `now`."""
    for name, after in life.project.journeys.items():
        was = before.journeys[name]
        if was == after:
            continue
        inside = [v for v in life.memory.visits(name) if v.ended_at is None and v.arm == "journey"]
        _status(life, was, after, now, inside)
        for visit in inside:
            _edited(life, visit, was, after, now)
            life.edited.append((visit, len(visit.path)))


# ---- pauses -------------------------------------------------------------------------------------------------------
def _status(life: Life, was: Journey, after: Journey, now: datetime, inside: list[Enrolment]) -> None:
    door = life.doors[after.journey]
    if was.status != "live" and after.status == "live":
        door.live_since, door.last_now = now, max(door.last_now, now - MOMENT)
    if after.status == "paused" != was.status:
        life.paused_at[after.journey] = now
    if was.status == "paused" != after.status:
        length = now - life.paused_at.pop(after.journey)
        if after.pause == "shift" and length:
            life.resumed_at[after.journey] = now
            for visit in inside:
                _shift(life, visit, was, length, now)


def _shift(life: Life, visit: Enrolment, was: Journey, length: timedelta, now: datetime) -> None:
    assert visit.waits_at is not None
    step = places_in(was)[visit.waits_at].step
    if not visit.has_begun:
        visit.at, visit.due_at = max(visit.at + length, now), None
        return
    if isinstance(step, Wait) and isinstance(step.wait, DateOf):
        return
    assert visit.due_at is not None
    later = max(visit.due_at + length, now)
    visit.due_at = kept_promise(step, later, life) if isinstance(step, Wait) else later


# ---- steps --------------------------------------------------------------------------------------------------------
def _edited(life: Life, visit: Enrolment, was: Journey, after: Journey, now: datetime) -> None:
    name = visit.waits_at
    assert name is not None
    steps = places_in(after)
    old = places_in(was)[name].step
    if name not in steps:
        to = after.moved[name]
        visit.path.append(Taken(name, now, f"moved to {to}"))
        _stand(life, visit, old, to, after, now)
    elif _is_rescheduled(was, after, name) and visit.has_begun:
        visit.path.append(Taken(name, now, "rescheduled"))
        _stand(life, visit, old, name, after, now)


def _is_rescheduled(was: Journey, after: Journey, name: str) -> bool:
    """The word stays in the file, and means the change that comes with this edit."""
    old, new = places_in(was)[name].step, places_in(after)[name].step
    if name not in after.reschedule or not isinstance(new, Wait):
        return False
    return name not in was.reschedule or _own_words(old) != _own_words(new)


def _own_words(step: Step) -> Any:
    return _without_blocks(step.model_dump(mode="json"))


def _without_blocks(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_blocks(inner) for name, inner in value.items() if name != "do"}
        case list():
            return [_without_blocks(inner) for inner in value]
        case _:
            return value


def _stand(life: Life, visit: Enrolment, old: Step, to: str, after: Journey, now: datetime) -> None:
    """She is at the step `to` from now on: since when, and until when."""
    new, is_anew, begun = places_in(after)[to].step, to in after.reschedule, visit.has_begun
    promised = max(visit.due_at or visit.at, now)
    visit.waits_at = to
    if not (isinstance(old, Wait) and isinstance(new, Wait)):
        visit.at, visit.due_at = now if is_anew else promised, None
    elif is_anew and isinstance(new.wait, DateOf):
        visit.at, visit.due_at = now, None
    elif not begun:
        visit.at, visit.due_at = promised, None
    elif is_anew:
        visit.due_at = kept_promise(new, max(_reckoned(new, visit, life, now), now), life)


def _reckoned(step: Wait, visit: Enrolment, life: Life, now: datetime) -> datetime:
    base = visit.entered_at if step.count == "since entry" else visit.at
    match step.wait:
        case FirstOf():
            assert step.at_most is not None
            return plus(base, step.at_most, life.zone)
        case Duration() as length:
            return plus(base, length, life.zone)
        case time() as clock:
            return next_clock(max(visit.at, now), clock, life.zone, or_now=False)
        case Window() | DateOf():
            return visit.at

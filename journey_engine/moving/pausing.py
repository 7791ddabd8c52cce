"""A pause and its end: since when a journey stands still, and what becomes of promised times; it moves nobody on.

While a journey is paused its members leave as ever, and neither enter nor go on; nothing is forgotten. With `pause:
keep` every promise stays, and the first pass afterwards decides all of it at its own instants; what then would be sent
too late is buried by `expires`. With `pause: shift` promised times move by the length of the pause, on to the clock
time, window and days their wait keeps; a date of a member's stays the date it is. What happened meanwhile and ends a
wait ends it when the pause does: nobody goes on before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Interval, Text, bindparam, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.compiler import promises
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.lookups import AS_IT_IS
from journey_engine.language.catalog import Policy
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import DateOf, Step, Wait
from journey_engine.language.project import Project
from journey_engine.moving.waking import look_again
from journey_engine.store.tables.moving import journey_clocks, waiting
from journey_engine.store.tables.people import members
from journey_engine.store.zones import zones_of


def status_changed(conn: Connection, project: Project, journey: str, was: str, now: datetime) -> None:
    """Begin or end a pause at `now`, in the caller's transaction; `project` is what is live from now on.

    Nothing happens where neither the status `was` nor the new one is `paused`, or where it is the same as before.
    """
    after = project.journeys[journey]
    if after.status == was:
        return
    if after.status == "paused":
        _clock(conn, journey, paused_at=now)
    elif was == "paused":
        resume(conn, project, journey, now)


def resume(conn: Connection, project: Project, journey: str, now: datetime) -> timedelta:
    """End the pause of a journey at `now` as its definition says (`pause: keep | shift`); returns how long it was."""
    asked = select(journey_clocks.c.paused_at).where(journey_clocks.c.journey == journey)
    since = conn.execute(asked).scalar_one_or_none()
    length = now - since if since is not None else timedelta(0)
    if project.journeys[journey].pause == "shift" and length > timedelta(0):
        for name, step in all_steps(project.journeys[journey]):
            _shift(conn, project.policy, journey, name, step, length, now)
        _clock(conn, journey, paused_at=None, resumed_at=now)
    else:
        _clock(conn, journey, paused_at=None)
    # What arrived meanwhile has been read without looking at those who could not go on.
    look_again(conn, journey, now)
    return length


def _clock(conn: Connection, journey: str, **values: datetime | None) -> None:
    conn.execute(update(journey_clocks).where(journey_clocks.c.journey == journey).values(values))


def _shift(
    conn: Connection, policy: Policy, journey: str, name: str, step: Step, length: timedelta, now: datetime
) -> None:
    """Who has begun the step goes on later by the length; who stands before a decision takes it when the pause ends."""
    here = (waiting.c.journey == journey) & (waiting.c.step == name)
    begun = waiting.c.due_at > waiting.c.arrived_at
    later = [each + literal(length, Interval) for each in (waiting.c.arrived_at, waiting.c.due_at)]
    arrives, due = [func.greatest(each, literal(now, INSTANT), type_=INSTANT) for each in later]
    conn.execute(update(waiting).where(here, ~begun).values(arrived_at=arrives, due_at=arrives, wake_at=arrives))
    if isinstance(step, Wait) and isinstance(step.wait, DateOf):
        return
    known = members.c.zone == func.any(bindparam("zones", type_=ARRAY(Text)))
    zone = case((known, members.c.zone), else_=literal(policy.zone)).label("zone")
    woken = (waiting.c.wake_at < waiting.c.due_at).label("woken")
    rows = select(waiting.c.enrolment_id, woken, zone, due.label("due")).where(
        here, begun, members.c.id == waiting.c.member_id
    )
    # A promise names its instant dozens of times: one within the other they would be a megabyte of SQL.
    for keep in promises.of_wait(policy, step) if isinstance(step, Wait) else []:
        row = rows.offset(AS_IT_IS).subquery().c
        rows = select(row.enrolment_id, row.woken, row.zone, keep(row.due, row.zone).label("due"))
    row = rows.offset(AS_IT_IS).subquery().c
    # An event that came and waits for its data is looked at again at once.
    wake = case((row.woken, literal(now, INSTANT)), else_=row.due)
    moved = update(waiting).where(waiting.c.enrolment_id == row.enrolment_id)
    conn.execute(moved.values(due_at=row.due, wake_at=wake), {"zones": zones_of(conn).known})

"""Moves those who wait where an edit changes their step, in apply's transaction, and logs it; it takes no step.

The rules: who is moved from a wait to a wait keeps the instant of arrival and the time promised. Who is moved from or
to another kind of step arrives there at the time promised, and not before `now`. `reschedule` reckons the time anew by
the new words: lengths count from arrival but come out not before `now`, clock times and days after that; where the new
step is no wait, its time is `now`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, assert_never

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Insert,
    Select,
    Text,
    and_,
    case,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from journey_engine.compiler import calendar, promises
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.plot import stage
from journey_engine.language.durations import Duration
from journey_engine.language.graph import graph
from journey_engine.language.journey import DateOf, FirstOf, Journey, Step, Wait, Window
from journey_engine.language.project import Project
from journey_engine.planning.changes import Stay
from journey_engine.store.tables.moving import enrolments, moves, waiting
from journey_engine.store.tables.people import members
from journey_engine.store.zones import known_zones


@dataclass(frozen=True, slots=True)
class Application:
    """What an apply writes under: the number of its row of `runs`, and its business instant."""

    run: int
    now: datetime

    @property
    def instant(self) -> ColumnElement[Any]:
        """`now` as a bound timestamptz."""
        return literal(self.now, INSTANT)


@dataclass(frozen=True, slots=True)
class Edit:
    """A journey as it was and as it becomes under `version`."""

    before: Journey | None
    after: Journey
    version: int


def relocate(conn: Connection, project: Project, edit: Edit, stay: Stay, under: Application) -> int:
    """Move those who wait at `stay.step`, or reckon their time anew, as `stay.fate` says; returns how many."""
    steps = {node.name: node.step for node in graph(edit.before).nodes} if edit.before else {}
    new = graph(edit.after).node(stay.to).step
    is_anew = stay.to in edit.after.reschedule
    rows = _rows(conn, project, edit.after.journey, stay)
    stands = _stands(project, rows, steps.get(stay.step), new, is_anew, under)
    there = stage(stands, "stands")
    values = {"step": stay.to, "arrived_at": there.c.arrived, "due_at": there.c.due, "wake_at": there.c.due}
    moved = update(waiting).where(waiting.c.enrolment_id == there.c.enrolment_id).values(flip_at=under.now, **values)
    return conn.execute(_logged(edit, stay, under, there).add_cte(moved.cte("moved"))).rowcount


def _logged(edit: Edit, stay: Stay, under: Application, there: CTE) -> Insert:
    outcome = f"moved to {stay.to}" if stay.fate == "moved" else "rescheduled"
    why = func.jsonb_build_object("promised", there.c.due_at, "now", there.c.due)
    line = func.jsonb_build_object("step", stay.step, "at", under.instant, "outcome", outcome, "why", why)
    rows = select(
        literal(under.run), there.c.enrolment_id, literal(edit.after.journey), there.c.member_id,
        literal(edit.version), under.instant, func.jsonb_build_array(line, type_=JSONB),
    )  # fmt: skip
    names = ["run_id", "enrolment_id", "journey", "member_id", "version", "now", "path"]
    return insert(moves).from_select(names, rows)


def _rows(conn: Connection, project: Project, journey: str, stay: Stay) -> CTE:
    """Those who wait there, with a zone that Postgres knows; who has not begun a wait has nothing to be reckoned."""
    w = waiting
    zones = sorted(known_zones(conn))
    known = members.c.zone == func.any(literal(zones, ARRAY(Text)))
    zone = case((known, members.c.zone), else_=literal(project.policy.zone))
    here = and_(w.c.journey == journey, w.c.step == stay.step)
    if stay.fate == "rescheduled":
        here = and_(here, w.c.due_at > w.c.arrived_at)
    return (
        select(
            w.c.enrolment_id, w.c.member_id, w.c.arrived_at, w.c.due_at, zone.label("zone"), enrolments.c.entered_at,
            (w.c.due_at > w.c.arrived_at).label("begun"),
        )
        .join(members, members.c.id == w.c.member_id)
        .join(enrolments, enrolments.c.id == w.c.enrolment_id)
        .where(here)
        .cte("rows")
        .prefix_with("MATERIALIZED")
    )  # fmt: skip


def _stands(project: Project, rows: CTE, old: Step | None, new: Step, is_anew: bool, under: Application) -> Select[Any]:
    """The columns of `rows` with `arrived` and `due`, where they stand from now on."""
    now = under.instant
    later = now if is_anew else func.greatest(rows.c.due_at, now, type_=INSTANT)
    if not isinstance(new, Wait) or not (old is None or isinstance(old, Wait)):
        return select(*rows.c, later.label("arrived"), later.label("due"))
    if is_anew and isinstance(new.wait, DateOf):
        return select(*rows.c, now.label("arrived"), now.label("due"))  # looked up as for one who comes now
    timed = _reckoned(project, rows, new, now) if is_anew else select(*rows.c, rows.c.due_at.label("due")).cte("timed")
    begun = timed.c.begun
    kept = [column for column in timed.c if column.name != "due"]
    arrived = case((begun, timed.c.arrived_at), else_=func.greatest(timed.c.due_at, now, type_=INSTANT))
    return select(*kept, arrived.label("arrived"), case((begun, timed.c.due), else_=arrived).label("due"))


def _reckoned(project: Project, rows: CTE, step: Wait, now: ColumnElement[Any]) -> CTE:
    """The rows with `due` as the step's words give it, a stage for each part of them."""
    since = rows.c.entered_at if step.count == "since entry" else rows.c.arrived_at
    match step.wait:
        case FirstOf():
            assert step.at_most is not None
            first = calendar.plus(since, step.at_most, rows.c.zone)
        case Duration() as length:
            first = calendar.plus(since, length, rows.c.zone)
        case time() as clock:
            from_ = func.greatest(rows.c.arrived_at, now, type_=INSTANT)
            first = calendar.next_clock(from_, clock, rows.c.zone, or_now=False)
        case Window() | DateOf():
            first = rows.c.arrived_at
        case _:
            assert_never(step.wait)
    # Each part in a stage of its own: written into one another, 100,000 members took 70 s instead of 16.
    staged = stage(select(*rows.c, func.greatest(first, now, type_=INSTANT).label("due")), "timed_0")
    for number, keep in enumerate(promises.of_wait(project.policy, step), 1):
        kept = [column for column in staged.c if column.name != "due"]
        due = keep(staged.c.due, staged.c.zone).label("due")
        staged = stage(select(*kept, due), f"timed_{number}")
    return staged

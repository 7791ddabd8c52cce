"""What a round leaves behind to be read: paths, counts, and the event of who has finished; it changes no state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Executable,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    distinct,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import lines
from journey_engine.compiler.conditions import normal_end
from journey_engine.compiler.frontier import IS_LAST, trail
from journey_engine.compiler.plot import NOW, PART, RUN, VERSION, Plot, stage
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import moves, step_counts

# Bound once a round, one entry a way: the step, the outcome, the day, and how many took it.
WAYS: tuple[tuple[BindParameter[Any], Any], ...] = (
    (bindparam("way_steps", type_=ARRAY(Text)), Text()),
    (bindparam("way_outcomes", type_=ARRAY(Text)), Text()),
    (bindparam("way_days", type_=ARRAY(Date)), Date()),
    (bindparam("way_members", type_=ARRAY(BigInteger)), BigInteger()),
)

_SOME = 100  # paths that are looked at to know whether many are the same


def remember(plot: Plot) -> Executable:
    """One row of moves per enrolment that did anything, with its path in order; the same path is made once."""
    walked = _walked().cte("walked").prefix_with("NOT MATERIALIZED")  # wide rows, and the trail is there
    w = walked.c
    paths = stage(select(w.lines, w.at, _path(walked).label("path")).group_by(w.lines, w.at), "paths")
    its = and_(paths.c.lines == w.lines, paths.c.at == w.at)
    return _moves(plot, walked, paths.c.path, walked.join(paths, its))


def remember_each(plot: Plot) -> Executable:
    """The same where hardly any two are the same."""
    walked = _walked().subquery("walked")
    return _moves(plot, walked, _path(walked), walked)


def are_alike() -> Select[Any]:
    """Whether of some paths that were walked many are the same."""
    some = _walked().limit(_SOME).subquery("some")
    return select(2 * func.count(distinct(func.row(some.c.lines, some.c.at))) < func.count())


def _walked() -> Select[Any]:
    t = trail.c
    return select(t.enrolment_id, t.member_id, t.lines, t.at).where(IS_LAST, t.lines != "")


def _path(walked: FromClause) -> ColumnElement[Any]:
    return cast(lines.path(walked.c.lines, walked.c.at), JSONB)


def _moves(plot: Plot, walked: FromClause, path: ColumnElement[Any], source: FromClause) -> Executable:
    who = walked.c
    rows = select(RUN, who.enrolment_id, literal(plot.name), who.member_id, VERSION, NOW, path).select_from(source)
    return insert(moves).from_select(["run_id", "enrolment_id", "journey", "member_id", "version", "now", "path"], rows)


def tell(plot: Plot) -> Executable:
    """An event for each who came to a normal end, at that instant."""
    properties = func.jsonb_build_object("reason", trail.c.end_reason)
    row = (
        trail.c.member_id,
        literal("finished_journey"),
        trail.c.at,
        literal(plot.name),
        properties,
        literal("engine"),
    )
    names = ["member_id", "name", "at", "of", "properties", "source"]
    return insert(events).from_select(names, select(*row).where(normal_end(trail.c.end_reason)))


def count(plot: Plot) -> Executable:
    """How many took each way, by the business day of the step's instant."""
    names = ("step", "outcome", "day", "n")
    ways = func.unnest(*(values for values, _ in WAYS)).table_valued(
        *(column(name, kind) for name, (_, kind) in zip(names, WAYS, strict=True))
    )
    ways = ways.render_derived(name="ways")
    rows = select(literal(plot.name), ways.c.step, ways.c.outcome, ways.c.day, PART, ways.c.n)
    added = upsert(step_counts).from_select(["journey", "step", "outcome", "day", "part", "members"], rows)
    return added.on_conflict_do_update(
        index_elements=["journey", "step", "outcome", "day", "part"],
        set_={"members": step_counts.c.members + added.excluded.members},
    )

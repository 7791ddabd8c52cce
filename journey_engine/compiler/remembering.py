"""What a round leaves behind to be read: paths, counts, and the event of who has finished; it changes no state."""

from __future__ import annotations

from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Executable, Text, cast, func, insert, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import calendar
from journey_engine.compiler.conditions import normal_end
from journey_engine.compiler.frontier import trail
from journey_engine.compiler.plot import NOW, RUN, VERSION, Plot, stage
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import moves, step_counts


def remember(plot: Plot) -> Executable:
    """One row of moves per enrolment that did anything, with its path in order.

    Paths are written as text and read as jsonb once for all who went the same way at the same instants: making an
    object of every line by itself took as long as three steps.
    """
    t = trail.c
    whose = [t.enrolment_id, t.member_id]
    lines = func.string_agg(_line(), aggregate_order_by(literal_column("', '", Text), t.node, t.at), type_=Text)
    walked = select(*whose, lines.label("lines")).where(t.outcome.is_not(None)).group_by(*whose)
    walked = stage(walked, "walked")
    path = cast(literal_column("'['", Text).concat(walked.c.lines).concat(literal_column("']'", Text)), JSONB)
    paths = stage(select(walked.c.lines, path.label("path")).group_by(walked.c.lines), "paths")
    rows = select(
        RUN, walked.c.enrolment_id, literal(plot.name), walked.c.member_id, VERSION, NOW, paths.c.path
    ).join(paths, paths.c.lines == walked.c.lines)  # fmt: skip
    return insert(moves).from_select(["run_id", "enrolment_id", "journey", "member_id", "version", "now", "path"], rows)


def _line() -> ColumnElement[Any]:
    """A row of the trail as the text of a json object."""

    def plain(text: str) -> ColumnElement[Any]:
        return literal_column(f"'{text}'", Text)

    def told(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(func.to_json(value), Text)

    t = trail.c
    why = func.coalesce(plain(', "why": ').concat(cast(t.why, Text)), plain(""))
    parts = (plain(', "at": '), told(t.at), plain(', "outcome": '), told(t.outcome), why, plain("}"))
    return reduce(lambda left, right: left.concat(right), parts, plain('{"step": ').concat(told(t.step)))


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
    day = calendar.local_date(trail.c.at, literal(plot.project.policy.zone)).label("day")
    ways = (
        select(trail.c.step, trail.c.outcome, day, func.count().label("members"))
        .where(trail.c.outcome.is_not(None))
        .group_by(trail.c.step, trail.c.outcome, literal_column("day"))
        .subquery("ways")
    )
    rows = select(literal(plot.name), ways.c.step, ways.c.outcome, ways.c.day, ways.c.members)
    added = upsert(step_counts).from_select(["journey", "step", "outcome", "day", "members"], rows)
    return added.on_conflict_do_update(
        index_elements=["journey", "step", "outcome", "day"],
        set_={"members": step_counts.c.members + added.excluded.members},
    )

"""What a round leaves behind to be read: paths, counts, and the event of who has finished; it changes no state."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    Text,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import calendar
from journey_engine.compiler.conditions import normal_end
from journey_engine.compiler.frontier import trail
from journey_engine.compiler.plot import NOW, PART, RUN, VERSION, Plot, stage
from journey_engine.compiler.walking import number, word
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import moves, step_counts


def remember(plot: Plot) -> Executable:
    """One row of moves per enrolment that did anything, with its path in order.

    Paths are written as text and read as jsonb once for all who went the same way at the same instants: making an
    object of every line by itself took as long as three steps. Instants are written once, too, and words that are known
    beforehand are not written for each line.
    """
    t, instants = trail.c, _instants()
    whose = [t.enrolment_id, t.member_id]
    why = func.coalesce(_plain(', "why": ').concat(cast(t.why, Text)), _plain(""))
    line = _joined(_before(plot), instants.c.told, _after(plot), why, _plain("}"))
    lines = func.string_agg(line, aggregate_order_by(literal_column("', '", Text), t.node, t.at), type_=Text)
    said = trail.join(instants, instants.c.at == t.at)
    walked = select(*whose, lines.label("lines")).select_from(said).where(t.outcome.is_not(None)).group_by(*whose)
    walked = stage(walked, "walked")
    path = cast(_joined(_plain("["), walked.c.lines, _plain("]")), JSONB)
    paths = stage(select(walked.c.lines, path.label("path")).group_by(walked.c.lines), "paths")
    rows = select(
        RUN, walked.c.enrolment_id, literal(plot.name), walked.c.member_id, VERSION, NOW, paths.c.path
    ).join(paths, paths.c.lines == walked.c.lines)  # fmt: skip
    return insert(moves).from_select(["run_id", "enrolment_id", "journey", "member_id", "version", "now", "path"], rows)


def _instants() -> CTE:
    t = trail.c
    return stage(select(t.at, _json(t.at).label("told")).where(t.outcome.is_not(None)).group_by(t.at), "instants")


def _before(plot: Plot) -> ColumnElement[Any]:
    """What stands before the instant in the line of a row of the trail."""

    def words(step: ColumnElement[Any]) -> ColumnElement[Any]:
        return _joined(_plain('{"step": '), step, _plain(', "at": '))

    known = [(trail.c.node == number(node.number), words(_plain(_quoted(node.name)))) for node in plot.graph.nodes]
    return case(*known, else_=words(_json(trail.c.step)))


def _after(plot: Plot) -> ColumnElement[Any]:
    """What stands behind it."""
    outcome = trail.c.outcome
    taken = {edge.outcome for node in plot.graph.nodes for edge in node.edges}
    known = [outcome == word(each) for each in sorted(taken | {"journey"}) if _quoted(each) == f'"{each}"']
    quoted = _joined(_plain('"'), outcome, _plain('"'))
    return _plain(', "outcome": ').concat(case((or_(*known), quoted), else_=_json(outcome)))


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _plain(text: str) -> ColumnElement[Any]:
    return literal_column(f"'{text}'", Text)


def _json(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.to_json(value), Text)


def _joined(first: ColumnElement[Any], *rest: ColumnElement[Any]) -> ColumnElement[Any]:
    return reduce(lambda left, right: left.concat(right), rest, first)


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
    rows = select(literal(plot.name), ways.c.step, ways.c.outcome, ways.c.day, PART, ways.c.members)
    added = upsert(step_counts).from_select(["journey", "step", "outcome", "day", "part", "members"], rows)
    return added.on_conflict_do_update(
        index_elements=["journey", "step", "outcome", "day", "part"],
        set_={"members": step_counts.c.members + added.excluded.members},
    )

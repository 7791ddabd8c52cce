"""What a call decides: the row that has it made, and which answer ends the wait for it; it calls nobody."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Insert,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import BEGUN, NEXT, Decision, word
from journey_engine.compiler.plot import Plot, horizon_of_decision, passed_on
from journey_engine.language.graph import Node
from journey_engine.language.journey import Call
from journey_engine.language.placeholders import Slot, pieces
from journey_engine.store.tables.calling import calls
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import members

FAILED = word("failed")
_ENTRY = re.compile(r"entry\.([a-z][a-z0-9_]{0,29})")


def call(plot: Plot, node: Node, step: Call, here: CTE) -> Decision:
    """Who arrives has a call written down; she goes on with its answer, or fails with it or when `at_most` is over.

    An answer belongs to the call whose number it carries. One without a number (told by a story) belongs to every call
    of its step that waits then. It counts from the arrival's own instant on: the call goes out at once.
    """
    due = case((here.c.asked == BEGUN, here.c.due_at), else_=calendar.plus(here.c.at, step.at_most, here.c.zone))
    timed = passed_on(select(*here.c, due.label("due"), _own(node, here).label("own")), "timed")
    heard = [_first(name, node, timed).label(name) for name in ("answered", "call_failed")]
    found = passed_on(select(*timed.c, *heard), "found")
    ends_at = func.least(found.c.answered, found.c.call_failed, found.c.due, type_=INSTANT)
    known = passed_on(select(*found.c, ends_at.label("ends_at")), "known")
    over = known.c.ends_at <= horizon_of_decision(node)
    # Told of both at one instant (no call of ours ever is), it has failed.
    is_answered = and_(known.c.answered == known.c.ends_at, known.c.call_failed.is_distinct_from(known.c.ends_at))
    outcome = case((and_(over, is_answered), NEXT), (over, FAILED))
    return Decision(
        known, outcome, known.c.ends_at, known.c.due, known.c.ends_at,
        begins=lambda begun: [_written(plot, node, step, begun)],
    )  # fmt: skip


def _own(node: Node, here: CTE) -> ColumnElement[Any]:
    """The number of her call, as text; null as long as it is not written."""
    hers = select(calls.c.id).where(calls.c.enrolment_id == here.c.enrolment_id, calls.c.step == node.name)
    return cast(hers.scalar_subquery(), Text)


def _first(name: str, node: Node, timed: CTE) -> ColumnElement[Any]:
    happened = events.alias()
    properties = happened.c.properties
    number = properties.op("->>")("call")
    same_step = func.coalesce(properties.op("->>")("step"), node.name) == node.name
    return (
        select(func.min(happened.c.at))
        .where(
            happened.c.member_id == timed.c.member_id,
            happened.c.name == name,
            happened.c.at >= timed.c.at,
            happened.c.at <= timed.c.due,
            same_step,
            or_(number.is_(None), number == timed.c.own),
        )
        .scalar_subquery()
    )


def _written(plot: Plot, node: Node, step: Call, begun: CTE) -> Insert:
    """The call of each who begins to wait; its key is given by the table and never changes."""
    attributes = members.c.attributes
    values: list[ColumnElement[Any]] = []
    for name, written in step.with_.items():
        values += [literal(name, Text), _value(written, attributes, begun.c.entry)]
    told = {
        "journey": literal(plot.name, Text),
        "step": literal(node.name, Text),
        "member": begun.c.member_key,
        "at": begun.c.at,
        "key": _key(plot, begun),
        "with": func.jsonb_build_object(*values, type_=JSONB),
    }
    content = func.jsonb_build_object(*(part for name, what in told.items() for part in (literal(name, Text), what)))
    rows = select(
        begun.c.enrolment_id, literal(plot.name), literal(node.name), cast(begun.c.member_id, BigInteger),
        literal(step.call), begun.c.at, begun.c.due_at, content,
    ).join_from(begun, members, members.c.id == begun.c.member_id)  # fmt: skip
    into = ["enrolment_id", "journey", "step", "member_id", "endpoint", "at", "expires_at", "content"]
    return insert(calls).from_select(into, rows)


def _key(plot: Plot, begun: CTE) -> ColumnElement[Any]:
    """In a journey entered per KEY, what it is about: its answer is that one's, too."""
    pair = [] if plot.key_name is None else [literal(plot.key_name, Text), begun.c.entry_key]
    return func.jsonb_build_object(*pair, type_=JSONB)


def _value(written: str, attributes: ColumnElement[Any], entry: ColumnElement[Any]) -> ColumnElement[Any]:
    """A constant, a property of the entry, or a text with `{attribute|default}`; what is missing alone is null."""
    if match := _ENTRY.fullmatch(written.strip()):
        return entry.op("->>")(match[1])
    parts = [part if isinstance(part, str) else _filled(part, attributes) for part in pieces(written)]
    if not parts:
        return literal("", Text)
    if len(parts) == 1:
        return literal(parts[0], Text) if isinstance(parts[0], str) else parts[0]
    return func.concat(*parts, type_=Text)


def _filled(slot: Slot, attributes: ColumnElement[Any]) -> ColumnElement[Any]:
    if slot.attribute is None:
        return literal(slot.written, Text)
    value = func.nullif(func.trim(attributes.op("->>")(slot.attribute)), "")
    return func.coalesce(value, literal(slot.default or "", Text)) if slot.default is not None else value

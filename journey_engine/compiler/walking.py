"""A step as one statement: all who stand before it go on, rest or leave; it appends, and updates nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    Integer,
    Select,
    Text,
    Update,
    and_,
    case,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler.asking import answer, asked_leaves, told
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.frontier import AFTER, CARRIED, leads_to, trail, visits
from journey_engine.compiler.plot import Plot, horizon_of_decision, horizon_of_if, stage
from journey_engine.compiler.restarting import begun_anew, followed, restarts
from journey_engine.language.graph import Node

_JSON = JSONB(none_as_null=True)
_EMPTY = literal_column("'{}'::jsonb", JSONB)
_IF = re.compile(r"if_([0-9]+)")
COLUMNS = [column.name for column in trail.c]


def word(text: str) -> ColumnElement[Any]:
    """A word of ours as a constant in the statement, not a bound value."""
    return literal_column(f"'{text}'", Text)


BEGUN, ASKED, PASSED, HOLD = (word(text) for text in ("begun", "asked", "passed", "hold"))
PASSED_BY, NEXT = word("passed by"), word("next")


Effects = Callable[[CTE], list[Insert | Update]]
"""Writes of a step for those who took it (columns of `took`)."""


def no_effects(_took: CTE) -> list[Insert | Update]:
    """A step that writes nothing but the trail."""
    return []


def no_rows(_final: CTE) -> list[Select[Any]]:
    """A step that leaves one line in the path."""
    return []


@dataclass(frozen=True, slots=True)
class Decision:
    """What a step decides, over the columns of `stage`, which passes on all columns of `arrivals`.

    outcome: null while she rests; at: the outcome's instant; due_at and wake_at: those of the rest. `ends`: the reason,
    if taking the step ends the journey. `effects`: writes for those who took it; `begins`: for those who come to stand
    before it (its `if` holds, and they have not left by then). `also`: further rows of the trail.
    `why`: what the outcome rests on, as jsonb; null where there is nothing to tell.
    """

    stage: CTE
    outcome: ColumnElement[Any]
    at: ColumnElement[Any]
    due_at: ColumnElement[Any] = field(default_factory=lambda: literal(None, INSTANT))
    wake_at: ColumnElement[Any] = field(default_factory=lambda: literal(None, INSTANT))
    why: ColumnElement[Any] | None = None
    ends: str | None = None
    effects: Effects = no_effects
    begins: Effects = no_effects
    also: Callable[[CTE], list[Select[Any]]] = no_rows


def arrivals(plot: Plot, node: Node) -> CTE:
    """Who stands before the step: since `at`, with `due_at` if it had begun, and `asked`, what becomes of its `if`.

    asked: begun | asked (she takes the step) | passed (it is passed by) | hold (its `if` waits for data).
    """
    arrived = frontier_of(plot, node.number).cte("arrived")
    begun = arrived.c.due_at > arrived.c.at
    if node.step.if_ is None:
        rows = select(*arrived.c, case((begun, BEGUN), else_=ASKED).label("asked"))
        return _arrivals(plot, node, rows) if restarts(plot, node) else rows.cte("arrivals")
    condition, held = node.step.if_.condition, arrived.c.at > horizon_of_if(node)
    said = asked_leaves(plot, condition, arrived)
    leaves = [case((or_(begun, held), null()), else_=leaf).label(f"if_{place}") for place, leaf in enumerate(said)]
    heard = stage(select(*arrived.c, *leaves), "heard")
    holds = answer(condition, [heard.c[leaf.name] for leaf in leaves])
    begun, held = heard.c.due_at > heard.c.at, heard.c.at > horizon_of_if(node)
    asked = case((begun, BEGUN), (held, HOLD), (holds, ASKED), else_=PASSED)
    return _arrivals(plot, node, select(*heard.c, asked.label("asked")))


def _arrivals(plot: Plot, node: Node, rows: Select[Any]) -> CTE:
    if not restarts(plot, node):
        return stage(rows, "arrivals")
    first = stage(rows, "arrived_first")
    return begun_anew(plot, first, first.c.asked.in_([BEGUN, ASKED]), ASKED)


def frontier_of(plot: Plot, number: int) -> Select[Any]:
    """Who stands before a node, with what her visit says."""
    here = leads_to(number)
    # The arrival's instant is arrived_at for those who rested here before, and `at` of the step before for the others.
    at = func.coalesce(trail.c.arrived_at, trail.c.at, type_=INSTANT)
    first = (trail.c.enrolment_id, trail.c.member_id, at.label("at"), trail.c.due_at)
    if not plot.met_by_steps:
        return select(*first, *(trail.c[name] for name in CARRIED)).where(here)
    # What a step did may have changed when and why she leaves.
    said = [visits.c[name] if name.startswith("leave_") else trail.c[name] for name in CARRIED]
    return select(*first, *said).join(visits, visits.c.enrolment_id == trail.c.enrolment_id).where(here)


def statement(plot: Plot, node: Node, decision: Decision) -> Select[Any]:
    """The step: its rows of the trail, its effects, and the counts by (step, outcome); outcome null: rests."""
    final, also, effects = _final(plot, node, decision)
    stays = and_(~final.c.gone, final.c.outcome.is_not(None))
    took = select(*final.c).where(stays, final.c.outcome != PASSED_BY).cte("took")
    rows = [_gone_on(plot, node, final), *also, *decision.also(final)]
    if decision.ends is not None:
        rows.append(end_rows(took, took.c.out_at, literal(decision.ends)))
    is_here = or_(final.c.leave_at.is_(None), final.c.at < final.c.leave_at)
    begun = select(*final.c).where(final.c.asked == ASKED, is_here).cte("begun")
    writes = [*effects, *decision.effects(took), *decision.begins(begun)]
    return appended(rows).add_cte(*(effect.cte(f"effect_{number}") for number, effect in enumerate(writes)))


def appended(rows: list[Select[Any]]) -> Select[Any]:
    """These rows, into the trail; returns step, outcome (null: rests) and n."""
    source = union_all(*rows) if len(rows) > 1 else rows[0]
    added = insert(trail).from_select(COLUMNS, source).returning(trail.c.step, trail.c.outcome).cte("added")
    return select(added.c.step, added.c.outcome, func.count().label("n")).group_by(added.c.step, added.c.outcome)


def _final(plot: Plot, node: Node, decision: Decision) -> tuple[CTE, list[Select[Any]], list[Insert | Update]]:
    """All columns of the stage with outcome, out_at, due_at, wake_at, why, and whether she is `gone` by then.

    Beside it the lines and the writes of a wait that began anew.
    """
    taken = decision.stage
    passed, hold = taken.c.asked == PASSED, taken.c.asked == HOLD
    outcome = case((passed, PASSED_BY), (hold, null()), else_=decision.outcome)
    at = case((passed, taken.c.at), (hold, null()), else_=decision.at)
    due_at = case((hold, taken.c.at), else_=decision.due_at)
    wake_at = case((hold, taken.c.at), else_=decision.wake_at)
    if restarts(plot, node):
        # Its end waits for the data that could begin it anew.
        outcome = case((and_(~passed, at > horizon_of_decision(node)), null()), else_=outcome)
    kept = [column for column in taken.c if column.name not in ("due_at", "wake_at")]
    made = (outcome.label("outcome"), at.label("out_at"), due_at.label("due_at"), wake_at.label("wake_at"))
    rows = select(*kept, *made, _why(decision).label("why"))
    # Looked up stages are behind it: what is said here is cheap to say twice.
    decided = stage(rows, "decided") if restarts(plot, node) else rows.cte("decided")
    if not restarts(plot, node):
        return _gone(decided).cte("final"), [], []
    reached = followed(node, decided)
    line = row(
        reached, node=number(node.number), step=literal(node.name), at=reached.c.at, outcome=word("restart"),
        why=func.jsonb_build_object("event", reached.c.trigger_id),
    ).where(reached.c.trigger_id.is_not(None))  # fmt: skip
    last = reached.c.is_last & reached.c.trigger_id.is_not(None)
    entry = update(visits).where(visits.c.enrolment_id == reached.c.enrolment_id, last).values(entry=reached.c.entry)
    return _gone(reached).where(reached.c.is_last).cte("final"), [line], [entry]


def _gone(decided: CTE) -> Select[Any]:
    left = and_(
        decided.c.leave_at.is_not(None), or_(decided.c.outcome.is_(None), decided.c.leave_at <= decided.c.out_at)
    )
    return select(*decided.c, func.coalesce(left, False).label("gone"))


def _why(decision: Decision) -> ColumnElement[Any]:
    """The decision's own reason, and what the leaves of the step's `if` said to who took it or passed it by at once."""
    here = decision.stage
    own = literal(None, _JSON) if decision.why is None else decision.why
    said = {f"if.{match[1]}": column for column in here.c if (match := _IF.fullmatch(column.name))}
    if not said:
        return own
    asked = told(said)
    if decision.why is not None:
        leaves = func.coalesce(_asked_of(own), _EMPTY).concat(_asked_of(asked))
        both = type_coerce(own, _JSON).concat(func.jsonb_build_object("asked", leaves))
        asked = case((own.is_not(None), both), else_=asked)
    at_once = and_(here.c.asked == ASKED, decision.at == here.c.at)
    return case((here.c.asked == PASSED, told(said)), (at_once, asked), else_=own)


def _asked_of(why: ColumnElement[Any]) -> ColumnElement[Any]:
    # A function: a subscript behind a call or a case would need parentheses, which SQLAlchemy does not write.
    return func.jsonb_extract_path(why, "asked", type_=_JSON)


def row(source: CTE, **values: ColumnElement[Any]) -> Select[Any]:
    """A row of the trail per row of the source, with nulls for what is not said."""
    carried = {name: source.c[name] for name in ("enrolment_id", "member_id", *CARRIED)}
    known = {**carried, **values}
    chosen = [known.get(column.name, literal(None, column.type)).label(column.name) for column in trail.c]
    return select(*chosen).select_from(source)


def number(node: int) -> ColumnElement[int]:
    """A node's number as a constant in the statement, so that partitions are chosen when it is planned."""
    return literal_column(str(node), Integer)


def _gone_on(plot: Plot, node: Node, final: CTE) -> Select[Any]:
    """Each one's line: the way taken, or that she leaves, or that she rests.

    She leaves when she has cause to, but not before she came to where she stands.
    """
    numbers = {each.name: each.number for each in plot.graph.nodes}
    ends = len(numbers)  # the node behind the last, where the journey is finished
    targets = [(edge.outcome, ends if edge.to is None else numbers[edge.to]) for edge in node.edges]
    # A skipped message goes on as one that was not: there is no way of its own for it.
    targets += [("skipped", target) for outcome, target in targets if outcome == "next"]
    whens = [(final.c.outcome == word(outcome), number(target)) for outcome, target in targets]
    gone, went = final.c.gone, and_(~final.c.gone, final.c.outcome.is_not(None))
    rests = and_(~final.c.gone, final.c.outcome.is_(None))
    left_at = func.greatest(final.c.leave_at, final.c.at, type_=INSTANT)
    return row(
        final,
        node=case((gone, number(AFTER)), else_=number(node.number)),
        step=case((gone, word("(leave)")), else_=word(node.name)),
        at=case((gone, left_at), (went, final.c.out_at), else_=final.c.at),
        outcome=case((gone, final.c.leave_reason), else_=final.c.outcome),
        next_node=case((went, case(*whens))) if whens else literal(None, Integer),
        arrived_at=case((rests, final.c.at)),
        due_at=case((rests, final.c.due_at)),
        wake_at=case((rests, final.c.wake_at)),
        end_reason=case((gone, final.c.leave_reason)),
        why=case((went, final.c.why)),
    )


def end_rows(source: CTE, at: ColumnElement[Any], reason: ColumnElement[Any]) -> Select[Any]:
    """The last line of a path that was walked to an end."""
    return row(source, node=number(AFTER), step=word("(end)"), at=at, outcome=reason, end_reason=reason)

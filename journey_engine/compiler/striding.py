"""A stretch of steps as one statement: everyone goes as far in it as she can; a step's writes are told, not seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Insert,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    Update,
    and_,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)

from journey_engine.compiler import lines, trails
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import ASKED, PASSED_BY, Effects, Rows, Write, no_effects, word
from journey_engine.compiler.frontier import trail
from journey_engine.compiler.legs import TOOK, Leg, standing_by, takes_no_time
from journey_engine.compiler.plot import Plot
from journey_engine.compiler.steps import decide
from journey_engine.compiler.trails import counted, day_of, number
from journey_engine.compiler.walking import Taken, arrivals, frontier_of, may_rest, of, resting_before, take
from journey_engine.language.graph import Node
from journey_engine.language.journey import GoTo, Stop

FINISHED = "finished"


def stretch_statement(plot: Plot, nodes: Sequence[Node], standing: Collection[str], resting: bool) -> Select[Any]:
    """The steps for everyone who stands before one of them, all of whom stand before one of those in `standing`.

    `resting`: also for those who rest there, as their visits say.
    Returns of, step, outcome (null: rests), day and n. `of` is the step at which it was counted, `step` the same, or
    `(leave)`; who ends by a step is counted by its way.
    """
    walked: list[_Walked] = []
    rows: list[Select[Any]] = []
    ways: list[Select[Any]] = []
    writes: list[Write] = []
    within = {node.name for node in nodes}
    for node in nodes:
        came = [leg for each in walked for leg in each.legs_to(node)]
        there = _there(plot, node, resting) if node.name in standing else []
        if not came and not there:
            continue  # nobody comes to it
        one = _walked(plot, node, there, came, takes_no_time(plot, node, within))
        walked.append(one)
        if one.own is not None:
            rows.append(_stopped(plot, one.own.taken, within))
        ways += one.told()
        writes += one.writes()
    effects = [_as_they_stand(rows), *_inserted(writes)]
    return _by_day(plot, ways).add_cte(*(effect.cte(f"effect_{place}") for place, effect in enumerate(effects)))


def _there(plot: Plot, node: Node, resting: bool) -> list[Select[Any]]:
    walked_there = frontier_of(plot, node.number)
    return [walked_there, resting_before(node)] if resting else [walked_there]


def _walked(plot: Plot, node: Node, there: list[Select[Any]], came: list[Leg], at_once: bool) -> _Walked:
    """The step as those take it who are there and who came; at_once: who came takes it on the way."""
    arrived = there if at_once else [*there, *standing_by(came)]
    if not arrived:
        return _Walked(node, decide(plot, node, came[0].final).effects, None, came)
    taken = take(plot, node, decide(plot, node, arrivals(plot, node, _of_all(arrived).cte(of("arrived", node)))))
    return _Walked(node, taken.decision.effects, _Stage(taken, _counts(taken)), came if at_once else [])


@dataclass(frozen=True, slots=True)
class _Stage:
    """A step as it was taken by those who have a stage of it, and how many of them took which way."""

    taken: Taken
    counts: CTE

    def told(self) -> list[Select[Any]]:
        """How many took each way at each instant."""
        taken, n = self.taken, self.counts.c
        found = [select(n.gone, n.outcome, n.at, n.n)]
        if taken.anew is not None:
            found.append(_at_each(false(), word("restart"), taken.anew.c.at).select_from(taken.anew))
        notice = taken.decision.notice
        if notice is not None:
            met = taken.decision.stage
            found.append(_at_each(false(), word(notice.word), met.c.at).select_from(met).where(notice.met(met)))
        return found

    def took(self) -> Select[Any]:
        """Who took the step."""
        final = self.taken.final
        return select(*final.c).where(self.taken.went, final.c.outcome != PASSED_BY)

    def begins(self) -> list[Write]:
        """The writes about those who came to stand before it."""
        final, decision = self.taken.final, self.taken.decision
        if decision.begins is no_effects:
            return []
        is_here = or_(final.c.leave_at.is_(None), final.c.at < final.c.leave_at)
        begun = select(*final.c).where(final.c.asked == ASKED, is_here).cte(of("begun", self.taken.node))
        return list(decision.begins(begun))


@dataclass(frozen=True, slots=True)
class _Walked:
    """A step as it was taken by a stage of its own, if anybody may have come so, and by those on the way."""

    node: Node
    effects: Effects
    own: _Stage | None
    by: list[Leg]

    def legs_to(self, node: Node) -> list[Leg]:
        """Those who went on from it to another step."""
        outcomes = [edge.outcome for edge in self.node.edges if edge.to == node.name]
        if not outcomes:
            return []
        own = [] if self.own is None else [self.own.taken.leg(self.own.counts, *outcomes)]
        return [*own, *(leg.behind(self.node) for leg in self.by)]

    def told(self) -> list[Select[Any]]:
        """How many took each way at each instant, as `_by_day` wants them."""
        found = [*(self.own.told() if self.own else ()), *(leg.counted() for leg in self.by)]
        return [each.add_columns(word(self.node.name).label("step")) for each in found]

    def writes(self) -> list[Write]:
        """The step's, of all who took it."""
        took = [leg.took() for leg in self.by]
        if self.own is None:
            return list(self.effects(_of_all(took).cte(of("took", self.node))))
        own = self.own.took()
        took = [own.with_only_columns(*(own.selected_columns[name] for name in TOOK)), *took] if took else [own]
        return [
            *self.own.taken.writes, *self.effects(_of_all(took).cte(of("took", self.node))), *self.own.begins(),
        ]  # fmt: skip


def _of_all(rows: Sequence[Select[Any]]) -> Select[Any] | CompoundSelect[Any]:
    return union_all(*rows) if len(rows) > 1 else rows[0]


def _counts(taken: Taken) -> CTE:
    """How many of a stage went which way, or are gone, at each instant."""
    final = taken.final
    at = case((final.c.gone, _left_at(final)), else_=final.c.out_at)
    outcome = case((final.c.gone, final.c.leave_reason), else_=final.c.outcome)
    return _at_each(final.c.gone, outcome, at).cte(of("counts", taken.node))


def ends_of(plot: Plot, node: Node) -> dict[str, str]:
    """By outcome the reason for which the step ends the enrolment of who takes it."""
    match node.step:
        case GoTo(go_to=target):
            return {"next": f"go_to: {target}"}
        case Stop(stop=reason):
            return {"next": f"stop: {reason}"}
        case _ if plot.met_by_steps:
            return {}  # she may have left by what the step did
        case _:
            return {edge.outcome: FINISHED for edge in node.edges if edge.to is None}


def _inserted(writes: list[Write]) -> list[Insert | Update]:
    """Rows of one table in one insert: one behind the other they are numbered as they follow in a path."""
    found: list[Insert | Update] = []
    together: dict[tuple[Table, tuple[str, ...]], list[Select[Any]]] = {}
    for write in writes:
        if isinstance(write, Rows):
            together.setdefault((write.table, write.columns), []).append(write.rows)
        else:
            found.append(write)
    for (table, columns), rows in together.items():
        found.append(insert(table).from_select(columns, _of_all(rows)))
    return found


def _at_each(gone: Any, outcome: Any, at: Any) -> Select[Any]:
    return counted(func.count(), gone=gone, outcome=outcome, at=at)


def _by_day(plot: Plot, ways: list[Select[Any]]) -> Select[Any]:
    found = _of_all(ways).subquery("ways")
    step = case((found.c.gone, word("(leave)")), else_=found.c.step)
    n = cast(func.sum(found.c.n), BigInteger)
    return counted(n, of=found.c.step, taken=step, outcome=found.c.outcome, day=day_of(plot, found.c.at))


def _left_at(row: CTE | Subquery) -> ColumnElement[Any]:
    """Not before she came to where she stands."""
    return func.greatest(row.c.leave_at, row.c.at, type_=INSTANT)


def _stopped(plot: Plot, taken: Taken, within: set[str]) -> Select[Any]:
    """Those who go no further in this stretch, as `_as_they_stand` wants them: who leaves, rests, ends, goes beyond."""
    final, node = taken.final, taken.node
    ends = ends_of(plot, node)
    beyond = {edge.outcome: edge.to for edge in node.edges if edge.to not in within and edge.outcome not in ends}
    rows = {**final.c, "node": number(node.number)}
    for name in ("next_node", "step", "end_reason"):
        rows[name] = literal(None, trail.c[name].type)
    if may_rest(node):
        rows["step"] = word(node.name)
    stops = [final.c.gone, *([final.c.outcome.is_(None)] if may_rest(node) else [])]
    if ends or beyond:
        rows |= _further(plot, taken, beyond, ends)
        stops.append(final.c.outcome.in_(sorted({*beyond, *ends})))
    return select(*(rows[name].label(name) for name in (*trails.COLUMNS, "gone"))).where(or_(*stops))


def _further(plot: Plot, taken: Taken, beyond: dict[str, str | None], ends: dict[str, str]) -> dict[str, Any]:
    """What is said otherwise of those who have taken the step, by its outcomes."""
    final, path = taken.final, taken.path()
    went = and_(~final.c.gone, final.c.outcome.is_not(None))
    numbers = {each.name: each.number for each in plot.graph.nodes}
    targets = {each: number(len(numbers) if to is None else numbers[to]) for each, to in beyond.items()}
    reasons: dict[str, ColumnElement[Any]] = {each: literal(reason, Text) for each, reason in ends.items()}
    ended = {each: path.concat(lines.line("(end)", reason)) for each, reason in ends.items()}

    def said(by_outcome: dict[str, ColumnElement[Any]], otherwise: ColumnElement[Any]) -> ColumnElement[Any]:
        whens = [(taken.went_by(outcome), what) for outcome, what in by_outcome.items()]
        return case(*whens, else_=otherwise) if whens else otherwise

    return {
        "at": case((went, final.c.out_at), else_=final.c.at),
        "next_node": said(targets, literal(None, Integer)),
        "end_reason": said(reasons, literal(None, Text)),
        "due_at": case((went, null()), else_=final.c.due_at),
        "lines": said({**ended, **dict.fromkeys(beyond, path)}, final.c.lines),
        "arms": case((went, taken.arms()), else_=final.c.arms),
    }


def _as_they_stand(rows: list[Select[Any]]) -> Insert:
    """The rows of the trail; who leaves does so not before she came to where she stands."""
    found = _of_all(rows).subquery("stopped")
    left = trails.left(found, _left_at(found), lines.behind(found.c.lines, found.c.at, _left_at(found)))
    left["due_at"] = null()
    said = {name: case((found.c.gone, left[name]), else_=found.c[name]) for name in left if name in found.c}
    return trails.added([select(*(said.get(name, found.c[name]).label(name) for name in trails.COLUMNS))])

"""A step in SQL: all who stand before it go on, rest or leave, their paths a line longer; it writes nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from journey_engine.compiler import lines
from journey_engine.compiler.asking import answer, asked_leaves, told
from journey_engine.compiler.deciding import ASKED, BEGUN, HOLD, PASSED, PASSED_BY, Decision, Write, word
from journey_engine.compiler.frontier import leads_to, trail, visits
from journey_engine.compiler.legs import STANDING, Leg
from journey_engine.compiler.plot import NOW, Plot, horizon_of_decision, horizon_of_if, passed_on, stage
from journey_engine.compiler.restarting import begun_anew, followed, restarts
from journey_engine.language.graph import Node
from journey_engine.language.journey import GoTo, HandOff, Set, Split, Stop, Tag, Untag

_JSON = JSONB(none_as_null=True)
_EMPTY = literal_column("'{}'::jsonb", JSONB)
_IF = re.compile(r"if_([0-9]+)")


def arrivals(plot: Plot, node: Node, arrived: CTE) -> CTE:
    """Who stands before the step: since `at`, with `due_at` if it had begun, and `asked`, what becomes of its `if`.

    asked: begun | asked (she takes the step) | passed (it is passed by) | hold (its `if` waits for data); a step that
    asks nothing and keeps nobody says nothing of it.
    """
    begun = arrived.c.due_at > arrived.c.at
    if not may_rest(node):
        return arrived  # all of them take it
    if node.step.if_ is None:
        rows = select(*arrived.c, case((begun, BEGUN), else_=ASKED).label("asked"))
        return _arrivals(plot, node, rows) if restarts(plot, node) else rows.cte(of("arrivals", node))
    condition, held = node.step.if_.condition, arrived.c.at > horizon_of_if(node)
    said = asked_leaves(plot, condition, arrived)
    leaves = [case((or_(begun, held), null()), else_=leaf).label(f"if_{place}") for place, leaf in enumerate(said)]
    heard = passed_on(select(*arrived.c, *leaves), of("heard", node))
    holds = answer(condition, [heard.c[leaf.name] for leaf in leaves])
    begun, held = heard.c.due_at > heard.c.at, heard.c.at > horizon_of_if(node)
    asked = case((begun, BEGUN), (held, HOLD), (holds, ASKED), else_=PASSED)
    return _arrivals(plot, node, select(*heard.c, asked.label("asked")))


def _arrivals(plot: Plot, node: Node, rows: Select[Any]) -> CTE:
    if not restarts(plot, node):
        return passed_on(rows, of("arrivals", node))
    first = stage(rows, of("arrived_first", node))
    return begun_anew(plot, first, first.c.asked.in_([BEGUN, ASKED]), ASKED)


def of(name: str, node: Node) -> str:
    """The name of a stage of one step in a statement of several."""
    return f"{name}_{node.number}"


# What is known of her when she has taken a step.
_WALKED = frozenset({*STANDING, "asked", "outcome", "out_at", "wake_at", "why"})


def frontier_of(plot: Plot, number: int) -> Select[Any]:
    """Who stands before a node as the trail has it, with what her visit says."""
    here = leads_to(number)
    if not plot.met_by_steps:
        return select(*(trail.c[name] for name in STANDING)).where(here)
    # What a step did may have changed when and why she leaves.
    said = [visits.c[name] if name.startswith("leave_") else trail.c[name] for name in STANDING]
    return select(*said).join(visits, visits.c.enrolment_id == trail.c.enrolment_id).where(here)


# Who was inside before and is to go on from where she rests.
IS_RESTING = and_(visits.c.is_open, visits.c.arm == "journey", visits.c.arrived_at <= NOW)


def resting_before(node: Node) -> Select[Any]:
    """The same of who was inside before and rested at the step, as her visit has it."""
    v = visits.c
    said = {
        "at": v.arrived_at, "lines": lines.NO_LINES, "arms": literal(None, _JSON),
    }  # fmt: skip
    known = ((said[name] if name in said else v[name]).label(name) for name in STANDING)
    return select(*known).where(IS_RESTING, v.step == node.name)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step as it was taken. `final`: all columns of its stage and its outcome, out_at, due_at, wake_at, why, and
    whether she is `gone` by then; `anew`: each trigger that began it anew."""

    plot: Plot
    node: Node
    decision: Decision
    final: CTE
    writes: list[Write]
    anew: CTE | None = None

    @property
    def went(self) -> ColumnElement[bool]:
        """Who went on."""
        return and_(~self.final.c.gone, self.final.c.outcome.is_not(None))

    def went_by(self, *outcomes: str) -> ColumnElement[bool]:
        """Who went on by one of these outcomes."""
        return self.went if self.words <= {*outcomes} else and_(~self.final.c.gone, self.by(*outcomes))

    def by(self, *outcomes: str) -> ColumnElement[bool]:
        """By whom one of these outcomes was taken, of those who went on."""
        return self.final.c.outcome.in_([word(each) for each in outcomes])

    @property
    def words(self) -> set[str]:
        """The outcomes it may have."""
        ended = {"next"} if isinstance(self.node.step, GoTo | Stop) else set[str]()
        return ended | {edge.outcome for edge in self.node.edges}

    def leg(self, ways: CTE, *outcomes: str) -> Leg:
        """Those who went on by one of these outcomes; `ways`: how many took which."""
        theirs = [ways.c.outcome.is_not(None)]
        if not self.words <= {*outcomes}:
            theirs = [ways.c.outcome.in_([word(each) for each in outcomes])]
        counts = and_(~ways.c.gone, *theirs)
        return Leg(self.final, self.went_by(*outcomes), self.by(*outcomes), self.path(), self.arms(), ways, counts)

    def path(self) -> ColumnElement[Any]:
        """The path of who has taken the step."""
        final, words = self.final, self.words
        outcome = next(iter(words)) if len(words) == 1 else final.c.outcome
        why = None if self._says_nothing else final.c.why
        goes_on = restarts(self.plot, self.node) or self.decision.at is not self.decision.stage.c.at
        so_far = lines.behind(final.c.lines, final.c.at, final.c.out_at) if goes_on else final.c.lines
        return so_far.concat(lines.line(self.node.name, outcome, why, words))

    @property
    def _says_nothing(self) -> bool:
        return self.decision.why is None and not any(_IF.fullmatch(column.name) for column in self.decision.stage.c)

    def arms(self) -> ColumnElement[Any]:
        """Those drawn in this round, this one among them."""
        final = self.final
        if not isinstance(self.node.step, Split):
            return final.c.arms
        arms = {each: literal({self.node.name: each}, JSONB) for each in self.node.step.split}
        drawn = [(final.c.outcome == word(each), arm) for each, arm in arms.items()]
        first = and_(final.c.arms.is_(None), final.c.outcome != PASSED_BY)
        others = case(*((met, final.c.arms.concat(arm)) for met, arm in drawn), else_=final.c.arms)
        return case((first, case(*drawn)), else_=others)


def may_rest(node: Node) -> bool:
    """Whether anybody may rest at the step: it has a time of its own, or an `if` that waits for data."""
    at_once = isinstance(node.step, Tag | Untag | Set | HandOff | GoTo | Stop | Split)
    return not at_once or node.step.if_ is not None


def take(plot: Plot, node: Node, decision: Decision) -> Taken:
    """The step as everyone takes it who stands before it."""
    here = decision.stage
    columns = [*_kept(node, here, decision), *_decided(plot, node, decision)]
    if not may_rest(node):
        return Taken(plot, node, decision, stage(_gone(columns, False), of("final", node)), [])
    rows = select(*columns)
    # Looked up stages are behind it: what is said here is cheap to say twice.
    decided = stage(rows, of("decided", node)) if restarts(plot, node) else rows.cte(of("decided", node))
    if not restarts(plot, node):
        return Taken(plot, node, decision, stage(_gone(decided.c, True), of("final", node)), [])
    reached = followed(node, decided)
    anew = stage(select(*reached.c).where(reached.c.trigger_id.is_not(None)), "anew")
    why = func.jsonb_build_object("event", anew.c.trigger_id)
    line = lines.told(lines.line(node.name, "restart", why), anew.c.at)
    all_lines = func.string_agg(line, aggregate_order_by(literal("", Text), anew.c.at), type_=Text)
    said = select(anew.c.enrolment_id, all_lines.label("more")).group_by(anew.c.enrolment_id).cte("said")
    last = reached.c.is_last & reached.c.trigger_id.is_not(None)
    entry = update(visits).where(visits.c.enrolment_id == reached.c.enrolment_id, last).values(entry=reached.c.entry)
    more = reached.c.lines.concat(func.coalesce(said.c.more, ""))
    columns = [more.label("lines") if column.name == "lines" else column for column in reached.c]
    lasting = select(*columns).outerjoin(said, said.c.enrolment_id == reached.c.enrolment_id)
    told_all = stage(lasting.where(reached.c.is_last), "told_all")
    return Taken(plot, node, decision, stage(_gone(told_all.c, True), of("final", node)), [entry], anew)


def _kept(node: Node, here: CTE, decision: Decision) -> list[ColumnElement[Any]]:
    """The columns of the stage, the notice being in the path of who met something."""
    kept = [column for column in here.c if column.name not in ("due_at", "wake_at", "lines")]
    if decision.notice is None:
        return [*kept, here.c.lines]
    noticed = here.c.lines.concat(lines.line(node.name, decision.notice.word))
    return [*kept, case((decision.notice.met(here), noticed), else_=here.c.lines).label("lines")]


def _decided(plot: Plot, node: Node, decision: Decision) -> list[ColumnElement[Any]]:
    """The decision's outcome, out_at, due_at, wake_at and why, seen to who passes the step by or waits for its `if`."""
    here = decision.stage
    outcome, at, due_at, wake_at = decision.outcome, decision.at, decision.due_at, decision.wake_at
    passed: ColumnElement[bool] = false()
    if node.step.if_ is not None:
        passed, hold = here.c.asked == PASSED, here.c.asked == HOLD
        outcome = case((passed, PASSED_BY), (hold, null()), else_=outcome)
        at = case((passed, here.c.at), (hold, null()), else_=at)
        due_at, wake_at = case((hold, here.c.at), else_=due_at), case((hold, here.c.at), else_=wake_at)
    if restarts(plot, node):
        # Its end waits for the data that could begin it anew.
        outcome = case((and_(~passed, at > horizon_of_decision(node)), null()), else_=outcome)
    made = {"outcome": outcome, "out_at": at, "due_at": due_at, "wake_at": wake_at, "why": _why(decision)}
    return [each.label(name) for name, each in made.items()]


def _gone(columns: Iterable[ColumnElement[Any]], rests: bool) -> Select[Any]:
    """What is known of her, and whether she is gone by then. rests: anybody may rest there."""
    known: dict[str, Any] = {column.name: column for column in columns if column.name in _WALKED}
    left = known["leave_at"] <= known["out_at"]
    if rests:
        left = or_(left, and_(known["outcome"].is_(None), known["leave_at"].is_not(None)))
    # In front what every reader asks for: a row is read up to the last column that is asked for.
    first = [func.coalesce(left, False).label("gone"), *(known.pop(name) for name in ("outcome", "out_at", "at"))]
    return select(*first, *known.values())


def _why(decision: Decision) -> ColumnElement[Any]:
    """The decision's own reason, and what the leaves of the step's `if` said to who took it or passed it by at once."""
    here = decision.stage
    own = literal(None, Text) if decision.why is None else decision.why
    said = {f"if.{match[1]}": column for column in here.c if (match := _IF.fullmatch(column.name))}
    if not said:
        return own
    asked = told(said)
    if decision.why is not None:
        leaves = func.coalesce(_asked_of(own), _EMPTY).concat(_asked_of(asked))
        both = cast(own, _JSON).concat(func.jsonb_build_object("asked", leaves))
        asked = case((own.is_not(None), cast(both, Text)), else_=asked)
    at_once = and_(here.c.asked == ASKED, decision.at == here.c.at)
    return case((here.c.asked == PASSED, told(said)), (at_once, asked), else_=own)


def _asked_of(why: ColumnElement[Any]) -> ColumnElement[Any]:
    # A function: a subscript behind a call or a case would need parentheses, which SQLAlchemy does not write.
    return func.jsonb_extract_path(cast(why, _JSON), "asked", type_=_JSON)

"""What every statement builder of the pass is given: the journey in its project, and the names of the bound values."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
)
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry
from journey_engine.compiler.footprints import footprint
from journey_engine.compiler.instants import Whose
from journey_engine.compiler.lookups import AS_IT_IS
from journey_engine.language.conditions import FinishedJourney, InJourney
from journey_engine.language.coupon import pools_of
from journey_engine.language.graph import Graph, Node, graph
from journey_engine.language.journey import Journey, Send
from journey_engine.language.mentions import derived_events_in, parts, segments_of
from journey_engine.language.project import Project

_OF_STEPS = frozenset({"skipped", "go_to", "handed_off"})  # events that steps write


# Bound once a pass. `h_…` are horizons: up to which instant everything that a decision rests on has arrived.
NOW: BindParameter[Any] = bindparam("now", type_=INSTANT)
LAST_NOW: BindParameter[Any] = bindparam("last_now", type_=INSTANT)
LIVE_SINCE: BindParameter[Any] = bindparam("live_since", type_=INSTANT)
# The end of the last pause that moved the times of those who wait; null: there was none.
RESUMED: BindParameter[Any] = bindparam("resumed_at", type_=INSTANT)
VERSION: BindParameter[Any] = bindparam("version", type_=Integer)
RUN: BindParameter[Any] = bindparam("run_id", type_=BigInteger)
PART: BindParameter[Any] = bindparam("part", type_=Integer)  # the number of the set of tables it works in
H_ENTER: BindParameter[Any] = bindparam("h_enter", type_=INSTANT)


def stage(rows: Select[Any], name: str) -> CTE:
    """A stage of a statement, computed once.

    Postgres writes a stage that is read once into its reader, with each subquery as often as its column is named there:
    a wait for one event took four times as long (measured with 3,600 members).
    """
    return rows.cte(name).prefix_with("MATERIALIZED")


def passed_on(rows: Select[Any], name: str) -> CTE:
    """A stage that is read once, row by row: computed once a row, too, and kept nowhere."""
    return rows.offset(AS_IT_IS).cte(name)


def horizon_of_if(node: Node) -> BindParameter[Any]:
    """The horizon of a step's `if`."""
    return bindparam(f"h_if_{node.number}", type_=INSTANT)


def horizon_of_decision(node: Node) -> BindParameter[Any]:
    """The horizon of a step's own decision."""
    return bindparam(f"h_own_{node.number}", type_=INSTANT)


@dataclass(frozen=True, eq=False)
class Plot:
    """One journey of a project; equal only to itself, so that statements built for it can be kept with it."""

    project: Project
    journey: Journey

    @property
    def name(self) -> str:
        return self.journey.journey

    @cached_property
    def graph(self) -> Graph:
        """Its steps, parents first."""
        return graph(self.journey)

    @property
    def trigger(self) -> str | None:
        """The name of the event that lets members in."""
        return self.journey.enter.on.query.event if self.journey.enter.on else None

    def whose(self, row: str) -> Whose:
        """The enrolment in a row of that name."""
        return Whose(row, self.trigger, self.key_name)

    @cached_property
    def segments(self) -> frozenset[str]:
        """The segments it rests on: a hold on one of them is one on the journey."""
        return segments_of(self.project, self.journey)

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """The coupon pools its messages draw from, by name."""
        sent = {node.step.send for node in self.graph.nodes if isinstance(node.step, Send)}
        return tuple(sorted({pool for message in sent for pool in pools_of(self.project, message)}))

    @cached_property
    def is_told_of(self) -> frozenset[str | None]:
        """The journeys whose ends it listens to (`finished_journey of …`); None among them: to all."""
        return frozenset(of for name, of in derived_events_in(self.journey) if name == "finished_journey")

    @cached_property
    def met_by_steps(self) -> bool:
        """Whether what a step does (tags, attributes, and the engine's own events) can meet the goal or leave rule."""
        rules = [rule.if_.condition for rule in (self.journey.goal, self.journey.leave) if rule is not None]
        prints = [footprint(rule) for rule in rules]
        return any(each.tags or each.attributes or each.events & _OF_STEPS for each in prints)

    @cached_property
    def looks_at_visits(self) -> bool:
        """Whether anything asks for the visits of newcomers: a goal, rules met by steps, restarts."""
        asked = self.journey.goal is not None or self.journey.enter.restart is not None
        return asked or self.met_by_steps or self.asks_for_itself

    @cached_property
    def asks_for_itself(self) -> bool:
        """Whether a condition of its own asks who is, or was, in this journey: then enrolments are written first."""
        asked = (part for part in parts(self.journey) if isinstance(part, InJourney | FinishedJourney))
        return any(part.journey == self.name for part in asked)

    @property
    def key_name(self) -> str | None:
        """The property of the trigger for each value of which a member may be inside once; None: there is none."""
        return self.journey.enter.again.per

    def entry(self, row: FromClause, itself: bool = False) -> Entry:
        """The entry in a row with entered_at, entry and entry_key."""
        return self.entry_at(row, row.c.entered_at, itself)

    def entry_at(self, row: FromClause, at: ColumnElement[Any], itself: bool) -> Entry:
        """The same of a trigger that has not let in yet, and stands for `at`."""
        key = None if self.key_name is None else row.c.entry_key
        return Entry(at, row.c.entry, self.trigger, itself, self.key_name, key)


_KEPT: OrderedDict[tuple[int, str], Plot] = OrderedDict()
MOST_KEPT = 64


def plot_of(project: Project, journey: str) -> Plot:
    """The plot of a journey, the same one as long as the same project is asked about. Raises KeyError.

    Building all statements takes about 0.1 s, which a tick every minute should not pay each time. A plot keeps its
    project, so its id is not given to another while it is here.
    """
    key = (id(project), journey)
    plot = _KEPT.get(key) or Plot(project, project.journeys[journey])
    _KEPT[key] = plot
    _KEPT.move_to_end(key)
    while len(_KEPT) > MOST_KEPT:
        _KEPT.popitem(last=False)
    return plot

"""What every statement builder of the pass is given: the journey in its project, and the names of the bound values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Integer, bindparam

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.instants import Whose
from journey_engine.language.graph import Graph, Node, graph
from journey_engine.language.journey import Journey
from journey_engine.language.project import Project

# Bound once a pass. `h_…` are horizons: up to which instant everything that a decision rests on has arrived.
NOW: BindParameter[Any] = bindparam("now", type_=INSTANT)
LAST_NOW: BindParameter[Any] = bindparam("last_now", type_=INSTANT)
LIVE_SINCE: BindParameter[Any] = bindparam("live_since", type_=INSTANT)
VERSION: BindParameter[Any] = bindparam("version", type_=Integer)
RUN: BindParameter[Any] = bindparam("run_id", type_=BigInteger)
H_ENTER: BindParameter[Any] = bindparam("h_enter", type_=INSTANT)


def horizon_of_if(node: Node) -> BindParameter[Any]:
    """The horizon of a step's `if`."""
    return bindparam(f"h_if_{node.number}", type_=INSTANT)


def horizon_of_decision(node: Node) -> BindParameter[Any]:
    """The horizon of a step's own decision."""
    return bindparam(f"h_own_{node.number}", type_=INSTANT)


@dataclass(frozen=True, slots=True)
class Plot:
    """One journey of a project."""

    project: Project
    journey: Journey

    @property
    def name(self) -> str:
        return self.journey.journey

    @property
    def graph(self) -> Graph:
        return graph(self.journey)

    @property
    def trigger(self) -> str | None:
        """The name of the event that lets members in."""
        return self.journey.enter.on.query.event if self.journey.enter.on else None

    def whose(self, row: str) -> Whose:
        """The enrolment in a row of that name."""
        return Whose(row, self.trigger)

"""All statements of one journey's chunk, built once a pass and run for every chunk; it runs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from sqlalchemy import Executable, Select, true

from journey_engine.compiler import around, entering, leaving, steps, verdicts, write_back
from journey_engine.compiler.entering import Arrived
from journey_engine.compiler.plot import MOST_KEPT, Plot
from journey_engine.compiler.write_back import Settling
from journey_engine.language.graph import Node
from journey_engine.language.journey import HandOff, Send, Set, Tag, Untag

_CHANGING = Send | Tag | Untag | Set | HandOff  # what they write may be what the leave rule or the goal asks for
END = "(end)"


def _ways(node: Node) -> dict[str, str]:
    ways = {edge.outcome: edge.to or END for edge in node.edges}
    return {**ways, "skipped": ways["next"]} if "next" in ways else ways


@dataclass(frozen=True, slots=True)
class StepProgram:
    """A step's statement, its parents' names, and what has to be looked at again after it."""

    name: str
    parents: tuple[str, ...]
    sends: bool
    ways: dict[str, str]  # by outcome the step it leads to, or END
    take: Select[tuple[str, str | None, int]]
    look_again: Executable | None


@dataclass(frozen=True, slots=True)
class Program:
    """The statements in the order in which a round uses them."""

    load_candidates: Mapping[Arrived, Executable]
    load_inside: Executable
    judge: Executable
    enter: Executable
    enrol: Executable | None  # at once, where the journey asks for itself
    load_entered: Executable
    settle_verdicts: tuple[Executable, ...]
    close_held_out: Executable
    resume: Executable
    leave_only: Executable
    steps: tuple[StepProgram, ...]
    finish: Executable
    settle: tuple[Settling, ...]
    keep_candidates: Executable
    any_left: Executable


@lru_cache(maxsize=MOST_KEPT)
def compile_program(plot: Plot) -> Program:
    """The program of a journey as its definition says."""
    graph = plot.graph
    return Program(
        load_candidates={which: entering.load_candidates(plot, which) for which in get_args(Arrived)},
        load_inside=leaving.load_inside(plot),
        judge=verdicts.judge(plot),
        enter=entering.enter(plot),
        enrol=entering.enrol(plot) if plot.asks_for_itself else None,
        load_entered=leaving.load_entered(plot),
        settle_verdicts=tuple(entering.settle_verdicts(plot)),
        close_held_out=around.close_held_out(plot),
        resume=around.resume(plot),
        leave_only=around.leave_only(plot),
        steps=tuple(
            StepProgram(
                node.name,
                graph.parents(node.name),
                isinstance(node.step, Send),
                _ways(node),
                steps.step_statement(plot, node),
                leaving.look_again(plot, node.number) if isinstance(node.step, _CHANGING) else None,
            )
            for node in graph.nodes
        ),
        finish=around.finish(plot),
        settle=tuple(write_back.settle(plot)),
        keep_candidates=entering.keep_candidates(plot, true()),
        any_left=entering.any_left(),
    )

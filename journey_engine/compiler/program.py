"""All statements of one journey's chunk, each built when it is first needed and then kept; it runs none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from sqlalchemy import Executable, true

from journey_engine.compiler import around, entering, leaving, remembering, turning_away, write_back
from journey_engine.compiler.entering import Arrived
from journey_engine.compiler.plot import MOST_KEPT, Plot
from journey_engine.compiler.restarting import restarts
from journey_engine.compiler.stretches import stretches
from journey_engine.compiler.striding import ends_of, stretch_statement
from journey_engine.compiler.trails import Counted
from journey_engine.compiler.write_back import Settling
from journey_engine.language.graph import Node
from journey_engine.language.journey import HandOff, Send, Set, Split, Tag, Untag

_CHANGING = Send | Tag | Untag | Set | HandOff  # what they write may be what the leave rule or the goal asks for
END = "(end)"
_MOST_TAKES = 8  # statements of a stretch, by where anybody stands; behind them one for all


@dataclass(frozen=True, eq=False)
class StepProgram:
    """A step's statement, its parents' names, and what has to be looked at again after it."""

    plot: Plot
    node: Node

    @cached_property
    def name(self) -> str:
        """The step's name."""
        return self.node.name

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """The names of the steps that lead to it."""
        return self.plot.graph.parents(self.node.name)

    @cached_property
    def draws(self) -> bool:
        """Whether it draws an arm."""
        return isinstance(self.node.step, Split)

    @cached_property
    def sends(self) -> bool:
        """Whether it asks for a message."""
        return isinstance(self.node.step, Send)

    @cached_property
    def ways(self) -> dict[str, str]:
        """By outcome the step it leads to, or END."""
        return {edge.outcome: edge.to or END for edge in self.node.edges if edge.outcome not in self.ends}

    @cached_property
    def ends(self) -> dict[str, str]:
        """By outcome the reason for which the enrolment ends there."""
        return ends_of(self.plot, self.node)

    @cached_property
    def look_again(self) -> Executable | None:
        """Asks the leave rule and the goal anew, where what it writes may be what they ask for."""
        return leaving.look_again(self.plot, self.node.number) if isinstance(self.node.step, _CHANGING) else None


@dataclass(frozen=True, eq=False)
class Stretch:
    """Steps that one statement takes."""

    plot: Plot
    steps: tuple[StepProgram, ...]
    _takes: dict[tuple[frozenset[str], bool], Counted] = field(
        default_factory=dict[tuple[frozenset[str], bool], Counted]
    )

    def take(self, standing: Collection[str], resting: bool) -> Counted:
        """Lets all go on who stand before one of them; before no other but those `standing` does anybody stand.

        `resting`: some of them rest there, and were not set before it (`Program.resume`).
        """
        names = frozenset(step.name for step in self.steps)
        where = names & frozenset(standing)
        if (where, resting) not in self._takes and len(self._takes) >= _MOST_TAKES:
            where = names
        if (where, resting) not in self._takes:
            nodes = [step.node for step in self.steps]
            self._takes[where, resting] = stretch_statement(self.plot, nodes, where, resting)
        return self._takes[where, resting]


@dataclass(frozen=True, eq=False)
class Program:
    """The statements in the order in which a round uses them."""

    plot: Plot

    def load_candidates(self, which: Arrived) -> Executable:
        """The triggers of a chunk."""
        return _load_candidates(self.plot, which)

    @cached_property
    def load_inside(self) -> Executable:
        """The visits of the chunk, and where each stands."""
        return leaving.load_inside(self.plot)

    @cached_property
    def enter(self) -> Counted:
        """Judges the triggers: whom they let in, with her arm, and whom not, and why."""
        return entering.enter(self.plot)

    @cached_property
    def enrol(self) -> Executable | None:
        """Their enrolments, at once, where the journey asks for itself."""
        return entering.enrol(self.plot) if self.plot.asks_for_itself else None

    @cached_property
    def load_entered(self) -> Executable:
        """The visits of the newcomers who are enrolled."""
        known, standing = leaving.load_entered(self.plot)
        return standing.add_cte(known.cte("known"))

    @cached_property
    def settle_verdicts(self) -> entering.Afterwards:
        """Refusals, and triggers that were used."""
        return entering.settle_verdicts(self.plot)

    @cached_property
    def turn_away(self) -> Executable | None:
        """Refuses what else those brought who were let in; None where a wait may yet begin anew by it."""
        return None if restarts(self.plot, self.plot.graph.first) else turning_away.turn_away(self.plot)

    @cached_property
    def leave_the_rest(self) -> Executable:
        """Takes what was turned away out of the triggers."""
        return turning_away.leave_the_rest(self.plot)

    @cached_property
    def close_held_out(self) -> Counted:
        """Ends of those held out whose time is over."""
        return around.close_held_out(self.plot)

    @cached_property
    def resume(self) -> Executable:
        """Sets those who were inside before the step at which they wait."""
        return around.resume(self.plot)

    @cached_property
    def rest_on(self) -> Counted:
        """Those who are to arrive at their step later."""
        return around.rest_on(self.plot)

    @cached_property
    def leave_only(self) -> Counted:
        """Where nobody moves: only who leaves."""
        return around.leave_only(self.plot)

    @cached_property
    def steps(self) -> tuple[StepProgram, ...]:
        """The steps, each behind those that lead to it."""
        return tuple(StepProgram(self.plot, node) for node in self.plot.graph.nodes)

    @cached_property
    def ends(self) -> dict[str, dict[str, str]]:
        """By step and outcome the reason for which the enrolment ends there."""
        return {step.name: step.ends for step in self.steps}

    @cached_property
    def long_stretches(self) -> tuple[Stretch, ...]:
        """As many steps in one statement as can be."""
        return tuple(
            Stretch(self.plot, tuple(self.steps[each.number] for each in nodes)) for nodes in stretches(self.plot)
        )

    @cached_property
    def single_steps(self) -> tuple[Stretch, ...]:
        """A statement for each step: of those at which nobody stands none is run."""
        return tuple(Stretch(self.plot, (step,)) for step in self.steps)

    @cached_property
    def finish(self) -> Counted:
        """Ends of those behind the last step."""
        return around.finish(self.plot)

    @cached_property
    def settle(self) -> tuple[Settling, ...]:
        """Writes the round down."""
        return tuple(write_back.settle(self.plot, inside=True))

    @cached_property
    def settle_entered(self) -> tuple[Settling, ...]:
        """Writes a round down in which nobody was inside before."""
        return tuple(write_back.settle(self.plot, inside=False))

    @cached_property
    def count(self) -> Executable:
        """Counts how many took each way (`remembering.WAYS`)."""
        return remembering.count(self.plot)

    @cached_property
    def are_alike(self) -> Executable:
        """Whether many of those who walked went the same way at the same instants."""
        return remembering.are_alike()

    @cached_property
    def keep_candidates(self) -> Executable:
        """Triggers that must be kept for another pass."""
        return entering.keep_candidates(self.plot, true())

    @cached_property
    def any_left(self) -> Executable:
        """Whether a trigger of the chunk waits for the next round."""
        return entering.any_left()


@lru_cache(maxsize=MOST_KEPT)
def compile_program(plot: Plot) -> Program:
    """The program of a journey as its definition says."""
    return Program(plot)


@lru_cache(maxsize=2 * MOST_KEPT)
def _load_candidates(plot: Plot, which: Arrived) -> Executable:
    return entering.load_candidates(plot, which)

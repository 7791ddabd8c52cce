"""The ways from a step to the next within one statement, and steps taken on the way that keep nobody; it decides none.

A step that takes no time has no stage of its own in a statement of several: who comes to it by a stage before takes
it, so that to say it again of everyone took as long as all the rest of the step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, false, literal, select

from journey_engine.compiler import lines
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import NEXT
from journey_engine.compiler.frontier import CARRIED
from journey_engine.compiler.plot import Plot
from journey_engine.language.graph import Node
from journey_engine.language.journey import HandOff, Send, Set, Tag, Untag

# What a step is given of who stands before it.
STANDING = ("enrolment_id", "member_id", "at", "due_at", "lines", "told", "arms", *CARRIED)
# What the writes of a step are given of who took it.
TOOK = ("enrolment_id", "member_id", *CARRIED, "out_at", "outcome")


@dataclass(frozen=True, slots=True)
class Leg:
    """Those of a stage who went on from it by some of its outcomes: they stand before another step.

    ways: the stage's counts (gone, outcome, at, n); `by`: which of them are theirs.
    """

    final: CTE
    which: ColumnElement[bool]
    lines: ColumnElement[Any]
    arms: ColumnElement[Any]
    ways: CTE
    by: ColumnElement[bool]

    def standing(self) -> Select[Any]:
        """As the next step is given them."""
        said = {
            "at": self.final.c.out_at, "due_at": literal(None, INSTANT), "lines": self.lines,
            "told": self.final.c.out_told, "arms": self.arms,
        }  # fmt: skip
        return select(*((said[name] if name in said else self.final.c[name]).label(name) for name in STANDING)).where(
            self.which
        )

    def took(self) -> Select[Any]:
        """As the writes of a step that they take on the way are given them."""
        known = [NEXT.label(name) if name == "outcome" else self.final.c[name] for name in TOOK]
        return select(*known).where(self.which)

    def behind(self, node: Node) -> Leg:
        """The same when they have taken a step that takes no time."""
        line = lines.line(node.name, self.final.c.out_told, "next")
        return replace(self, lines=self.lines.concat(line))

    def counted(self) -> Select[Any]:
        """How many take such a step, at each instant."""
        w = self.ways.c
        return select(false().label("gone"), NEXT.label("outcome"), w.at, w.n).where(self.by)


def takes_no_time(plot: Plot, node: Node, within: set[str]) -> bool:
    """Whether everyone who comes to the step by a step of the same statement takes it then, and goes on in it.

    Who went on has not left by then, and it asks nothing.
    """
    match node.step:
        case Tag() | Untag() | Set() | HandOff():
            at_once = True
        case Send():
            at_once = plot.project.policy.quiet_hours is None
        case _:
            at_once = False
    return at_once and node.step.if_ is None and all(edge.to in within for edge in node.edges)

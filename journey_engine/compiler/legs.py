"""The ways from a step to the next within one statement, and steps taken on the way that keep nobody; it decides none.

A step that takes no time has no stage of its own in a statement of several: who comes to it by a stage before takes
it, so that to say it again of everyone took as long as all the rest of the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, false, literal, or_, select

from journey_engine.compiler import lines
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import NEXT
from journey_engine.compiler.frontier import CARRIED
from journey_engine.compiler.plot import Plot
from journey_engine.language.graph import Node
from journey_engine.language.journey import HandOff, Send, Set, Tag, Untag

# What a step is given of who stands before it.
STANDING = ("enrolment_id", "member_id", "at", "due_at", "lines", "arms", *CARRIED)
# What the writes of a step are given of who took it.
TOOK = ("enrolment_id", "member_id", *CARRIED, "out_at", "outcome")


@dataclass(frozen=True, slots=True)
class Leg:
    """Those of a stage who went on from it by some of its outcomes: they stand before another step.

    which: who of the stage they are; `by`: which of them, of those who went on. path, arms: what is said of them when
    they have taken the stage's step; `since`: what was added to their path on the way, if anything was. ways: the
    stage's counts (gone, outcome, at, n); `counts`: which of them are theirs.
    """

    final: CTE
    which: ColumnElement[bool]
    by: ColumnElement[bool]
    path: ColumnElement[Any]
    arms: ColumnElement[Any]
    ways: CTE
    counts: ColumnElement[bool]
    since: ColumnElement[Any] | None = None

    def took(self) -> Select[Any]:
        """As the writes of a step that they take on the way are given them."""
        known = [NEXT.label(name) if name == "outcome" else self.final.c[name] for name in TOOK]
        return select(*known).where(self.which)

    def behind(self, node: Node) -> Leg:
        """The same when they have taken a step that takes no time."""
        line = lines.line(node.name, "next")
        return replace(self, since=line if self.since is None else self.since.concat(line))

    def counted(self) -> Select[Any]:
        """How many take such a step, at each instant."""
        w = self.ways.c
        return select(false().label("gone"), NEXT.label("outcome"), w.at, w.n).where(self.counts)


def standing_by(legs: Sequence[Leg]) -> list[Select[Any]]:
    """Who comes by these legs, as the next step is given them: each stage is gone through once."""
    by_stage: dict[CTE, list[Leg]] = {}
    for leg in legs:
        by_stage.setdefault(leg.final, []).append(leg)
    return [_standing(final, come) for final, come in by_stage.items()]


def _standing(final: CTE, legs: Sequence[Leg]) -> Select[Any]:
    one = legs[0]
    said = {
        "at": final.c.out_at, "due_at": literal(None, INSTANT), "lines": _lines(legs), "arms": one.arms,
    }  # fmt: skip
    return select(*((said[name] if name in said else final.c[name]).label(name) for name in STANDING)).where(
        or_(*(leg.which for leg in legs))
    )


def _lines(legs: Sequence[Leg]) -> ColumnElement[Any]:
    *others, last = [(leg.by, lines.NO_LINES if leg.since is None else leg.since) for leg in legs]
    path = legs[0].path
    if others:
        return path.concat(case(*others, else_=last[1]))
    return path if legs[0].since is None else path.concat(last[1])


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

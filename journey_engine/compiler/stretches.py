"""Steps that one statement walks: as many, one behind the other, as read nothing that one of them writes."""

from __future__ import annotations

from typing import assert_never

from journey_engine.compiler.footprints import footprint
from journey_engine.compiler.plot import Plot
from journey_engine.compiler.restarting import restarts
from journey_engine.language.conditions import Condition, Rfm, Score, Top, leaves
from journey_engine.language.coupon import pools_of
from journey_engine.language.graph import Node
from journey_engine.language.journey import (
    Branch,
    Call,
    DateOf,
    FirstOf,
    GoTo,
    HandOff,
    Send,
    Set,
    Split,
    Stop,
    Tag,
    Untag,
    Wait,
)

_EVENTS, _TAGS, _ATTRIBUTES = "events", "tags", "attributes"
_ALL = frozenset({_EVENTS, _TAGS, _ATTRIBUTES})
_NONE: frozenset[str] = frozenset()


def stretches(plot: Plot) -> tuple[tuple[Node, ...], ...]:
    """The steps in their order, each with those that one statement takes with it.

    What a statement writes it does not see. Where a step can meet the leave rule or the goal, and where a trigger may
    begin the first wait anew, each step has its own.
    """
    found: list[list[Node]] = []
    written: frozenset[str] = frozenset()
    for node in plot.graph.nodes:
        alone = plot.met_by_steps or isinstance(node.step, Call) or restarts(plot, node)
        before = found[-1][-1] if found else None
        after_alone = before is not None and (isinstance(before.step, Call) or restarts(plot, before))
        if not found or alone or after_alone or written & _read(plot, node):
            found.append([])
            written = _NONE
        found[-1].append(node)
        written |= _written(plot, node)
    return tuple(tuple(nodes) for nodes in found)


def _read(plot: Plot, node: Node) -> frozenset[str]:
    """What a step, or Postgres for it, has to see as the steps before have left it."""
    found = _of_condition(node.step.if_.condition) if node.step.if_ is not None else _NONE
    match node.step:
        case Branch(branch=arms):
            return found.union(*(_of_condition(arm.if_.condition) for arm in arms if arm.if_ is not None))
        case Wait(wait=FirstOf()):
            return found | {_EVENTS}
        case Wait(wait=DateOf()) | Set():
            return found | {_ATTRIBUTES}
        case Untag():
            return found | {_TAGS}
        case Send(send=message):
            return found | {f"pool {pool}" for pool in pools_of(plot.project, message)}
        case Call():
            return _ALL
        case Wait() | Split() | Tag() | HandOff() | GoTo() | Stop():
            return found
        case _:
            assert_never(node.step)


def _of_condition(condition: Condition) -> frozenset[str]:
    """Ranks and scores rest on what they say elsewhere."""
    if any(isinstance(leaf, Rfm | Score | Top) for leaf in leaves(condition)):
        return _ALL
    print_ = footprint(condition)
    told = {_EVENTS: print_.events, _TAGS: print_.tags, _ATTRIBUTES: print_.attributes}
    return frozenset(name for name, rests_on in told.items() if rests_on)


def _written(plot: Plot, node: Node) -> frozenset[str]:
    match node.step:
        case Tag() | Untag():
            return frozenset({_TAGS})
        case Set():
            return frozenset({_ATTRIBUTES})
        case HandOff() | GoTo():
            return frozenset({_EVENTS})
        case Send(send=message, quiet=quiet):
            told = {_EVENTS} if quiet == "skip" else set[str]()
            return frozenset(told | {f"pool {pool}" for pool in pools_of(plot.project, message)})
        case Call():
            return _ALL
        case Wait() | Branch() | Split() | Stop():
            return _NONE
        case _:
            assert_never(node.step)

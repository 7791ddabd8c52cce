"""A journey's nested steps as a flat acyclic graph, in an order in which every step follows its parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journey_engine.language.journey import (
    Arm,
    Block,
    Branch,
    Call,
    DateOf,
    FirstOf,
    GoTo,
    Journey,
    Send,
    Split,
    Step,
    Stop,
    Wait,
)

END = None
_MOST_KEPT = 1024
# By the journey's identity: to compare journeys takes as long as to walk them. Who is here keeps his number.
_STEPS: dict[int, tuple[Journey, tuple[tuple[str, Step], ...]]] = {}


@dataclass(frozen=True, slots=True)
class Edge:
    """From `step` by `outcome` to `to` (None: the journey ends). Outcomes: `next`, an arm's number "1", "2", …,
    `otherwise`, a split arm's name, for `first_of` the number of the event or `timeout`, for a date `late` or
    `no date`, for a call `failed`, `passed by` (its `if`)."""

    step: str
    outcome: str
    to: str | None


@dataclass(frozen=True, slots=True)
class Node:
    """One step in its place: `number` counts from 0 in DAG order; `edges` leave it; `depth`: how deep it is nested."""

    number: int
    name: str
    step: Step
    edges: tuple[Edge, ...]
    depth: int

    def to(self, outcome: str) -> str | None:
        """The step reached by `outcome`; None is the end. Raises KeyError for an outcome the step does not have."""
        return {edge.outcome: edge.to for edge in self.edges}[outcome]


@dataclass(frozen=True, slots=True)
class Graph:
    """All nodes, parents first; the written order is such an order because blocks nest and rejoin."""

    nodes: tuple[Node, ...]

    @property
    def first(self) -> Node:
        return self.nodes[0]

    def node(self, name: str) -> Node:
        """The node of that name; raises KeyError."""
        return {node.name: node for node in self.nodes}[name]

    def parents(self, name: str) -> tuple[str, ...]:
        """Names of the steps that lead directly to `name`, in order, each once."""
        return tuple(node.name for node in self.nodes if any(edge.to == name for edge in node.edges))


def ways(step: Step) -> tuple[tuple[str, Block], ...]:
    """The step's ways on as (outcome, block); an empty block rejoins at once. Plain steps have the one way `next`."""
    match step:
        case Wait(wait=FirstOf(first_of=exits), otherwise=otherwise):
            numbered = [(str(number), exit_.do) for number, exit_ in enumerate(exits, 1)]
            return (*numbered, ("timeout", otherwise.do if otherwise else {}))
        case Wait(wait=DateOf(), do=do, otherwise=otherwise):
            missed = otherwise.do if otherwise else {}
            return (("next", do), ("late", missed), ("no date", missed))
        case Call(failed=failed):
            return (("next", {}), ("failed", failed.do if failed else {}))
        case Branch(branch=arms):
            return tuple((_outcome(number, arm), arm.do) for number, arm in enumerate(arms, 1))
        case Split(split=arms):
            return tuple((name, arm.do) for name, arm in arms.items())
        case GoTo() | Stop():
            return ()
        case Send(quiet="skip"):
            return (("next", {}), ("skipped", {}))
        case _:
            return (("next", {}),)


def _outcome(number: int, arm: Arm) -> str:
    return "otherwise" if arm.otherwise else str(number)


def graph(journey: Journey) -> Graph:
    """The graph of `journey`. Every step is one node; a step whose `if` is false goes on by `passed by`."""
    nodes: list[Node] = []
    for name, step, after, depth in _walk(journey.steps, END, 0):
        edges = [Edge(name, outcome, next(iter(block), after)) for outcome, block in ways(step)]
        if step.if_ is not None:
            edges.append(Edge(name, "passed by", after))
        nodes.append(Node(len(nodes), name, step, tuple(edges), depth))
    return Graph(tuple(nodes))


def _walk(block: Block, after: str | None, depth: int) -> Iterator[tuple[str, Step, str | None, int]]:
    """Each step with the one that follows it in its own block, or where the block rejoins."""
    names = list(block)
    for (name, step), following in zip(block.items(), [*names, after][1:], strict=True):
        yield name, step, following, depth
        # Two ways may share a block: a date that is late, and one that is missing.
        for inner in {id(block): block for _, block in ways(step)}.values():
            yield from _walk(inner, following, depth + 1)


def all_steps(journey: Journey) -> tuple[tuple[str, Step], ...]:
    """Every step with its name, in written order; a name written twice comes twice.

    It is kept: a tick asks for the steps of all journeys many times.
    """
    known = _STEPS.get(id(journey))
    if known is None:
        if len(_STEPS) >= _MOST_KEPT:
            _STEPS.clear()
        known = journey, tuple((name, step) for name, step, _, _ in _walk(journey.steps, END, 0))
        _STEPS[id(journey)] = known
    return known[1]

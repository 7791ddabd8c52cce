"""Where each step of a journey stands and what follows it, read from the nested blocks; it runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journey_engine.language.journey import Block, Branch, Call, FirstOf, Journey, Split, Step, Wait


@dataclass(frozen=True)
class Place:
    """A step, and the name of what comes after it and its inner blocks (None: the end of the journey)."""

    step: Step
    after: str | None


def places_in(journey: Journey) -> dict[str, Place]:
    """The place of every step of the journey, by name; reckoned once for each journey."""
    known = _known.get(id(journey))
    if known is None or known[0] is not journey:
        known = _known[id(journey)] = (journey, places(journey.steps))
    return known[1]


_known: dict[int, tuple[Journey, dict[str, Place]]] = {}


def places(block: Block, after: str | None = None) -> dict[str, Place]:
    """The place of every step, also of those in inner blocks, by name."""
    found: dict[str, Place] = {}
    names = list(block)
    for name, following in zip(names, [*names, after][1:], strict=True):
        found[name] = Place(block[name], following)
        for inner in _blocks(block[name]):
            found |= places(inner, following)
    return found


def _blocks(step: Step) -> Iterator[Block]:
    match step:
        case Wait(wait=wait, do=do, otherwise=otherwise):
            yield do
            if isinstance(wait, FirstOf):
                yield from (exit_.do for exit_ in wait.first_of)
            if otherwise is not None:
                yield otherwise.do
        case Branch(branch=arms):
            yield from (arm.do for arm in arms)
        case Split(split=arms):
            yield from (arm.do for arm in arms.values())
        case Call(failed=failed) if failed is not None:
            yield failed.do
        case _:
            return

"""A journey's steps with the path to each in its file; follows the nesting as written, not the ways a member goes."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.journey import Block, Branch, FirstOf, Journey, Split, Step, Wait
from journey_engine.language.places import Path


def written_steps(journey: Journey) -> Iterator[tuple[Path, str, Step]]:
    """Every step as (path in the file, name, step), in written order; a name written twice comes twice."""
    yield from _of_block(journey.steps, ("steps",))


def _of_block(block: Block, path: Path) -> Iterator[tuple[Path, str, Step]]:
    for name, step in block.items():
        here = (*path, name)
        yield here, name, step
        for below, inner in _blocks(step):
            yield from _of_block(inner, (*here, *below))


def _blocks(step: Step) -> Iterator[tuple[Path, Block]]:
    match step:
        case Wait(wait=wait, otherwise=otherwise):
            if isinstance(wait, FirstOf):
                for number, exit_ in enumerate(wait.first_of):
                    yield ("wait", "first_of", number, "do"), exit_.do
            if otherwise is not None:
                yield ("otherwise", "do"), otherwise.do
        case Branch(branch=arms):
            for number, arm in enumerate(arms):
                yield ("branch", number, "do"), arm.do
        case Split(split=arms):
            for name, arm in arms.items():
                yield ("split", name, "do"), arm.do
        case _:
            return

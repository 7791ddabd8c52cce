"""A journey's steps with the path to each in its file, and where blocks end; works on the nesting as written, so that
steps of the same name (a mistake) do not disturb it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from journey_engine.language.journey import (
    Block,
    Branch,
    Call,
    DateOf,
    FirstOf,
    GoTo,
    Journey,
    Split,
    Step,
    Stop,
    Wait,
    Window,
)
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
        case Wait(wait=wait, do=do, otherwise=otherwise):
            if do:
                yield ("do",), do
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
        case Call(failed=failed) if failed is not None:
            yield ("failed", "do"), failed.do
        case _:
            return


def dead_ends(journey: Journey) -> Iterator[Path]:
    """The first step of each stretch that no member can reach, because all ways before it have ended."""
    for block, path in _all_blocks(journey.steps, ("steps",)):
        names = list(block)
        for name, following in pairwise(names):
            if not _goes_on(block[name]):
                yield (*path, following)
                break


def _all_blocks(block: Block, path: Path) -> Iterator[tuple[Block, Path]]:
    """The block and all blocks below it that can be reached from its own beginning."""
    yield block, path
    for name, step in block.items():
        for below, inner in _blocks(step):
            yield from _all_blocks(inner, (*path, name, *below))
        if not _goes_on(step):
            return


def _goes_on(step: Step) -> bool:
    """Whether a member can come past the step."""
    if step.if_ is not None:
        return True
    match step:
        case GoTo() | Stop():
            return False
        case Wait(wait=FirstOf(), otherwise=None) | Wait(wait=DateOf(), otherwise=None):
            return True
        case Wait(wait=DateOf(), do=do) if not do:
            return True
        case Wait(wait=FirstOf() | DateOf()) | Branch() | Split():
            return any(all(_goes_on(inner) for inner in block.values()) for _, block in _blocks(step))
        case _:
            return True


def reached_at_once(journey: Journey) -> tuple[str, ...]:
    """The journeys a member can be handed on to without waiting anywhere."""
    return tuple(dict.fromkeys(_hops(journey.steps)[0]))


def _hops(block: Block) -> tuple[list[str], bool]:
    """The journeys reached from the block's beginning without a wait, and whether its end is reached so too."""
    found: list[str] = []
    for step in block.values():
        passes = True
        match step:
            case GoTo(go_to=target):
                found.append(target)
                passes = False
            case Wait(wait=Window()) | Wait(count="since entry"):
                pass  # inside the window, or long over, it is passed at once
            case Wait(wait=DateOf(), otherwise=otherwise, do=do):
                ways = [_hops(inner) for inner in (do, otherwise.do if otherwise else {})]
                found += [target for targets, _ in ways for target in targets]
                passes = any(reaches_end for _, reaches_end in ways)
            case Stop() | Wait() | Call():
                passes = False
            case Branch() | Split():
                ways = [_hops(inner) for _, inner in _blocks(step)]
                found += [target for targets, _ in ways for target in targets]
                passes = any(reaches_end for _, reaches_end in ways)
            case _:
                pass
        if not passes and step.if_ is None:
            return found, False
    return found, True


def ends_at_once(journey: Journey) -> bool:
    """Whether a member can come to an end of the journey (its last, a stop, a go_to) without waiting anywhere."""
    ended, passes = _ends(journey.steps)
    return ended or passes


def _ends(block: Block) -> tuple[bool, bool]:
    """Whether a stop or go_to in the block is reached without a wait, and whether the block's end is."""
    ended = False
    for step in block.values():
        match step:
            case GoTo() | Stop():
                ended, passes = True, False
            case Wait() | Call():
                passes = False
            case Branch() | Split():
                ways = [_ends(inner) for _, inner in _blocks(step)]
                ended |= any(ends for ends, _ in ways)
                passes = any(reaches_end for _, reaches_end in ways)
            case _:
                passes = True
        if not passes and step.if_ is None:
            return ended, False
    return ended, True

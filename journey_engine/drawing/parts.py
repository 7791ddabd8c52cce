"""A journey taken apart for drawing: steps in a row, each with its ways on and where they lead; it draws nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journey_engine.language.journey import VERBS, Block, Journey, Step
from journey_engine.language.verbs import GoTo, Stop
from journey_engine.language.words import Words
from journey_engine.saying.steps import does, provided, ways_on
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import spaced


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a step: what it is called, the steps on it, and the step where it rejoins (None: the end)."""

    label: Words
    parts: tuple[Part, ...]
    to: str | None

    @property
    def goes_on(self) -> bool:
        """Whether a member can come to its end, and so rejoin."""
        return all(part.goes_on for part in self.parts)


@dataclass(frozen=True, slots=True)
class Part:
    """One step: its name, verb, condition and deed in words, and its ways on, if there is more than the plain one."""

    name: str
    verb: str
    provided: Words
    does: Words
    ways: tuple[Way, ...]
    to: str | None
    is_last: bool  # a member who takes it is out

    @property
    def goes_on(self) -> bool:
        """Whether a member can come past it."""
        if self.provided:
            return True
        return not self.is_last and (not self.ways or any(way.goes_on for way in self.ways))


def parts(journey: Journey, titles: Titles) -> tuple[Part, ...]:
    """The steps of the outermost row."""
    return tuple(_row(journey.steps, None, titles))


def _row(block: Block, after: str | None, titles: Titles) -> Iterator[Part]:
    following = [*block, after][1:]
    for (name, step), to in zip(block.items(), following, strict=True):
        yield Part(
            name,
            _verb(step),
            spaced(provided(step, titles)),
            spaced(does(step, titles)),
            tuple(_ways(step, to, titles)),
            to,
            isinstance(step, GoTo | Stop),
        )


def _verb(step: Step) -> str:
    return next(verb for verb, kind in VERBS.items() if isinstance(step, kind))


def _ways(step: Step, to: str | None, titles: Titles) -> Iterator[Way]:
    for words, block in ways_on(step, titles):
        yield Way(spaced(words), tuple(_row(block, to, titles)), to)

"""Hypothesis strategies for edits of a drawn project with members inside: one journey each, whatever may be edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

from hypothesis import strategies as st

from journey_engine.language.project import Project
from tests.agreement.drawing import World
from tests.agreement.steps import Words, blocks, conditions
from tests.agreement.words import CALENDAR, CLOCKS, DAYS, GOALS, LEAVES, LENGTHS, PEOPLE, PLAIN

KINDS = ("words", "new step", "new step", "length", "length", "removed", "removed", "leave", "goal", "asked", "pause",
         "pause", "retired")  # fmt: skip
Body = dict[str, Any]


@st.composite
def edits(draw: Callable[..., Any], world: World) -> list[Project]:
    """Projects that take each other's place, two or three edits of one journey each; a pause is two."""
    body = world.project.model_dump(mode="json", by_alias=True, exclude_unset=True)
    numbers, versions = count(1), list[Project]()
    for _ in range(draw(st.integers(2, 3))):
        name = draw(st.sampled_from(("alpha", "alpha", "alpha", "beta")))
        journey: Body = deepcopy(body["journeys"][name]) | {"moved": {}, "reschedule": []}
        words = Words(
            name, journey["enter"].get("on") or "", PLAIN + CALENDAR + PEOPLE, name, (), (), frozenset(), numbers
        )
        for version in draw(_edit(draw(st.sampled_from(KINDS)), journey, words)):
            body = body | {"journeys": body["journeys"] | {name: version}}
            versions.append(Project.model_validate(body))
    return versions


@st.composite
def _edit(draw: Callable[..., Any], kind: str, journey: Body, words: Words) -> list[Body]:
    """What the journey becomes, one after the other. The dictionary given is changed."""
    match kind:
        case "words":
            return [journey | {"title": f"title {next(words.numbers)}", "owner": "shop"}]
        case "new step":
            _with_new_step(draw, journey, words)
        case "length":
            _with_other_lengths(draw, journey)
        case "removed":
            _without_a_step(draw, journey, words)
        case "leave":
            rule = {"if": draw(conditions(LEAVES))}
            return [journey | {"leave": draw(st.sampled_from((None, rule, rule, rule)))}]
        case "goal":
            goal = {"if": draw(st.sampled_from(GOALS)), "within": draw(st.sampled_from(LENGTHS))}
            return [journey | {"goal": goal | {"then": draw(st.sampled_from(("stay", "leave")))}}]
        case "asked":
            for step in _steps(journey["steps"]):
                if draw(st.booleans()):
                    step["if"] = draw(st.sampled_from((None, draw(conditions(words.conditions)))))
                for arm in step.get("branch", ())[:-1]:
                    arm["if"] = draw(conditions(words.conditions))
        case "pause":
            resumed = journey | {"status": "live", "pause": draw(st.sampled_from(("keep", "shift")))}
            return [journey | {"status": "paused"}, resumed]
        case _:
            return [journey | {"status": "retired"}]
    return [journey]


# ---- edits of steps -----------------------------------------------------------------------------------------------
def _with_new_step(draw: Callable[..., Any], journey: Body, words: Words) -> None:
    """Before or behind another, in any block."""
    block = draw(st.sampled_from(list(_blocks(journey["steps"]))))
    names = list(block)
    last = len(names) - (1 if names and {"go_to", "stop"} & set(block[names[-1]]) else 0)
    place = draw(st.integers(0, last))
    _rewrite(block, names[:place], _fresh(draw, words), names[place:])


def _without_a_step(draw: Callable[..., Any], journey: Body, words: Words) -> None:
    """Another step takes the place of one, and those who wait there, or in its blocks, go on at the new one."""
    block = draw(st.sampled_from([block for block in _blocks(journey["steps"]) if block]))
    names = list(block)
    place = draw(st.integers(0, len(names) - 1))
    gone = names[place]
    behind = names[place + 1] if place + 1 < len(names) and draw(st.booleans()) else None
    fresh = {} if behind else _fresh(draw, words)
    to = behind or next(iter(fresh))
    journey["moved"] = dict.fromkeys([gone, *_names({gone: block[gone]})], to)
    if draw(st.integers(0, 2)) == 0:
        journey["reschedule"] = [to]
    _rewrite(block, names[:place], fresh, names[place + 1 :])


def _with_other_lengths(draw: Callable[..., Any], journey: Body) -> None:
    """Every wait for a time may become longer or shorter, or one for another time; promises may be reckoned anew."""
    for name, step in _named(journey["steps"]):
        if "wait" not in step or draw(st.integers(0, 3)) == 0:
            continue
        length = draw(st.sampled_from(LENGTHS))
        if "at_most" in step:
            step["at_most"] = length
        elif isinstance(step["wait"], str) and ":" not in step["wait"]:
            step["wait"] = length
            step["until"] = draw(st.sampled_from((None, *CLOCKS)))
        elif isinstance(step["wait"], str):
            step["wait"] = draw(st.sampled_from(CLOCKS))
        if "at_most" not in step and isinstance(step["wait"], str):
            step["on"] = draw(st.sampled_from((None, None, *DAYS)))
        if draw(st.booleans()):
            journey["reschedule"].append(name)


def _fresh(draw: Callable[..., Any], words: Words) -> Body:
    """One new step under a new name, with what is in it."""
    drawn = draw(blocks(words, 2, 1)) or {f"s{next(words.numbers)}": {"wait": draw(st.sampled_from(LENGTHS))}}
    return _renamed(drawn)


def _renamed(block: Body) -> Body:
    """The same steps as no journey has them."""
    return {f"new_{name}": _renamed_within(step) for name, step in block.items()}


def _renamed_within(value: Any) -> Any:
    match value:
        case dict():
            return {key: _renamed(inner) if key == "do" else _renamed_within(inner) for key, inner in value.items()}
        case list():
            return [_renamed_within(inner) for inner in value]
        case _:
            return value


def _rewrite(block: Body, before: list[str], fresh: Body, after: list[str]) -> None:
    """The block in this order, in place."""
    steps = {name: block[name] for name in before} | fresh | {name: block[name] for name in after}
    block.clear()
    block.update(steps)


def _blocks(block: Body) -> Iterator[Body]:
    yield block
    for step in block.values():
        yield from _inner(step)


def _inner(value: Any) -> Iterator[Body]:
    """The blocks below: whatever stands under `do`."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _blocks(inner) if key == "do" else _inner(inner)
        case list():
            for one in value:
                yield from _inner(one)


def _named(steps: Body) -> list[tuple[str, Body]]:
    return [(name, step) for block in _blocks(steps) for name, step in block.items()]


def _names(steps: Body) -> list[str]:
    return [name for name, _ in _named(steps)]


def _steps(steps: Body) -> list[Body]:
    return [step for _, step in _named(steps)]

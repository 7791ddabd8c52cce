"""The order of a tick: who hands members on passes before who receives them; it runs nothing."""

from __future__ import annotations

from pydantic import BaseModel

from journey_engine.language.journey import GoTo, Journey
from journey_engine.language.project import Project

_known: dict[int, tuple[Project, list[Journey]]] = {}


def handing_on_first(project: Project) -> list[Journey]:
    """The order of a tick, reckoned once for each project."""
    known = _known.get(id(project))
    if known is None or known[0] is not project:
        known = _known[id(project)] = (project, in_order(project))
    return known[1]


def in_order(project: Project) -> list[Journey]:
    """By priority and name, but nobody before a journey that still hands members on to her, or whose end lets in."""
    left = sorted(project.journeys.values(), key=lambda journey: (-journey.priority, journey.journey))
    targets = {journey.journey: _targets(journey.steps) for journey in left}
    for journey in left:
        if journey.enter.after in targets:
            targets[journey.enter.after].add(journey.journey)
    ordered: list[Journey] = []
    while left:
        awaited = {name for one in left for name in targets[one.journey] if name != one.journey}
        free = [one for one in left if one.journey not in awaited]
        ordered.append((free or left)[0])
        left.remove(ordered[-1])
    return ordered


def _targets(steps: object) -> set[str]:
    """Where anything below hands on to."""
    match steps:
        case GoTo(go_to=name):
            return {name}
        case dict():
            return {name for step in steps.values() for name in _targets(step)}
        case list() | tuple():
            return {name for one in steps for name in _targets(one)}
        case BaseModel():
            return {name for _, inner in steps for name in _targets(inner)}
        case _:
            return set()

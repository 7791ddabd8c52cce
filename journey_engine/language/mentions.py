"""What a definition names anywhere in it: conditions, event patterns, segments; it judges none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from pydantic import BaseModel

from journey_engine.language.conditions import EventQuery, InSegment, PersonaIs, Rank, Rfm, StageIs, Top
from journey_engine.language.journey import Journey
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.language.schema import DERIVED_EVENTS


def parts(value: Any) -> Iterator[Any]:
    """The value and everything it is made of, at any depth: models, rules, nodes of conditions, texts."""
    yield value
    match value:
        case BaseModel():
            inner: Iterable[Any] = (getattr(value, name) for name in type(value).model_fields)
        case Mapping():
            inner = cast("Mapping[Any, Any]", value).values()
        case tuple() | list() | frozenset():
            inner = cast("Iterable[Any]", value)
        case _ if is_dataclass(value):
            inner = (getattr(value, each.name) for each in fields(value))
        case _:
            return
    for one in inner:
        yield from parts(one)


def ranks_in(*definitions: Any) -> list[Rank]:
    """The ranks and scores that these ask about, each once, in the order they are written."""
    found = [part for definition in definitions for part in parts(definition) if isinstance(part, Top | Rfm)]
    return list(dict.fromkeys(found))


def derived_events_in(*definitions: Any) -> frozenset[tuple[str, str | None]]:
    """The events among `DERIVED_EVENTS` that these ask about, with what they are of (None: of any)."""
    found = (part for definition in definitions for part in parts(definition) if isinstance(part, EventQuery))
    return frozenset((query.event, query.of) for query in found if query.event in DERIVED_EVENTS)


def is_told(project: Project, event: str, of: str | None) -> bool:
    """Whether this derived event is to be written when it happens: a journey (no draft), segment, stage or persona asks
    for it. Who becomes a persona joins no segment.

    A refresh of a large segment would else write an event per member that nobody reads.
    """
    return bool(told_of(project, event, [of]))


def told_of(project: Project, event: str, names: Iterable[str | None]) -> list[str | None]:
    """Those of what a derived event may be of of which it is told (`is_told`)."""
    journeys = [journey for journey in project.journeys.values() if journey.status != "draft"]
    asked = derived_events_in(*journeys, *project.segments.values(), project.stages, project.personas)
    are_told = (of for of in names if of is None or not of.startswith(PREFIX))
    return [of for of in are_told if asked & {(event, of), (event, None)}]


def segments_of(project: Project, journey: Journey) -> frozenset[str]:
    """The segments a journey rests on: those that let members in or that it asks about, those that their rules name,
    and where it asks about stages or personas, those that these rest on."""
    enter = journey.enter
    named = {enter.joins, enter.every.of if enter.every else None, enter.at.to if enter.at else None}
    found = {name for name in named if name is not None}
    left: list[Any] = [journey, *(project.segments.get(name) for name in found)]
    others = {"stages": project.stages, "personas": project.personas}
    if enter.stage is not None:
        left.append(others.pop("stages"))
    while left:
        for part in parts(left.pop()):
            match part:
                case InSegment(segment=name) | EventQuery(event="joined_segment" | "left_segment", of=str() as name):
                    left += [] if name in found else [project.segments.get(name)]
                    found.add(name)
                case StageIs() | EventQuery(event="stage_changed"):
                    left.append(others.pop("stages", None))
                case PersonaIs():
                    left.append(others.pop("personas", None))
                case _:
                    pass
    return frozenset(found)

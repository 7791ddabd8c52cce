"""What a definition names anywhere in it: conditions, event patterns, segments; it judges none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from pydantic import BaseModel

from journey_engine.language.conditions import EventQuery, InSegment, Rank, Rfm, Top
from journey_engine.language.journey import Journey
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
    """Whether this derived event is to be written when it happens: a journey (no draft), segment or stage asks for it.

    A refresh of a large segment would else write an event per member that nobody reads.
    """
    journeys = [journey for journey in project.journeys.values() if journey.status != "draft"]
    asked = derived_events_in(*journeys, *project.segments.values(), project.stages)
    return bool(asked & {(event, of), (event, None)})


def segments_of(project: Project, journey: Journey) -> frozenset[str]:
    """The segments that let members into a journey or that it asks about, with those that their rules name."""
    enter = journey.enter
    named = {enter.joins, enter.every.of if enter.every else None, enter.at.to if enter.at else None}
    found = {name for name in named if name is not None} | _asked_about(journey)
    left = list(found)
    while left:
        segment = project.segments.get(left.pop())
        more = (_asked_about(segment.is_) if segment else set[str]()) - found
        found |= more
        left += more
    return frozenset(found)


def _asked_about(definition: Any) -> set[str]:
    return {part.segment for part in parts(definition) if isinstance(part, InSegment)}

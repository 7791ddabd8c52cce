"""What conditions rest on: the kinds of rows whose arrival can change their truth; it reads none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from journey_engine.language.conditions import (
    All,
    AnyOf,
    Attribute,
    Condition,
    DateInThisMonth,
    DateIsToday,
    DateWithinNext,
    DaysSince,
    EntryProperty,
    EventCount,
    EventQuery,
    EventSum,
    FinishedJourney,
    HasTag,
    InJourney,
    InSegment,
    IsFriend,
    Not,
    PersonaIs,
    Property,
    Rfm,
    Score,
    StageIs,
    TagStrength,
    Top,
    WasSent,
    leaves,
)
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Branch, Call, FirstOf, Journey, Step, Wait
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.language.schema import EVENTS_OF_A_CALL, EVENTS_OF_A_SEGMENT

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Footprint:
    """Names of events, tags, segments and journeys; whether attributes and stages are among it."""

    events: frozenset[str] = _NOTHING
    tags: frozenset[str] = _NOTHING
    segments: frozenset[str] = _NOTHING
    journeys: frozenset[str] = _NOTHING
    stages: bool = False
    attributes: bool = False

    def __or__(self, other: Footprint) -> Footprint:
        return Footprint(
            self.events | other.events,
            self.tags | other.tags,
            self.segments | other.segments,
            self.journeys | other.journeys,
            self.stages or other.stages,
            self.attributes or other.attributes,
        )


def footprint(condition: Condition | None) -> Footprint:
    """The footprint of a condition; of none, the empty one."""
    whole = Footprint()
    for leaf in leaves(condition) if condition is not None else ():
        whole |= _of_leaf(leaf)
    return whole


def _of_leaf(leaf: Condition) -> Footprint:
    match leaf:
        case EventCount(query=query) | EventSum(query=query) | DaysSince(query=query) | Top(query=query):
            return Footprint(events=frozenset({query.event}))
        case IsFriend():
            return Footprint(events=frozenset({"follow", "unfollow"}))
        case WasSent():
            return Footprint(events=frozenset({"accepted"}))
        case HasTag(tag=tag) | TagStrength(tag=tag):
            return Footprint(tags=frozenset({tag}))
        case InSegment(segment=segment):
            return Footprint(segments=frozenset({segment}))
        case PersonaIs(persona=persona):
            return Footprint(segments=frozenset({f"{PREFIX}{persona}"}))
        case InJourney(journey=journey) | FinishedJourney(journey=journey):
            return Footprint(journeys=frozenset({journey}))
        case StageIs():
            return Footprint(stages=True)
        case Attribute() | DateWithinNext() | DateInThisMonth() | DateIsToday():
            return Footprint(attributes=True)
        # `check` keeps ranks and scores out of the rules that footprints are made of.
        case Rfm() | Score() | EntryProperty() | Property() | All() | AnyOf() | Not():
            return Footprint()
        case _:
            assert_never(leaf)


def goal_footprint(journey: Journey) -> Footprint:
    """What can bring a member to the goal."""
    return footprint(journey.goal.if_.condition if journey.goal else None)


def inside_footprint(journey: Journey) -> Footprint:
    """What a waiting member must be looked at for: leaving, the goal, and the events that end waits."""
    exits = [exit_.until.query for step in waits_for_events(journey) for exit_ in step.first_of]
    names = {query.event for query in exits}
    if any(query.event == "click" and query.of for query in exits):
        names |= {"skipped", "unknown"}
    if any(isinstance(step, Call) for _, step in all_steps(journey)):
        names |= EVENTS_OF_A_CALL
    if journey.enter.restart is not None and journey.enter.on is not None:
        names.add(journey.enter.on.query.event)
    ends = Footprint(events=frozenset(names | {"unfollow"}))
    return ends | goal_footprint(journey) | footprint(journey.leave.if_.condition if journey.leave else None)


def waits_for_events(journey: Journey) -> list[FirstOf]:
    """The `first_of` of every step that has one."""
    return [step.wait for _, step in all_steps(journey) if isinstance(step, Wait) and isinstance(step.wait, FirstOf)]


def names_of_if(project: Project, step: Step) -> frozenset[str]:
    """The events that the step's `if` rests on."""
    return project.event_names(step.if_.condition) if step.if_ else _NOTHING


def names_of_decision(project: Project, step: Step) -> frozenset[str]:
    """The events that the step's own decision rests on: the arms of a branch, the exits of a wait."""
    match step:
        case Branch(branch=arms):
            return frozenset[str]().union(*(project.event_names(arm.if_.condition) for arm in arms if arm.if_))
        case Wait(wait=FirstOf(first_of=exits)):
            return frozenset(_told_by(exit_.until.query) for exit_ in exits)
        case Call():
            return EVENTS_OF_A_CALL
        case _:
            return _NOTHING


def _told_by(query: EventQuery) -> str:
    """The event's name; of what refreshes tell, with the segment, whose own data decide how far it is known."""
    is_named = query.event in EVENTS_OF_A_SEGMENT and query.of is not None
    return f"{query.event} of {query.of}" if is_named else query.event

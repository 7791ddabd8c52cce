"""The instants at which the truth of a condition could change, each looked at by `Truth`; it decides nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
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
    ThisPeriod,
    Top,
    WasSent,
    Within,
    leaves,
)
from tests.reference.facts import Memory
from tests.reference.wallclock import midnights, window_ends


def instants(condition: Condition, memory: Memory, after: datetime, until: datetime, zone: str) -> list[datetime]:
    """The instants in (after, until] at which its truth may change, in order; `zone`: of the business."""
    found = {instant for leaf in leaves(condition) for instant in _flips(leaf, memory, after, until, zone)}
    return sorted(instant for instant in found if instant is not None and after < instant <= until)


def _flips(leaf: Condition, memory: Memory, after: datetime, until: datetime, zone: str) -> Iterator[datetime | None]:
    match leaf:
        case EventCount(query=query) | EventSum(query=query):
            for event in memory.events:
                if event.name == query.event:
                    yield event.at
                    if isinstance(query.window, Within):
                        yield from window_ends(event.at, query.window.length, zone)
            if isinstance(query.window, ThisPeriod):
                yield from midnights(after, until, zone)
        case DaysSince(query=query):
            yield from (event.at for event in memory.events if event.name == query.event)
            yield from midnights(after, until, zone)
        case WasSent():
            yield from (event.at for event in memory.events if event.name == "accepted")
        case HasTag(tag=tag) | TagStrength(tag=tag):
            for grant in memory.grants:
                if grant.tag == tag:
                    yield from (grant.granted_at, grant.expires_at, grant.removed_at)
            if isinstance(leaf, TagStrength):  # it may fade, by the day
                yield from midnights(after, until, zone)
        case IsFriend():
            yield from (event.at for event in memory.events if event.name in ("follow", "unfollow"))
        case StageIs() | InSegment() | PersonaIs():
            for stay in memory.stays:
                yield from (stay.since, stay.left_at)
        case InJourney(journey=journey) | FinishedJourney(journey=journey):
            for visit in memory.visits(journey):
                yield from (visit.entered_at, visit.ended_at)
        case Attribute():
            yield memory.member.changed_at
        case DateWithinNext() | DateInThisMonth() | DateIsToday():
            yield memory.member.changed_at
            yield from midnights(after, until, zone)
        case Score():
            raise TypeError("a score moves with every day: a leave rule or goal asks a segment instead")
        case Top() | Rfm():
            raise TypeError("ranks move for everybody at once: a leave rule or goal asks a segment instead")
        case EntryProperty() | Property() | All() | AnyOf() | Not():
            return
        case _:
            assert_never(leaf)

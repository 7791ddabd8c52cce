"""What the parts of a condition rest on for one member at one instant, as JSONB of SQL; it judges no part itself.

Facts by name, those that are null left out: `count`, `sum`, `last` and `event` (the number of the last one) of events;
`value` of attributes, ranks and scores; `since` of stays; `strength` of tags.
"""

from __future__ import annotations

from typing import Any, assert_never

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from journey_engine.compiler import ranks, scores
from journey_engine.compiler.fading import half_life_of, strength_at
from journey_engine.compiler.happened import property_of
from journey_engine.compiler.scope import Scope
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
)
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members, segment_members, stages, tags

_NONE = cast(literal("{}"), JSONB)


def facts(project: Project, leaf: Condition, member: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The facts of a part that is not `and`, `or`, `not`, about the member then; `{}` if there are none."""
    scope = Scope(project, member, at)
    match leaf:
        case EventCount(query=query) | DaysSince(query=query):
            found = _of_events(scope, query)
        case EventSum(query=query, property=summed):
            found = _of_events(scope, query, summed)
        case WasSent(message=message):
            found = _of_events(scope, EventQuery("accepted", of=message))
        case IsFriend():
            found = _of_events(scope, EventQuery("follow"))
        case Attribute(name=name):
            found = _of_attribute(scope, name)
        case DateWithinNext(attribute=name) | DateInThisMonth(attribute=name) | DateIsToday(attribute=name):
            found = _of_attribute(scope, name)
        case Score(score=name):
            return _made(value=scores.value(scope, name))
        case HasTag(tag=tag) | TagStrength(tag=tag):
            found = _of_tag(scope, tag)
        case Top() | Rfm():
            return _made(value=cast(ranks.value_of(scope, ranks.ranking(project, leaf)), Text))
        case StageIs() | InSegment() | PersonaIs() | InJourney() | FinishedJourney():
            found = _of_stays(scope, leaf)
        case EntryProperty() | Property() | All() | AnyOf() | Not():
            return _NONE
        case _:
            assert_never(leaf)
    return func.coalesce(found.scalar_subquery(), _NONE)


def _made(**parts: ColumnElement[Any]) -> ColumnElement[Any]:
    named = [each for name, value in parts.items() for each in (literal(name, Text), value)]
    return func.jsonb_strip_nulls(func.jsonb_build_object(*named))


def _of_events(scope: Scope, query: EventQuery, summed: str | None = None) -> Select[Any]:
    happened = events.alias()
    last_first = func.array_agg(aggregate_order_by(happened.c.id, happened.c.at.desc(), happened.c.id.desc()))
    parts = {
        "count": func.count(),
        "last": func.max(happened.c.at),
        "event": last_first[1],
    }
    if summed is not None:
        parts["sum"] = func.sum(property_of(scope.project, happened, query.event, summed, "number"))
    return select(_made(**parts)).where(scope.seen(happened, query))


def _of_attribute(scope: Scope, name: str) -> Select[Any]:
    her = members.alias()
    return select(_made(value=her.c.attributes.op("->>")(name))).where(her.c.id == scope.member)


def _of_tag(scope: Scope, tag: str) -> Select[Any]:
    grant = tags.alias()
    in_force = and_(
        grant.c.member_id == scope.member,
        grant.c.tag == tag,
        grant.c.granted_at <= scope.at,
        _reaches(grant.c.expires_at, scope.at),
        _reaches(grant.c.removed_at, scope.at),
    )
    strength = strength_at(grant, scope.at, half_life_of(scope.project, tag), scope.zone)
    return select(_made(strength=strength, since=func.min(grant.c.granted_at))).where(in_force)


def _of_stays(scope: Scope, leaf: StageIs | InSegment | PersonaIs | InJourney | FinishedJourney) -> Select[Any]:
    match leaf:
        case StageIs():  # the stage she is in instead tells why she is not in this one
            stay = stages.alias()
            own = and_(stay.c.member_id == scope.member, stay.c.since <= scope.at, _reaches(stay.c.left_at, scope.at))
            return select(_made(stage=stay.c.stage, since=stay.c.since)).where(own).limit(1)
        case InSegment() | PersonaIs():
            segment = leaf.segment if isinstance(leaf, InSegment) else f"{PREFIX}{leaf.persona}"
            stay = segment_members.alias()
            own = and_(stay.c.member_id == scope.member, stay.c.segment == segment, stay.c.joined_at <= scope.at)
            return select(_made(since=stay.c.joined_at)).where(own, _reaches(stay.c.left_at, scope.at)).limit(1)
        case InJourney(journey=journey):
            visit = enrolments.alias()
            own = and_(visit.c.member_id == scope.member, visit.c.journey == journey, visit.c.arm == "journey")
            inside = and_(visit.c.entered_at <= scope.at, _reaches(visit.c.ended_at, scope.at))
            return select(_made(since=func.max(visit.c.entered_at))).where(own, inside)
        case FinishedJourney(journey=journey):
            visit = enrolments.alias()
            own = and_(visit.c.member_id == scope.member, visit.c.journey == journey, visit.c.ended_at <= scope.at)
            return select(_made(last=func.max(visit.c.ended_at))).where(own)
        case _:
            assert_never(leaf)


def _reaches(end: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(end.is_(None), at < end)

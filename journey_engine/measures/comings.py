"""Who came into a segment and who left it, and which part of its rule turned at that refresh; it asks the log again.

Nothing of this is stored: each part of the rule is asked as of the refresh and as of the one before it. What then
differs is the cause; where nothing does, the member is new, her attributes or the rule were changed, or data of before
arrived later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.scope import Scope
from journey_engine.language.catalog import Segment
from journey_engine.language.conditions import (
    Attribute,
    Condition,
    DaysSince,
    EventCount,
    EventQuery,
    EventSum,
    FinishedJourney,
    HasTag,
    InJourney,
    InSegment,
    IsFriend,
    Rfm,
    StageIs,
    TagStrength,
    Top,
    WasSent,
    leaves,
)
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import definitions
from journey_engine.store.tables.operation import refresh_history
from journey_engine.store.tables.people import alive, members, segment_members, tags

# Of a part that turned: something happened, or time passed, tags changed, another refresh moved her, a cut moved.
# Of no part: it was the first refresh, she is new, her attributes changed, the rule was edited then (or since), or data
# of before arrived later.
Kind = Literal[
    "event", "time", "tag", "refresh", "journey", "cut", "first", "new", "attribute", "edited", "earlier", "late"
]


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that changed: a part of the rule that is now so (`holds`) or no longer, or nothing of it (None)."""

    kind: Kind
    part: Condition | None = None
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Coming:
    """One member who came (`came`) or left at a refresh, with all that turned."""

    member_id: int
    at: datetime
    came: bool
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """How many came, or left, because of the same turns."""

    came: bool
    turns: tuple[Turn, ...]
    members: int


def causes(connection: Connection, project: Project, segment: Segment, since: datetime, until: datetime) -> list[Cause]:
    """Who came and left at the refreshes for (since, until], counted by cause, the most frequent first."""
    moved = _moved(segment.segment, since, until)
    turned = _turned(project, segment, moved).label("turned")
    asked = select(moved.c.came, turned).select_from(moved.join(members, members.c.id == moved.c.member_id)).subquery()
    counted = select(asked.c.came, asked.c.turned, func.count().label("members")).group_by(asked.c.came, asked.c.turned)
    rows = connection.execute(counted.order_by(asked.c.came.desc(), func.count().desc(), asked.c.turned))
    return [Cause(row.came, tuple(_read(row.turned, segment)), row.members) for row in rows]


def comings(
    connection: Connection, project: Project, segment: Segment, since: datetime, until: datetime, most: int
) -> list[Coming]:
    """The last ones who came or left at the refreshes for (since, until], at most so many of each, latest first."""
    moved = _moved(segment.segment, since, until)
    place = func.row_number().over(partition_by=moved.c.came, order_by=[moved.c.at.desc(), moved.c.member_id])
    placed = select(moved, place.label("place")).cte("placed")
    turned = _turned(project, segment, placed).label("turned")
    asked = (
        select(placed.c.member_id, placed.c.at, placed.c.came, turned)
        .select_from(placed.join(members, members.c.id == placed.c.member_id))
        .where(placed.c.place <= most)
        .order_by(placed.c.came.desc(), placed.c.place)
    )
    return [
        Coming(row.member_id, row.at, row.came, tuple(_read(row.turned, segment))) for row in connection.execute(asked)
    ]


def _moved(name: str, since: datetime, until: datetime) -> CTE:
    """Who came or left: member, the refresh's instant, and that of the refresh before (null: there was none)."""
    stay, earlier = segment_members.c, refresh_history.alias("earlier")
    both = union_all(
        *(
            select(stay.member_id, at.label("at"), literal(came).label("came"))
            .join(members, members.c.id == stay.member_id)
            .where(stay.segment == name, at > since, at <= until, alive(members))
            for at, came in ((stay.joined_at, True), (stay.left_at, False))
        )
    ).subquery("both")
    prior = (
        select(func.max(earlier.c.as_of))
        .where(earlier.c.scope == "segment", earlier.c.name == name, earlier.c.as_of < both.c.at)
        .scalar_subquery()
    )
    return select(both, prior.label("prior")).cte("moved").prefix_with("MATERIALIZED")


# ---- what turned ----------------------------------------------------------------------------------------------------
def _turned(project: Project, segment: Segment, moved: CTE) -> ColumnElement[str]:
    """`0+event 2-time`: number of each part that turned, whether it now holds, of which kind it is; else a word."""
    parts = list(leaves(segment.is_.condition))
    told = [_turn(project, number, part, moved) for number, part in enumerate(parts)]
    flips = func.nullif(func.concat_ws(literal(" ", Text), *told), "")
    applied = (
        select(definitions.c.applied_at)
        .where(
            definitions.c.kind == "segment",
            definitions.c.name == segment.segment,
            definitions.c.replaced_at.is_(None),
            definitions.c.version > 1,
        )
        .scalar_subquery()
    )
    has_attributes = literal(any(isinstance(part, Attribute) for part in parts))
    return case(
        (moved.c.prior.is_(None), "first"),
        (moved.c.at < applied, "earlier"),
        (moved.c.prior < applied, "edited"),
        (flips.is_not(None), flips),
        (members.c.created_at > moved.c.prior, "new"),
        (and_(has_attributes, members.c.changed_at > moved.c.prior), "attribute"),
        else_="late",
    )


def _turn(project: Project, number: int, part: Condition, moved: CTE) -> ColumnElement[Any]:
    was = condition_sql(project, part, members.c.id, moved.c.prior)
    now = condition_sql(project, part, members.c.id, moved.c.at)
    sign = case((now, f"{number}+"), else_=f"{number}-")
    return case((was != now, sign.concat(_kind(project, part, moved, now))), else_=null())


def _kind(project: Project, part: Condition, moved: CTE, now: ColumnElement[bool]) -> ColumnElement[Any]:
    match part:
        # More of them are there only by new ones, and fewer only because old ones fell out of the window.
        case EventCount(operator=">=" | ">"):
            return case((now, "event"), else_="time")
        case EventCount(operator="<=" | "<") | EventCount(operator="=", count=0):
            return case((now, "time"), else_="event")
        case EventCount(query=query) | EventSum(query=query) | DaysSince(query=query):
            return case((_happened(project, query, moved), "event"), else_="time")
        case WasSent() | IsFriend():
            return literal("event")
        case Top(query=query):
            return case((_happened(project, query, moved), "event"), else_="cut")
        case HasTag(tag=tag) | TagStrength(tag=tag):
            return case((_changed(tag, moved), "tag"), else_="time")
        case StageIs() | InSegment():
            return literal("refresh")
        case InJourney() | FinishedJourney():
            return literal("journey")
        case Rfm():
            return literal("cut")
        case _:
            return literal("time")


def _happened(project: Project, query: EventQuery, moved: CTE) -> ColumnElement[bool]:
    """Whether such an event came to lie between the two refreshes."""
    happened = events.alias()
    seen = Scope(project, members.c.id, moved.c.at).seen(happened, query)
    return exists(select(literal(1)).where(seen, happened.c.at > moved.c.prior))


def _changed(tag: str, moved: CTE) -> ColumnElement[bool]:
    grant = tags.alias()
    between = [
        and_(at > moved.c.prior, at <= moved.c.at)
        for at in (grant.c.granted_at, grant.c.expires_at, grant.c.removed_at)
    ]
    return exists(select(literal(1)).where(grant.c.member_id == members.c.id, grant.c.tag == tag, or_(*between)))


def _read(turned: str, segment: Segment) -> Iterator[Turn]:
    """What `_turned` says, as values."""
    parts = list(leaves(segment.is_.condition))
    for word in turned.split():
        number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        if not number:
            yield Turn(_KINDS[word])
        else:
            yield Turn(_KINDS[word.removeprefix(number)], parts[int(number[:-1])], number[-1] == "+")


_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}

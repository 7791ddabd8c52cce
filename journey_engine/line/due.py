"""Which intents are due, in the order in which they take what is scarce, as SQL; it judges none of them.

Due is what stands first in its visit, and what follows it there and may travel in the same request. A later message
whose step asks an `if:` waits till the earlier one is settled: what became of that one may be what it asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Send
from journey_engine.language.mentions import segments_of
from journey_engine.language.project import Project
from journey_engine.line.replying import fresh_token
from journey_engine.line.standing import instant, topic_of
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.operation import holds

# In this order they take what is scarce: caps and the month's quota.
TOPICS = ("transactional", "service", "news", "promotion")
_CARRIED = (
    "id",
    "enrolment_id",
    "member_id",
    "journey",
    "step",
    "message",
    "at",
    "expires_at",
    "entry",
    "alone",
    "free",
)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """After a restore: what was due up to `until` may have gone out before, and goes only if due in [start, end]."""

    until: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What one decision is asked: at most `most` intents at `now`.

    With `only_expired` nothing goes: what is too old is buried, the rest stays (the channel is held). With `only_free`
    only what a reply token carries goes (the month's quota is used up). With `members` (their numbers) it is about
    theirs alone.
    """

    now: datetime
    most: int
    only_expired: bool = False
    members: Sequence[int] | None = None
    only_free: bool = False
    doubtful: Doubtful | None = None


def due(connection: Connection, project: Project, asked: Question) -> CTE:
    """At most so many due intents with topic, position, and the fresh reply token of their member, if she gave one.

    `follows`: an earlier one of the visit stands before it.
    """
    now, stopped = instant(asked.now), _stopped(connection, project)
    heads = _heads(project, asked, stopped)
    columns = [heads.c[name] for name in _CARRIED]
    rows: Any = select(*columns, heads.c.topic, heads.c.head, false().label("follows"))
    if not asked.only_expired:
        rows = union_all(rows, _followers(project, now, stopped, heads))
    visits = rows.cte("visits")
    order = (visits.c.head, visits.c.at, visits.c.id)
    token = fresh_token(visits.c.member_id).label("token")
    position = func.row_number().over(order_by=order).label("position")
    kept = (column for column in visits.c if column.name != "head")
    return select(*kept, token, position).order_by(*order).limit(asked.most).cte("due").prefix_with("materialized")


def sends(project: Project) -> Iterator[tuple[str, str, Send]]:
    """Every step that sends, with its journey and name."""
    for name, journey in project.journeys.items():
        for step, what in all_steps(journey):
            if isinstance(what, Send):
                yield name, step, what


def of_members(column: ColumnElement[int], only: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """That a member is one of these; nothing if all are meant."""
    return [] if only is None else [column == func.any(literal(list(only), ARRAY(BigInteger)))]


def _stopped(connection: Connection, project: Project) -> tuple[list[str], list[str]]:
    """Journeys (held, paused, draft) and messages (held) of which nothing goes until that ends.

    A held segment holds the journeys that rest on it.
    """
    held: dict[str, set[str]] = {"journey": set(), "message": set(), "segment": set()}
    rows = connection.execute(
        select(holds.c.scope, holds.c.name).where(holds.c.released_at.is_(None), holds.c.scope.in_(held))
    )
    for scope, name in rows:
        held[scope].add(name)
    if held["segment"]:
        resting = ((name, segments_of(project, journey)) for name, journey in project.journeys.items())
        held["journey"].update(name for name, segments in resting if segments & held["segment"])
    held["journey"].update(name for name, journey in project.journeys.items() if journey.status in ("paused", "draft"))
    return sorted(held["journey"]), sorted(held["message"])


def _heads(project: Project, asked: Question, stopped: tuple[list[str], list[str]]) -> CTE:
    """The first open intent of each visit, if it is due."""
    now = instant(asked.now)
    topic = topic_of(project, intents.c.message)
    rank = case({name: place for place, name in enumerate(TOPICS)}, value=topic, else_=len(TOPICS))
    order = (rank, intents.c.priority.desc(), intents.c.at, intents.c.member_id, intents.c.id)
    expired = intents.c.expires_at <= now
    goes = _may_go(intents.c, now, stopped)
    if asked.only_free:
        goes = and_(goes, fresh_token(intents.c.member_id).is_not(None))
    columns = (*(intents.c[name] for name in _CARRIED), topic.label("topic"))
    return (
        select(*columns, func.row_number().over(order_by=order).label("head"))
        .where(
            intents.c.status == "pending",
            intents.c.at <= now,
            expired if asked.only_expired else or_(expired, goes),
            ~_waits_for_another(),
            *of_members(intents.c.member_id, asked.members),
        )
        .order_by(*order)
        .limit(asked.most)
        .cte("heads")
        .prefix_with("materialized")
    )


def _followers(
    project: Project, now: ColumnElement[datetime], stopped: tuple[list[str], list[str]], heads: CTE
) -> Select[Any]:
    """What comes behind a head in its visit, as far as nothing between stands still."""
    between = intents.alias("between")
    asks = [(journey, step) for journey, step, send in sends(project) if send.if_ is not None]

    def open_(row: Any) -> ColumnElement[bool]:
        unasked = tuple_(row.journey, row.step).not_in(asks) if asks else true()
        return and_(or_(row.expires_at <= now, _may_go(row, now, stopped)), unasked)

    stands_still = exists().where(
        between.c.enrolment_id == intents.c.enrolment_id,
        between.c.id != heads.c.id,
        _before(between.c, intents.c),
        or_(between.c.status == "frozen", and_(between.c.status == "pending", ~open_(between.c))),
    )
    columns = (*(intents.c[name] for name in _CARRIED), topic_of(project, intents.c.message).label("topic"))
    return select(*columns, heads.c.head, true()).where(
        intents.c.enrolment_id == heads.c.enrolment_id,
        intents.c.status == "pending",
        intents.c.at <= now,
        _before(heads.c, intents.c),
        open_(intents.c),
        ~stands_still,
    )


def _may_go(row: Any, now: ColumnElement[datetime], stopped: tuple[list[str], list[str]]) -> ColumnElement[bool]:
    waited = or_(row.not_before.is_(None), row.not_before <= now)
    return and_(waited, row.journey.not_in(stopped[0]), row.message.not_in(stopped[1]))


def _waits_for_another() -> ColumnElement[bool]:
    """Whether an earlier intent of the same enrolment is not settled yet."""
    earlier = intents.alias("earlier")
    return exists().where(
        earlier.c.enrolment_id == intents.c.enrolment_id,
        earlier.c.status.in_(("pending", "frozen")),
        _before(earlier.c, intents.c),
    )


def _before(one: Any, other: Any) -> ColumnElement[bool]:
    return or_(one.at < other.at, and_(one.at == other.at, one.id < other.id))

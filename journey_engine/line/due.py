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
    Integer,
    Select,
    Text,
    and_,
    bindparam,
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

from journey_engine.compiler.lookups import found_by
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Send
from journey_engine.language.mentions import segments_of
from journey_engine.language.project import Project
from journey_engine.line.replying import fresh_token
from journey_engine.line.standing import NOW, recipient_of, topic_of
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


# What is left open in a decision's statement, so that it is built once for a project, and not for every batch.
MOST = bindparam("most", type_=Integer)
MEMBERS = bindparam("members", type_=ARRAY(BigInteger))
Stopped = tuple[tuple[str, ...], tuple[str, ...]]  # journeys, messages


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

    @property
    def shape(self) -> tuple[bool, ...]:
        """What makes its statement another one, whatever it is asked about."""
        return self.only_expired, self.only_free, self.members is not None, self.doubtful is not None


def due(project: Project, asked: Question, stopped: Stopped) -> CTE:
    """At most so many due intents with topic, position, and their member's LINE user id and fresh reply token, if any.

    `follows`: an earlier one of the visit stands before it. `now` and `most` are left open (NOW, MOST).
    """
    heads = _heads(project, asked, stopped)
    columns = [heads.c[name] for name in _CARRIED]
    rows: Any = select(*columns, heads.c.topic, heads.c.head, false().label("follows"))
    if not asked.only_expired:
        rows = union_all(rows, _followers(project, stopped, heads))
    visits = rows.cte("visits")
    order = (visits.c.head, visits.c.at, visits.c.id)
    token = fresh_token(visits.c.member_id).label("token")
    recipient = recipient_of(visits.c.member_id).label("recipient")
    position = func.row_number().over(order_by=order).label("position")
    kept = (column for column in visits.c if column.name != "head")
    return select(*kept, token, recipient, position).order_by(*order).limit(MOST).cte("due")


def sends(project: Project) -> Iterator[tuple[str, str, Send]]:
    """Every step that sends, with its journey and name."""
    for name, journey in project.journeys.items():
        for step, what in all_steps(journey):
            if isinstance(what, Send):
                yield name, step, what


def of_members(column: ColumnElement[int], only: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """That a member is one of these; nothing if all are meant."""
    return [] if only is None else [column == func.any(literal(list(only), ARRAY(BigInteger)))]


def stopped(connection: Connection, project: Project) -> Stopped:
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
    return tuple(sorted(held["journey"])), tuple(sorted(held["message"]))


def _heads(project: Project, asked: Question, stopped: Stopped) -> CTE:
    """The first open intent of each visit, if it is due; at most so many, in order.

    However much is pending, of each message no more is read than there is room for, and of a topic nothing if those
    before it fill the decision.
    """
    if asked.members is not None:
        return _in_order([_hers(project, asked, stopped)])
    lanes = list[CTE]()
    waiting = _waiting()
    for rank, topic in enumerate((*TOPICS, None)):
        named = topic_of(project, waiting.c.message)
        wanted = select(waiting.c.message).where(named == topic if topic else named.is_(None)).cte(f"of_{rank}")
        one = (
            _open(asked, stopped, wanted.c.message, literal(topic, Text), literal(rank, Integer))
            .where(intents.c.message == wanted.c.message)
            .order_by(*_order(intents.c))
            .limit(MOST)
            .lateral()
        )
        left: Any = MOST
        for before in lanes:
            left = left - select(func.count()).select_from(before).scalar_subquery()
        lane = select(one).select_from(wanted.join(one, true())).order_by(*_order(one.c)).limit(func.greatest(left, 0))
        lanes.append(lane.cte(f"lane_{rank}").prefix_with("materialized"))
    return _in_order([select(lane) for lane in lanes])


def _waiting() -> CTE:
    """The messages of which something is pending; each is found by one look into the index."""
    pending = intents.c.status == "pending"
    first = select(intents.c.message).where(pending).order_by(intents.c.message).limit(1)
    found = select(first.scalar_subquery().label("message")).cte("waiting", recursive=True)
    after = select(intents.c.message).where(pending, intents.c.message > found.c.message)
    following = after.order_by(intents.c.message).limit(1).correlate(found).scalar_subquery()
    return found.union_all(select(following).where(found.c.message.is_not(None)))


def _hers(project: Project, asked: Question, stopped: Stopped) -> Select[Any]:
    topic = topic_of(project, intents.c.message)
    rank = case({name: place for place, name in enumerate(TOPICS)}, value=topic, else_=len(TOPICS))
    hers = intents.c.member_id == func.any(MEMBERS)
    return (
        _open(asked, stopped, intents.c.message, topic, rank).where(hers).order_by(rank, *_order(intents.c)).limit(MOST)
    )


def _open(asked: Question, stopped: Stopped, message: Any, topic: Any, rank: Any) -> Select[Any]:
    """Which intents are due and wait for no other of their visit."""
    expired = intents.c.expires_at <= NOW
    goes = _may_go(intents.c, stopped, message)
    if asked.only_free:
        goes = and_(goes, fresh_token(intents.c.member_id).is_not(None))
    waits = _waits_for_another()
    columns = (*(intents.c[name] for name in (*_CARRIED, "priority")), topic.label("topic"), rank.label("rank"))
    return (
        select(*columns, waits.c.waits.is_not(None).label("leads"))
        .join_from(intents, waits, true())
        .where(
            intents.c.status == "pending",
            intents.c.at <= NOW,
            expired if asked.only_expired else or_(expired, goes),
            waits.c.waits.is_not(True),
        )
    )


def _in_order(lanes: Sequence[Select[Any]]) -> CTE:
    rows = (union_all(*lanes) if len(lanes) > 1 else lanes[0]).subquery("lanes")
    head = func.row_number().over(order_by=(rows.c.rank, *_order(rows.c))).label("head")
    return select(rows, head).cte("heads").prefix_with("materialized")


def _order(row: Any) -> tuple[Any, ...]:
    return row.priority.desc(), row.at, row.member_id, row.id


def _followers(project: Project, stopped: Stopped, heads: CTE) -> Select[Any]:
    """What comes behind a head in its visit, as far as nothing between stands still."""
    between = intents.alias("between")
    asks = [(journey, step) for journey, step, send in sends(project) if send.if_ is not None]

    def open_(row: Any) -> ColumnElement[bool]:
        unasked = tuple_(row.journey, row.step).not_in(asks) if asks else true()
        return and_(or_(row.expires_at <= NOW, _may_go(row, stopped, row.message)), unasked)

    stands_still = (
        exists()
        .where(
            between.c.enrolment_id == intents.c.enrolment_id,
            between.c.id != heads.c.id,
            _before(between.c, intents.c),
            or_(between.c.status == "frozen", and_(between.c.status == "pending", ~open_(between.c))),
        )
        .correlate(intents, heads)
    )
    columns = (*(intents.c[name] for name in _CARRIED), topic_of(project, intents.c.message).label("topic"))
    follows = select(*columns).where(
        intents.c.enrolment_id == heads.c.enrolment_id,
        intents.c.status == "pending",
        intents.c.at <= NOW,
        _before(heads.c, intents.c),
        open_(intents.c),
        ~stands_still,
    )
    behind = found_by(follows, "behind")  # behind each head by itself: all that is pending may be much
    return select(behind, heads.c.head, true()).select_from(heads.join(behind, true())).where(heads.c.leads)


def _may_go(row: Any, stopped: Stopped, message: Any) -> ColumnElement[bool]:
    waited = or_(row.not_before.is_(None), row.not_before <= NOW)
    return and_(waited, row.journey.not_in(stopped[0]), message.not_in(stopped[1]))


def _waits_for_another() -> Any:
    """True if an earlier intent of the same enrolment is not settled yet, false if only later ones are not, else null.

    Looked up for each that is read: Postgres shall not compare all that is pending. Asked whether it is true, Postgres
    expects half of them to wait; asked whether it is null, all but a few, and then it reads and sorts all that is
    pending, for it does not believe that a stretch of the index will do.
    """
    other = intents.alias("other")
    return (
        select(func.bool_or(_before(other.c, intents.c)).label("waits"))
        .where(
            other.c.enrolment_id == intents.c.enrolment_id,
            other.c.status.in_(("pending", "frozen")),
            other.c.id != intents.c.id,
        )
        .correlate(intents)
        .lateral("others")
    )


def _before(one: Any, other: Any) -> ColumnElement[bool]:
    return or_(one.at < other.at, and_(one.at == other.at, one.id < other.id))

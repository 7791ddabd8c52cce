"""The intents that stand first in their visits, in the order in which they take what is scarce, as SQL; it judges none.

However much is pending, of each message no more is read than there is room for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)

from journey_engine.language.project import Project
from journey_engine.line.asking import CARRIED, MEMBERS, MOST, STOPPED_JOURNEYS, STOPPED_MESSAGES, TOPICS, Question
from journey_engine.line.replying import fresh_token
from journey_engine.line.standing import NOW, topic_of
from journey_engine.store.tables.delivery import intents

Messages = tuple[str, ...]
# Of so many messages the statement names each, and Postgres merges what it reads of them in order: half of two is read.
_MERGED = range(2, 9)
_WORTH = 1_000  # intents pending, and in a decision, from which on this is worth a statement of its own


def heads(project: Project, asked: Question, named: Messages = ()) -> CTE:
    """The first open intent of each visit, if it is due; at most so many, in order.

    Of a topic nothing is read if those before it fill the decision. `named`: all messages of which something is
    pending, where `waiting_messages` tells them.
    """
    if asked.members is not None:
        return _in_order([_hers(project, asked)])
    lanes = list[CTE]()
    waiting = _waiting()
    used = {message.topic for message in project.messages.values()}
    for rank, topic in enumerate((*TOPICS, None)):
        if topic is not None and topic not in used:
            continue
        labels = literal(topic, Text), literal(rank, Integer)
        if named:
            told = [name for name in named if _topic(project, name) == topic]
            if not told:
                continue
            one = union_all(*(_of_one(asked, literal(name, Text), *labels) for name in told)).subquery()
            rows = select(one)
        else:
            meant = topic_of(project, waiting.c.message)
            wanted = select(waiting.c.message).where(meant == topic if topic else meant.is_(None)).cte(f"of_{rank}")
            one = _of_one(asked, wanted.c.message, *labels).lateral()
            rows = select(one).select_from(wanted.join(one, true()))
        left: Any = MOST
        for before in lanes:
            left = left - select(func.count()).select_from(before).scalar_subquery()
        lane = rows.order_by(*_order(one.c)).limit(func.greatest(left, 0))
        lanes.append(lane.cte(f"lane_{rank}").prefix_with("materialized"))
    return _in_order([select(lane) for lane in lanes])


def waiting_messages(connection: Connection, asked: Question) -> Messages:
    """The messages of which something is pending, where a decision is large and they are some and not many.

    They change all the time, and with each set of them the statement: to compile it takes longer than a small decision.
    """
    if asked.most < _WORTH or asked.members is not None:
        return ()
    if connection.scalar(_PENDING, {"enough": _WORTH}) < _WORTH:
        return ()
    found = tuple(name for name in connection.scalars(_WAITING) if name is not None)
    return found if len(found) in _MERGED else ()


def _topic(project: Project, message: str) -> str | None:
    return project.messages[message].topic if message in project.messages else None


def _of_one(asked: Question, message: Any, topic: Any, rank: Any) -> Select[Any]:
    """Of one message, in order: a stretch of an index."""
    rows = _open(asked, message, topic, rank).where(intents.c.message == message)
    return rows.order_by(*_order(intents.c)).limit(MOST)


def _waiting() -> CTE:
    """The messages of which something is pending; each is found by one look into the index."""
    pending = intents.c.status == "pending"
    first = select(intents.c.message).where(pending).order_by(intents.c.message).limit(1)
    found = select(first.scalar_subquery().label("message")).cte("waiting", recursive=True)
    after = select(intents.c.message).where(pending, intents.c.message > found.c.message)
    following = after.order_by(intents.c.message).limit(1).correlate(found).scalar_subquery()
    return found.union_all(select(following).where(found.c.message.is_not(None)))


_WAITING = select(_waiting().c.message)
_PENDING = text("select count(*) from (select from intents where status = 'pending' limit :enough) found")


def _hers(project: Project, asked: Question) -> Select[Any]:
    topic = topic_of(project, intents.c.message)
    rank = case({name: place for place, name in enumerate(TOPICS)}, value=topic, else_=len(TOPICS))
    hers = intents.c.member_id == func.any(MEMBERS)
    return _open(asked, intents.c.message, topic, rank).where(hers).order_by(rank, *_order(intents.c)).limit(MOST)


def _open(asked: Question, message: Any, topic: Any, rank: Any) -> Select[Any]:
    """Which intents are due and wait for no other of their visit."""
    expired = intents.c.expires_at <= NOW
    goes = may_go(intents.c, message)
    if asked.only_free:
        goes = and_(goes, fresh_token(intents.c.member_id).is_not(None))
    waits = _waits_for_another()
    columns = (*(intents.c[name] for name in (*CARRIED, "priority")), topic.label("topic"), rank.label("rank"))
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


def may_go(row: Any, message: Any) -> ColumnElement[bool]:
    """Whether an intent is not put off, and neither its journey nor its message is stopped."""
    waited = or_(row.not_before.is_(None), row.not_before <= NOW)
    return and_(waited, row.journey != func.all(STOPPED_JOURNEYS), message != func.all(STOPPED_MESSAGES))


def _waits_for_another() -> Any:
    """True if an earlier intent of the same enrolment is not settled yet, false if only later ones are not, else null.

    Looked up for each that is read: Postgres shall not compare all that is pending. Asked whether it is true, Postgres
    expects half of them to wait; asked whether it is null, all but a few, and then it reads and sorts all that is
    pending, for it does not believe that a stretch of the index will do.
    """
    other = intents.alias("other")
    return (
        select(func.bool_or(stands_before(other.c, intents.c)).label("waits"))
        .where(
            other.c.enrolment_id == intents.c.enrolment_id,
            other.c.status.in_(("pending", "frozen")),
            other.c.id != intents.c.id,
        )
        .correlate(intents)
        .lateral("others")
    )


def stands_before(one: Any, other: Any) -> ColumnElement[bool]:
    """Whether one intent of a visit comes before the other."""
    return or_(one.at < other.at, and_(one.at == other.at, one.id < other.id))

"""Who may still get what was meant for them, as SQL: the reasons that lie in the member; it decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, case, exists, func, literal, null, or_, select
from sqlalchemy.sql.elements import KeyedColumnElement

from journey_engine.compiler.conditions import normal_end
from journey_engine.compiler.replies import may_reply
from journey_engine.language.project import Project
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import consents, friendships, identities, members, merges

NOW = bindparam("now", type_=INSTANT)  # the business instant of a statement that is built once and asked often
Columns = Any  # the columns of an alias of intents, or of a subquery over it
Case = tuple[ColumnElement[bool], str]


def recipient_of(member: KeyedColumnElement[int]) -> ColumnElement[str | None]:
    """The LINE user id of a member; null if none is known. Of several the one followed last, of those not blocked."""
    i = identities.c
    rank = (func.coalesce(i.status == "blocked", False), i.status.is_(None), i.changed_at.desc().nulls_last(), i.value)
    return select(i.value).where(i.kind == "line", i.member_id == member).order_by(*rank).limit(1).scalar_subquery()


def instant(now: datetime) -> ColumnElement[datetime]:
    """`now` as a bound timestamptz."""
    return literal(now, INSTANT)


def gone(enrolment: FromClause) -> ColumnElement[bool]:
    """Whether an enrolment ended otherwise than by coming to an end of its path (`finished`, `stop: …`, `go_to: …`)."""
    normal = func.coalesce(normal_end(enrolment.c.end_reason), False)
    return or_(enrolment.c.id.is_(None), and_(enrolment.c.ended_at.is_not(None), normal.is_(False)))


def against_sending(
    intent: Columns,
    topic: ColumnElement[str | None],
    now: ColumnElement[datetime],
    known: ColumnElement[bool] | None = None,
) -> list[Case]:
    """Why an intent must not go to its member at `now`, in the order in which the reasons count.

    `known`: whether LINE knows the member, where the statement has found that out already.
    Expects `intent`, `members` and `enrolments` in the FROM of the statement (both outer joined).
    """
    consent = exists().where(
        consents.c.member_id == intent.member_id, consents.c.topic == topic, consents.c.granted.is_(False)
    )
    friend = exists().where(friendships.c.member_id == intent.member_id, friendships.c.status == "friend")
    # LINE lets anybody be replied to who writes, whether we ever heard of the follow or not.
    writes = and_(intent.enrolment_id.is_(None), may_reply(intent.member_id))
    if known is None:
        known = exists().where(identities.c.kind == "line", identities.c.member_id == intent.member_id)
    return [
        (or_(members.c.id.is_(None), members.c.erased_at <= now), "erased"),
        (and_(intent.enrolment_id.is_not(None), gone(enrolments)), "left"),
        (and_(intent.enrolment_id.is_not(None), _sent_in_a_merged_visit(intent)), "merged"),
        (intent.expires_at <= now, "expired"),
        (~and_(known, or_(friend, writes)), "not a friend"),
        (consent, "no consent"),
        (and_(intent.enrolment_id.is_(None), intent.free, ~may_reply(intent.member_id)), "no reply token"),
    ]


def _sent_in_a_merged_visit(intent: Columns) -> ColumnElement[bool]:
    """Whether a visit that ended because two profiles became one sent the same step's message while hers was open."""
    twin, sent = enrolments.alias("twin"), intents.alias("sent_by_twin")
    same = and_(twin.c.member_id == intent.member_id, twin.c.journey == intent.journey, twin.c.end_reason == "merged")
    beside = and_(twin.c.entry_key == enrolments.c.entry_key, twin.c.ended_at >= enrolments.c.entered_at)
    went = and_(sent.c.enrolment_id == twin.c.id, sent.c.step == intent.step)
    taken = sent.c.status.in_(("frozen", "accepted", "unknown"))
    # Asked first, as few were ever merged.
    was_merged = exists().where(merges.c.survivor_id == intent.member_id)
    return and_(was_merged, exists().where(same, beside, went, taken))


def first_reason(cases: list[Case]) -> ColumnElement[str | None]:
    """The first reason that holds, null if none does."""
    return case(*((condition, literal(reason)) for condition, reason in cases), else_=null())


def topic_of(project: Project, message: ColumnElement[str]) -> ColumnElement[str | None]:
    """The topic of a message as the project has it; null for a message it does not have."""
    topics = {name: each.topic for name, each in project.messages.items()}
    return case(topics, value=message, else_=null()) if topics else literal(None)

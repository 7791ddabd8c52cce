"""Who may still get what was meant for them, as SQL: the reasons that lie in the member; it decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, case, exists, func, literal, null, or_, select
from sqlalchemy.sql.elements import KeyedColumnElement

from journey_engine.compiler.conditions import normal_end
from journey_engine.compiler.lookups import looked_up
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
    """The LINE user id of a member; null if none is known. Of several the one followed last, of those not blocked.

    Nearly everybody has one, and costs no sort.
    """
    i = identities.c
    rank = (func.coalesce(i.status == "blocked", False), i.status.is_(None), i.changed_at.desc().nulls_last(), i.value)
    hers = i.kind == "line", i.member_id == member
    first = select(i.value).where(*hers).order_by(*rank).limit(1).correlate_except(identities).scalar_subquery()
    # `max` because only of one value it is asked.
    return select(case((func.count() <= 1, func.max(i.value)), else_=first)).where(*hers).scalar_subquery()


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
    member: FromClause = members,
    enrolment: FromClause = enrolments,
    few: bool = False,
) -> list[Case]:
    """Why an intent must not go to its member at `now`, in the order in which the reasons count.

    `known`: whether LINE knows the member, where the statement has found that out already. `few`: they are few of many.
    Expects `intent`, `member` and `enrolment` in the FROM of the statement (both outer joined).
    """
    consent = _found(
        few, consents.c.member_id == intent.member_id, consents.c.topic == topic, consents.c.granted.is_(False)
    )
    friend = _found(few, friendships.c.member_id == intent.member_id, friendships.c.status == "friend")
    # LINE lets anybody be replied to who writes, whether we ever heard of the follow or not.
    writes = and_(intent.enrolment_id.is_(None), may_reply(intent.member_id))
    if known is None:
        known = exists().where(identities.c.kind == "line", identities.c.member_id == intent.member_id)
    return [
        (or_(member.c.id.is_(None), member.c.erased_at <= now), "erased"),
        (and_(intent.enrolment_id.is_not(None), gone(enrolment)), "left"),
        (and_(intent.enrolment_id.is_not(None), _sent_in_a_merged_visit(intent, enrolment, few)), "merged"),
        (intent.expires_at <= now, "expired"),
        (~and_(known, or_(friend, writes)), "not a friend"),
        (consent, "no consent"),
        (and_(intent.enrolment_id.is_(None), intent.free, ~may_reply(intent.member_id)), "no reply token"),
    ]


def _sent_in_a_merged_visit(intent: Columns, enrolment: FromClause, few: bool) -> ColumnElement[bool]:
    """Whether a visit that ended because two profiles became one sent the same step's message while hers was open."""
    twin, sent = enrolments.alias("twin"), intents.alias("sent_by_twin")
    same = and_(twin.c.member_id == intent.member_id, twin.c.journey == intent.journey, twin.c.end_reason == "merged")
    beside = and_(twin.c.entry_key == enrolment.c.entry_key, twin.c.ended_at >= enrolment.c.entered_at)
    went = and_(sent.c.enrolment_id == twin.c.id, sent.c.step == intent.step)
    taken = sent.c.status.in_(("frozen", "accepted", "unknown"))
    # Asked first, as few were ever merged.
    was_merged = _found(few, merges.c.survivor_id == intent.member_id)
    return and_(was_merged, exists().where(same, beside, went, taken))


def _found(few: bool, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row.

    Of `exists`, Postgres may read the whole table once, which is right for a wave; for few, each is looked up.
    """
    return looked_up(select(literal(1)).where(*where)) if few else exists().where(*where)


def first_reason(cases: list[Case]) -> ColumnElement[str | None]:
    """The first reason that holds, null if none does."""
    return case(*((condition, literal(reason)) for condition, reason in cases), else_=null())


def topic_of(project: Project, message: ColumnElement[str]) -> ColumnElement[str | None]:
    """The topic of a message as the project has it; null for a message it does not have."""
    topics = {name: each.topic for name, each in project.messages.items()}
    return case(topics, value=message, else_=null()) if topics else literal(None)

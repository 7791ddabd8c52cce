"""What a member's preview needs of the database: her values, and what stands against sending to her; it writes none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, select

from journey_engine.explaining.members import Member
from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.line import coupons
from journey_engine.line.filling import values_of
from journey_engine.line.quiet import quiet_until
from journey_engine.saying.reasons import unsent
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.operation import holds
from journey_engine.store.tables.people import consents, friendships, identities, members


def values_for(connection: Connection, member: Member, message: str, now: datetime) -> dict[str, Any]:
    """Her attributes, and what her latest visit that led to this message brought along: its entry, and her codes."""
    attributes = connection.scalar(select(members.c.attributes).where(members.c.id == member.id))
    latest = (
        select(intents.c.entry, intents.c.codes)
        .where(intents.c.member_id == member.id, intents.c.message == message)
        .order_by(intents.c.id.desc())
        .limit(1)
    )
    found = connection.execute(latest).first()
    if found is None:
        return values_of(attributes, None)
    return {**values_of(attributes, found.entry), **coupons.values_of(found.codes or {}, now)}


def against(
    connection: Connection, project: Project, member: Member, message: Message, now: datetime
) -> Iterator[Words]:
    """Why she would not get this message at `now` (aware), apart from its values. Caps and quota are left aside.

    Both depend on what else goes out at the same time, and are decided then.
    """
    if member.erased_at is not None and member.erased_at <= now:
        yield _told("erased")
    if not connection.scalar(select(_is_friend(member.id))):
        yield _told("not a friend")
    withheld = exists().where(
        consents.c.member_id == member.id, consents.c.topic == message.topic, consents.c.granted.is_(False)
    )
    if connection.scalar(select(withheld)):
        yield _told("no consent")
    held = select(holds.c.reason).where(
        holds.c.released_at.is_(None), holds.c.scope == "message", holds.c.name == message.message
    )
    for reason in connection.scalars(held):
        yield Words(f"這則訊息被攔下：{reason}", f"This message is held: {reason}")
    quiet = project.policy.quiet_hours
    end = None if quiet is None else quiet_until(now, member.zone, quiet)
    if end is not None:
        local = end.astimezone(member.zone)
        yield Words(f"現在是勿擾時段，等到 {local:%H:%M}", f"Quiet hours now, till {local:%H:%M}")


def _told(reason: str) -> Words:
    why = unsent(reason)
    return Words(f"不會送出：{why.zh}", f"Not sent: {why.en}")


def _is_friend(member: int) -> Any:
    known = select(func.count()).where(identities.c.kind == "line", identities.c.member_id == member).scalar_subquery()
    friend = exists().where(friendships.c.member_id == member, friendships.c.status == "friend")
    return (known > 0) & friend

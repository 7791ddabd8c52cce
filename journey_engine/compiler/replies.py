"""Whether LINE would take a reply to a member now, as SQL; it claims no token.

A reply token's age is of the database's own clock, whatever the business clock shows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, cast, exists, func, literal
from sqlalchemy.types import Interval

from journey_engine.store.tables.delivery import reply_tokens

# LINE: within a minute of the event (Messaging API reference, “Reply token”); the rest is for the way there.
FRESH_SECONDS = 45


def may_reply(member: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the member gave a token that nobody used, at most 45 s ago by the database's clock."""
    token = reply_tokens.c
    return exists().where(token.member_id == member, token.used_at.is_(None), token.issued_at > fresh_since())


def fresh_since() -> ColumnElement[Any]:
    """Since when a token must have been given."""
    return func.clock_timestamp() - cast(literal(f"{FRESH_SECONDS} seconds"), Interval)

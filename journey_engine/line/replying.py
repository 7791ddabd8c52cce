"""Reply tokens: what LINE gives with an event to answer it, free of charge, once and within a minute; it sends nothing.

A token is claimed by one request, in the transaction that freezes it. LINE takes no retry key with a reply:
one that is refused is sent anew as a push, of one that is unclear nobody will ever know. A request that LINE's limits
or a door that never opened kept away did not take its token: it carries what is decided next, while it is fresh.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select, text

from journey_engine.compiler.replies import fresh_since, may_reply
from journey_engine.store.tables.delivery import reply_tokens

_CLAIM = text("""
update reply_tokens set used_at = clock_timestamp()
where token = any(cast(:tokens as text[])) and used_at is null returning token
""")
_SPENT = text("""
update reply_tokens t set request_id = g.request_id
from unnest(cast(:tokens as text[]), cast(:requests as bigint[])) as g (token, request_id) where t.token = g.token
""")
_GIVE_BACK = text("""
update reply_tokens set used_at = null, request_id = null where request_id = any(cast(:requests as bigint[]))
""")
# Nobody asks for a token after its minute; a day is for those who look at what happened.
_FORGET = text("delete from reply_tokens where issued_at < clock_timestamp() - interval '1 day'")


def fresh_token(member: ColumnElement[int]) -> ColumnElement[str | None]:
    """The newest token of a member's that nobody used, at most 45 seconds old by the database's clock; else null.

    Few have one: those who have none cost no sort.
    """
    found: Any = (
        select(reply_tokens.c.token)
        .where(
            reply_tokens.c.member_id == member,
            reply_tokens.c.used_at.is_(None),
            reply_tokens.c.issued_at > fresh_since(),
        )
        .order_by(reply_tokens.c.issued_at.desc(), reply_tokens.c.token)
        .limit(1)
    )
    return case((may_reply(member), found.scalar_subquery()))


def claim(connection: Connection, tokens: Collection[str]) -> set[str]:
    """Use these tokens, each for one request; those among them that nobody else had used."""
    return set(connection.scalars(_CLAIM, {"tokens": sorted(tokens)})) if tokens else set()


def spend(connection: Connection, requests: Mapping[str, int]) -> None:
    """Write down which request each claimed token went into."""
    if requests:
        connection.execute(_SPENT, {"tokens": list(requests), "requests": list(requests.values())})


def give_back(connection: Connection, requests: Collection[int]) -> None:
    """Let the tokens of these requests be used again: LINE never looked at them."""
    if requests:
        connection.execute(_GIVE_BACK, {"requests": sorted(requests)})


def forget(connection: Connection) -> None:
    """Delete tokens that are long out of use."""
    connection.execute(_FORGET)

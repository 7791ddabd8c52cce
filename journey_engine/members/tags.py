"""Tags given and taken by people and imports, set by set; journeys' own tag steps are not here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, literal, or_, select, update

from journey_engine.compiler import calendar
from journey_engine.language.written import TagGrant
from journey_engine.members.members import ARRIVED
from journey_engine.store.tables.people import alive, identities, members, tags


def who(kind: str, identity_values: Sequence[str]) -> Select[Any]:
    """The members known by these identities, as a select of their ids; unknown values name nobody."""
    return select(identities.c.member_id).where(
        identities.c.kind == kind, identities.c.value.in_(list(identity_values))
    )


def grant(connection: Connection, whom: Select[Any], given: TagGrant, source: str, zone: str, now: datetime) -> int:
    """Give each member of `whom` the tag from `now` on; returns how many got it.

    A grant that lasts expires after its length in the member's own zone (`zone`: the business zone for those without).
    `source` says who gave it: `operator NAME`, `import FEED`.
    """
    chosen = whom.subquery("chosen")
    own = func.coalesce(members.c.zone, literal(zone))
    until = (
        calendar.plus(literal(now, calendar.INSTANT), given.lasts, own)
        if given.lasts
        else literal(None, calendar.INSTANT)
    )
    rows = (
        select(members.c.id, literal(given.tag), literal(given.strength), literal(now), until, literal(source))
        .join(chosen, chosen.c[0] == members.c.id)
        .where(alive(members))
    )
    into = ["member_id", "tag", "strength", "granted_at", "expires_at", "source"]
    statement = insert(tags).from_select(into, rows)
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def remove(connection: Connection, whom: Select[Any], tag: str, now: datetime) -> int:
    """End at `now` the grants of the tag that are in force for `whom`; returns how many grants ended."""
    in_force = or_(tags.c.expires_at.is_(None), tags.c.expires_at > now)
    statement = (
        update(tags)
        .values(removed_at=now, arrived=ARRIVED)
        .where(tags.c.tag == tag, tags.c.removed_at.is_(None), tags.c.granted_at <= now, in_force)
        .where(tags.c.member_id.in_(whom))
    )
    return connection.execute(statement).rowcount

"""Members by their identities: creating them and binding further identities, set by set; it merges no two profiles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Text,
    TextualSelect,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    text,
    values,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.members import erased
from journey_engine.store.tables.people import identities, members

# A row that is changed arrives anew: passes read what arrived since their last look.
ARRIVED = text("(pg_current_xact_id()::text)::bigint")


def create_unknown(connection: Connection, kind: str, wanted: Select[tuple[str]] | TextualSelect, now: datetime) -> int:
    """Make a member for each distinct value of `wanted` (one text column) that no identity of this kind has.

    Returns how many were made. Values are known for good afterwards: all have a member, but those of people who were
    erased, who get none.
    """
    sought = wanted.subquery("sought")
    value = next(iter(sought.c))
    known = select(identities.c.value).where(identities.c.kind == kind, identities.c.value == value).exists()
    erased_too = erased.pads(connection)
    stays: list[Any] = []
    if erased_too is not None:
        whose = erased.is_erased("cast(:erased_kind as text)", f'sought."{value.name}"')
        stays = [erased.bound(f"not {whose}").bindparams(erased_kind=kind, **erased_too)]
    unknown = select(value.label("value")).where(value.is_not(None), ~known, *stays).distinct().cte("unknown")
    key = func.left(func.encode(func.sha256(func.convert_to(literal(f"{kind}:") + unknown.c.value, "UTF8")), "hex"), 32)
    rows = select(key, literal(now), literal(now)).order_by(unknown.c.value)
    made = (
        insert(members)
        .from_select(["member_key", "created_at", "changed_at"], rows)
        .returning(members.c.id, members.c.member_key)
        .cte("made")
    )
    bound = select(literal(kind), unknown.c.value, made.c.id).join(made, made.c.member_key == key)
    statement = insert(identities).from_select(["kind", "value", "member_id"], bound.select_from(unknown))
    return connection.execute(statement.add_cte(unknown), execution_options={"preserve_rowcount": True}).rowcount


def bind(connection: Connection, known_by: str, kind: str, pairs: Mapping[str, str]) -> int:
    """Give members a further identity: `pairs` maps their `known_by` value to the new value of `kind`.

    Returns how many were bound; a value that is somebody's already stays theirs, an unknown member is passed over.
    """
    if not pairs:
        return 0
    listed = values(column("own", Text), column("further", Text), name="listed").data(list(pairs.items()))
    found = (
        select(literal(kind), cast(listed.c.further, Text), identities.c.member_id)
        .join(identities, identities.c.value == listed.c.own)
        .where(identities.c.kind == known_by)
    )
    statement = upsert(identities).from_select(["kind", "value", "member_id"], found).on_conflict_do_nothing()
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount

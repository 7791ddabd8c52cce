"""Members by their identities: creating them and binding further identities, set by set; it merges no two profiles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    Text,
    TextualSelect,
    cast,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    values,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler.lookups import looked_up
from journey_engine.members import erased
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import identities, members

# A row that is changed arrives anew: passes read what arrived since their last look.
ARRIVED = text("(pg_current_xact_id()::text)::bigint")
# Numbers are taken before there are members: were those who are unknown joined to what was made of them, Postgres would
# compare each with all, where it takes them for few.
_NEXT = func.nextval(literal_column("'members_id_seq'::regclass"), type_=BigInteger)
_MADE = text("overriding system value select id, key, :made, :made from unknown").columns(
    column("id", BigInteger), column("key", Text), column("created_at", INSTANT), column("changed_at", INSTANT)
)


def create_unknown(connection: Connection, kind: str, wanted: Select[tuple[str]] | TextualSelect, now: datetime) -> int:
    """Make a member for each distinct value of `wanted` (one text column) that no identity of this kind has.

    Returns how many were made. Values are known for good afterwards: all have a member, but those of people who were
    erased, who get none.
    """
    every = wanted.subquery("every")
    told = next(iter(every.c))
    # A file names a member in many rows: she is looked up once.
    sought = select(told.label("value")).where(told.is_not(None)).distinct().subquery("sought")
    value = sought.c.value
    known = looked_up(select(identities.c.value).where(identities.c.kind == kind, identities.c.value == value))
    erased_too = erased.pads(connection)
    stays: list[Any] = []
    if erased_too is not None:
        whose = erased.is_erased("cast(:erased_kind as text)", "sought.value")
        stays = [erased.bound(f"not {whose}").bindparams(erased_kind=kind, **erased_too)]
    new = select(value).where(~known, *stays).order_by(value).subquery("new")
    key = func.left(func.encode(func.sha256(func.convert_to(literal(f"{kind}:") + new.c.value, "UTF8")), "hex"), 32)
    unknown = select(_NEXT.label("id"), new.c.value, key.label("key")).cte("unknown").prefix_with("materialized")
    made = insert(members).from_select(["id", "member_key", "created_at", "changed_at"], _MADE.bindparams(made=now))
    bound = select(literal(kind), unknown.c.value, unknown.c.id)
    statement = insert(identities).from_select(["kind", "value", "member_id"], bound)
    statement = statement.add_cte(unknown).add_cte(made.cte("made"))
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


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

"""Rows of a delta that say what is no more: events of their key and what the feed said of a member; it undoes no step.

A row that `deleted` picks takes back the event with its key, whichever file brought it and whichever row of a file came
first. The event goes to `retracted_events`: no condition, goal or figure sees it from then on, and what it led to until
then (a visit, a message, a tag) stays, as with whatever arrives late. Its key stays known, so that no older file brings
it again; nor does one that comes after its deletion. If the last row about a member is a deleted one, the attributes
and the zone that the feed brings are taken away. Who she is and what she allowed are never taken away by a missing row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    Text,
    cast,
    column,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, array

from journey_engine.data import casts
from journey_engine.data.good_rows import with_member
from journey_engine.data.staging import ROW
from journey_engine.language.catalog import Schema
from journey_engine.language.feed import BringsEvent, BringsMember, Feed, key_properties
from journey_engine.members.members import ARRIVED
from journey_engine.store.tables.people import members

# Rows that took something back or cleared something: they have landed.
TAKEN: Final = table("taken_rows", column("row", BigInteger))
_WANTED = table("taken_back", column("row"), column("key"), column("member_id"), column("wanted"))
_RETRACT = text("""
with gone as (
    delete from events e using (select distinct on (key) * from taken_back order by key, row) t
    where e.member_id = t.member_id and e.name = :event and e.source = :source and e.properties @> t.wanted
    returning t.row, e.*),
noted as (insert into taken_rows select row from gone),
touched as (
    update members m set arrived = (pg_current_xact_id()::text)::bigint
    where m.id in (select member_id from gone))
insert into retracted_events
    (id, member_id, name, at, of, value, properties, source, batch_id, retracted_at, retracted_by)
select id, member_id, name, at, of, value, properties, source, batch_id, :now, :batch from gone
""")
# A key that never came is known as well: the row that would bring it is older than its deletion.
_KEYS = text("""
with added as (
    insert into event_keys (source, key) select distinct :source, key from taken_back order by key
    on conflict do nothing returning key)
insert into taken_rows select min(t.row) from taken_back t join added using (key) group by t.key
""")


def take_back(
    connection: Connection, feed: Feed, schema: Schema, batch: int, staged: Table, now: datetime
) -> dict[str, int]:
    """Take back what the good rows say is deleted; returns how many events and members' rows, for the batch's counts.

    Of a feed that has `deleted:`, the rows that did so are in TAKEN afterwards, until the commit.
    """
    if feed.deleted is None:
        return {}
    connection.execute(text("create temp table taken_rows (row bigint) on commit drop"))
    counts = {"retracted": sum(_events(connection, feed, schema, brings, batch, staged, now) for brings in feed.brings)}
    if feed.members is not None:
        counts["cleared"] = _members(connection, feed, feed.members, batch, staged, now)
    return {name: count for name, count in counts.items() if count}


def clear(connection: Connection, said: BringsMember, whose: Select[Any], now: datetime) -> list[int]:
    """Take from members (ids) the attributes and the zone that a feed brings; returns those who had any."""
    names = cast(array([literal(name) for name in said.attributes], type_=Text), ARRAY(Text))
    has = [members.c.attributes.op("?|")(names)] if said.attributes else []
    has += [members.c.zone.is_not(None)] if said.zone else []
    if not has:
        return []
    kept = members.c.attributes.op("-")(names) if said.attributes else members.c.attributes
    statement = (
        update(members)
        .values(attributes=kept, zone=None if said.zone else members.c.zone, changed_at=now, arrived=ARRIVED)
        .where(members.c.id.in_(whose), or_(*has))
        .returning(members.c.id)
    )
    return list(connection.execute(statement).scalars())


def _events(
    connection: Connection, feed: Feed, schema: Schema, brings: BringsEvent, batch: int, staged: Table, now: datetime
) -> int:
    told = with_member(staged, batch, feed, deleted=True)
    connection.execute(
        text("create temp table taken_back (row bigint, key text, member_id bigint, wanted jsonb) on commit drop")
    )
    columns = {each.name: each for each in told.columns}
    rows = select(told.c[ROW], key_of(brings, told), told.c["_member"], _wanted(feed, schema, brings, told))
    if brings.where:
        rows = rows.where(casts.chosen(brings.where, columns, feed.format.decimal))
    connection.execute(insert(_WANTED).from_select(["row", "key", "member_id", "wanted"], rows))
    bound = {"event": brings.event, "source": feed.feed, "now": now, "batch": batch}
    taken = connection.execute(_RETRACT, bound, execution_options={"preserve_rowcount": True}).rowcount
    connection.execute(_KEYS, {"source": feed.feed})
    connection.execute(text("drop table taken_back"))
    return taken


def key_of(brings: BringsEvent, told: Subquery) -> ColumnElement[str]:
    """An event's identity by its key columns, as it stands in `event_keys`."""
    names = brings.key or ((brings.one_per,) if brings.one_per else ())
    return func.concat_ws("\x1f", brings.event, *(told.c[name] for name in names))


def _wanted(feed: Feed, schema: Schema, brings: BringsEvent, told: Subquery) -> ColumnElement[Any]:
    """The properties by which the event is found among the member's."""
    kind = schema.events.get(brings.event)
    types = kind.properties if kind is not None else {}
    parts: list[Any] = []
    for name, source in (key_properties(brings, kind) or {}).items():
        value = casts.canonical(told.c[source], types.get(name, "text"), feed.format.decimal)
        parts += [cast(literal(name), Text), value]
    return cast(func.jsonb_build_object(*parts), JSONB)


def _members(connection: Connection, feed: Feed, said: BringsMember, batch: int, staged: Table, now: datetime) -> int:
    gone, there = with_member(staged, batch, feed, deleted=True), with_member(staged, batch, feed)
    last = select(gone.c["_member"], func.max(gone.c[ROW]).label("row")).group_by(gone.c["_member"]).subquery("last")
    later = select(there.c[ROW]).where(there.c["_member"] == last.c["_member"], there.c[ROW] > last.c.row).exists()
    cleared = clear(connection, said, select(last.c["_member"]).where(~later), now)
    if cleared:
        rows = select(last.c.row).where(last.c["_member"].in_(cleared))
        connection.execute(insert(TAKEN).from_select(["row"], rows))
    return len(cleared)

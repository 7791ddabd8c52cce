"""Good rows to events, once each: keys, values, properties and what is new among them; it makes no member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Numeric,
    Select,
    Subquery,
    Table,
    Text,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    select,
    table,
    text,
    union_all,
)

from journey_engine.data import casts, staging
from journey_engine.data.good_rows import unquarantined, with_member
from journey_engine.data.redeeming import REDEEM, redeem
from journey_engine.data.staging import ROW
from journey_engine.language.catalog import Schema
from journey_engine.language.feed import BringsEvent, Feed

_SEPARATOR = "\x1f"
_NO_VALUE: ColumnElement[Any] = cast(null(), Numeric(asdecimal=True))
_ANY = text("select exists (select from event_keys where source = :source)")
# What is there already goes out; so what stays is new, and its rows have landed. One import of a feed runs at a time.
_KNOWN = "delete from {name} a using event_keys k where k.source = :source and k.key = a.key"
# The same, each key looked up by itself (`offset 0`): Postgres would rather read all keys that ever came, six times as
# long for 200,000 among three millions, and twenty-five times for 20,000.
_KNOWN_AMONG_MANY = """
delete from {name} a where exists (select from event_keys k where k.source = :source and k.key = a.key offset 0)
"""
# In the index's own order: hashes in the file's order would touch a page each. All begin with the event's name, which
# would make every comparison a long one. `distinct on` sorts once; for `distinct` the planner hashes, too.
_KEYS = """
insert into event_keys (source, key)
select :source, :begins || rest
from (select distinct on (rest) rest from (select substr(key, :from) as rest from {name}) cut order by rest) each
"""
_REPEATED = "delete from {name} a using {name} b where b.key = a.key and b.first_row < a.first_row"
# By member, as the index by which all conditions read them; what a file says of one member stays in its order. The
# transaction's number as a sub-select: the column's default works it out for each row.
_EVENTS = """
insert into events (member_id, name, at, value, properties, source, batch_id, arrived)
select member_id, :event, at, value, properties, :source, :batch, (select (pg_current_xact_id()::text)::bigint)
from {name} order by member_id, first_row
"""


@dataclass(frozen=True, slots=True)
class Arriving:
    """The temporary table of one `brings`; after `accept_events` it holds the events that were new."""

    name: str
    grouped: bool
    added: int


def accept_events(
    connection: Connection, feed: Feed, schema: Schema, batch: int, staged: Table, now: datetime, first: bool = False
) -> list[Arriving]:
    """Write the events that are not there yet; `now` is the batch's instant, events up to 5 minutes after it get it.

    `first`: as `first_load` says it; the keys' index is away then.

    An event's identity is its key columns (with `one_per`: that column), else a hash over the row's whole content and
    which of the identical rows of the file it is: twins inside a file are two events, a file that overlaps an earlier
    one adds none twice.
    """
    unheard = first and not connection.execute(_ANY, {"source": feed.feed}).scalar_one()
    names = [brings.event for brings in feed.brings]  # a key begins with its event's
    return [
        _accept_one(
            connection, feed, schema, brings, f"arriving_{number}", batch, staged, now, first,
            unheard and brings.event not in names[:number],
        )
        for number, brings in enumerate(feed.brings)
    ]  # fmt: skip


def span(connection: Connection, feed: Feed, batch: int, staged: Table) -> tuple[datetime | None, datetime | None]:
    """The oldest and the newest instant among all events of the good rows (members need not be there yet)."""
    good = unquarantined(staged, batch, feed)
    zones = {(brings.at.from_, brings.at.zone) for brings in feed.brings}
    if not zones:
        return None, None
    names = [f"at_{number}" for number in range(len(zones))]
    pairs = zip(sorted(zones), names, strict=True)
    # Of a row that no event is made of nobody has asked whether its time can be read.
    every = feed.deleted is None and not any(brings.where for brings in feed.brings)
    instant = casts.known_instant if every else casts.instant
    times = [instant(good.c[column_name], zone).label(name) for (column_name, zone), name in pairs]
    # `offset 0`: each time is worked out once, not for the least and again for the greatest.
    read = select(*times).offset(0).subquery("read")
    least, greatest = ([kind(read.c[name]) for name in names] for kind in (func.min, func.max))
    row = connection.execute(select(func.least(*least), func.greatest(*greatest))).one()
    return row[0], row[1]


def landed_rows(connection: Connection, arriving: list[Arriving], good: int, others: list[Select[Any]]) -> int:
    """How many of the `good` rows brought something new: an event in `arriving`, or a row that `others` select."""
    for entry in arriving:
        if not entry.grouped and entry.added == good:
            return good
    parts = [f"select {'unnest(rows)' if entry.grouped else 'first_row'} as r from {entry.name}" for entry in arriving]
    queries = [text(part).columns(r=Numeric) for part in parts]
    if not queries and not others:
        return 0
    if not queries and len(others) == 1:
        return connection.execute(select(func.count()).select_from(others[0].subquery("each_row"))).scalar_one()
    # SQLAlchemy takes no textual select before one of its own.
    each = union_all(*others, *queries).subquery("each_row")  # pyright: ignore[reportArgumentType]
    return connection.execute(select(func.count(each.c[0].distinct()))).scalar_one()


def _accept_one(
    connection: Connection,
    feed: Feed,
    schema: Schema,
    brings: BringsEvent,
    name: str,
    batch: int,
    staged: Table,
    now: datetime,
    first: bool,
    unheard: bool,
) -> Arriving:
    """`unheard`: no key of such an event was ever brought."""
    told = with_member(staged, batch, feed)
    query = _grouped(feed, schema, brings, told, now) if brings.one_per else _single(feed, schema, brings, told, now)
    connection.execute(
        text(
            f"create temp table {name} (key text, member_id bigint, at timestamptz, value numeric, properties jsonb,"
            " first_row bigint, rows bigint[]) on commit drop"
        )
    )
    columns = ["key", "member_id", "at", "value", "properties", "first_row", "rows"]
    into = table(name, *(column(label, Text) for label in columns))
    found = connection.execute(
        insert(into).from_select(columns, query), execution_options={"preserve_rowcount": True}
    ).rowcount
    staging.look(connection, name, "(key)")
    said = {"source": feed.feed, "batch": batch, "event": brings.event}
    begins = f"{brings.event}{_SEPARATOR}"
    its = {"source": feed.feed, "begins": begins, "from": len(begins) + 1}
    new = found if unheard else found - _take_out_known(connection, feed, name, found, first)
    added = connection.execute(text(_KEYS.format(name=name)), its).rowcount
    if added < new:
        connection.execute(text(_REPEATED.format(name=name)))
    if brings.event == REDEEM:
        redeem(connection, name, feed.feed, batch)
    else:
        connection.execute(text(_EVENTS.format(name=name)), said)
    return Arriving(name, brings.one_per is not None, added)


def _take_out_known(connection: Connection, feed: Feed, name: str, found: int, first: bool) -> int:
    """Remove the events that are there already; how many."""
    known = _KNOWN if first or _holds_fewer(connection, found) else _KNOWN_AMONG_MANY
    return connection.execute(text(known.format(name=name)), {"source": feed.feed}).rowcount


def _holds_fewer(connection: Connection, rows: int) -> bool:
    """Whether fewer keys than so many are known: those are soonest read at once."""
    counted = text("select count(*) from (select from event_keys limit :rows) k")
    return connection.execute(counted, {"rows": rows}).scalar_one() < rows


def _single(feed: Feed, schema: Schema, brings: BringsEvent, told: Subquery, now: datetime) -> Select[Any]:
    """One event a row; of rows with one natural key the first one counts."""
    decimal = feed.format.decimal
    value = casts.known_number(told.c[brings.value], decimal) if brings.value else _NO_VALUE
    row = told.c[ROW]
    query = select(
        _key(brings, told).label("key"),
        told.c["_member"],
        func.least(casts.known_instant(told.c[brings.at.from_], brings.at.zone), now),
        value,
        _properties(schema, brings, told, decimal, one=False),
        row.label("first_row"),
        null(),
    )
    return query.where(_picked(feed, brings, told)) if brings.where else query


def _grouped(feed: Feed, schema: Schema, brings: BringsEvent, told: Subquery, now: datetime) -> Select[Any]:
    """One event for all rows that share a value of `one_per`: earliest time, sum of values, least of each property."""
    decimal = feed.format.decimal
    one_per = brings.one_per or ""
    group = told.c[one_per]
    at = func.least(func.min(casts.known_instant(told.c[brings.at.from_], brings.at.zone)), now)
    value = _NO_VALUE
    if brings.value:
        summed = brings.value.startswith("sum of ")
        number = casts.known_number(told.c[brings.value.removeprefix("sum of ").strip()], decimal)
        value = func.sum(number) if summed else func.min(number)
    key = func.concat_ws(_SEPARATOR, brings.event, *(func.min(told.c[name]) for name in brings.key or (one_per,)))
    properties = _properties(schema, brings, told, decimal, one=True)
    row = told.c[ROW]
    rows = func.array_agg(row)
    query = select(key, func.min(told.c["_member"]), at, value, properties, func.min(row), rows)
    return (query.where(_picked(feed, brings, told)) if brings.where else query).group_by(group)


def _picked(feed: Feed, brings: BringsEvent, told: Subquery) -> ColumnElement[bool]:
    return casts.chosen(brings.where or "", {c.name: c for c in told.columns}, feed.format.decimal)


def _key(brings: BringsEvent, told: Subquery) -> ColumnElement[str]:
    if brings.key is not None:
        return func.concat_ws(_SEPARATOR, brings.event, *(told.c[name] for name in brings.key))
    names = sorted(c.name for c in told.columns if c.name not in (ROW, "_member"))
    # A missing value leaves its name out too: a column that a later file adds, empty, changes no hash.
    # Blanks around a value are none of it: one of two real files that overlap has trailing blanks, the other none.
    cells = [literal(f"{name}=") + func.nullif(func.btrim(told.c[name]), "") for name in names]
    content = func.md5(func.concat_ws(_SEPARATOR, *cells))
    twin = func.row_number().over(partition_by=content, order_by=told.c[ROW])
    return func.concat_ws(_SEPARATOR, brings.event, content, cast(twin, Text))


def _properties(
    schema: Schema, brings: BringsEvent, told: Subquery, decimal: Literal[".", ","], one: bool
) -> ColumnElement[Any]:
    """The declared properties as texts, the schema's key (first key column) among them; missing ones are left out."""
    kind = schema.events.get(brings.event)
    sources = dict(brings.properties)
    named = brings.key[0] if brings.key else brings.one_per
    if kind is not None and kind.key and named:
        sources.setdefault(kind.key, named)
    types = kind.properties if kind is not None else {}
    cells: dict[str, ColumnElement[Any]] = {}
    for name, source in sources.items():
        cell: ColumnElement[Any] = func.min(told.c[source]) if one else told.c[source]
        cells[name] = casts.canonical(cell, types.get(name, "text"), decimal)
    return casts.as_object(cells)

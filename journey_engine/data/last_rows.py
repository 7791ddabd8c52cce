"""What the good rows of a batch say of each member at last, gathered once in a temporary table; it writes nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnClause,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    TableClause,
    Text,
    case,
    cast,
    column,
    func,
    insert,
    literal_column,
    null,
    select,
    table,
)
from sqlalchemy import Table as StagedTable
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.data import casts, staging
from journey_engine.data.good_rows import known_by, owners_of, unquarantined
from journey_engine.data.staging import ROW
from journey_engine.language.catalog import Schema
from journey_engine.language.feed import BringsMember, Feed
from journey_engine.members import erased

YES = ("yes", "y", "true", "t", "1", "是", "同意", "願意", "有")
NO = ("no", "n", "false", "f", "0", "否", "不同意", "不願意", "無")
_NOBODY = 2**63 - 1
_NEXT = func.nextval(literal_column("'members_id_seq'"))


@dataclass(frozen=True, slots=True)
class LastRows:
    """The temporary table: one row for each member, the last good one about her; gone with the transaction.

    `row` is its number, `member_id` hers, `own` what she is known by; `is_new`: nobody was known by that, and
    `member_id` is the number she is to get. Then `attributes` (without those that are empty) and `zone`, `described` if
    any of these is there, and a column for each kind of identity and each topic (`identity`, `consent`). `single`: no
    good row is left out. Numbers from `first_new` on are those of new members, of whom there are `new`, and `known` of
    others; so many of the new ones are `described`, and `named` has how many rows have each kind of identity.
    """

    single: bool
    first_new: int
    new: int
    known: int
    described: int
    named: Mapping[str, int]
    table: TableClause
    identity: Mapping[str, ColumnElement[str]]
    consent: Mapping[str, ColumnClause[bool]]

    def told(self, said: BringsMember) -> Subquery:
        """As `with_member` tells it: the row's number, `_member`, and the columns of her further identities."""
        cells = [value.label(said.identities[kind]) for kind, value in self.identity.items()]
        distinct = {cell.name: cell for cell in cells}  # one column may hold identities of two kinds
        return select(
            self.table.c.row.label(ROW), self.table.c.member_id.label("_member"), *distinct.values()
        ).subquery("told")


def gather(
    connection: Connection, feed: Feed, said: BringsMember, schema: Schema, batch: int, staged: StagedTable, rows: int
) -> LastRows:
    """Make the table; of feeds that create members with those nobody knows, who are not those who were erased.

    `rows` is how many good rows there are, with the deleted ones.

    New ones get their numbers in the order of what they are known by, and stand before the others, who stand in the
    order of theirs: what is written from it comes in the order of most indexes.
    """
    cells = {f"identity_{number}": name for number, name in enumerate(said.identities.values())}
    answers = {f"consent_{number}": name for number, name in enumerate(said.consents.values())}
    last = _table(connection, list(cells), list(answers))
    good = unquarantined(staged, batch, feed)
    every = _rows(connection, feed, said, schema, good, cells, answers).subquery("said")
    told = {name: every.c[f"attribute_{number}"] for number, name in enumerate(said.attributes)}
    query = select(
        every.c.row,
        func.coalesce(every.c.member_id, _NEXT),
        every.c.member_id.is_(None),
        every.c.own,
        casts.as_object(told),
        every.c.zone,
        func.num_nonnulls(*told.values(), every.c.zone) > 0,
        *(every.c[name] for name in (*cells, *answers)),
    )
    into = insert(last).from_select([each.name for each in last.columns], query)
    written = connection.execute(into, execution_options={"preserve_rowcount": True}).rowcount
    staging.look(connection, "last_rows", "(row, member_id, is_new)")
    identity = {kind: last.c[name] for kind, name in zip(said.identities, cells, strict=True)}
    consent = {topic: last.c[name] for topic, name in zip(said.consents, answers, strict=True)}
    read = rows if feed.deleted is None else connection.execute(select(func.count()).select_from(good)).scalar_one()
    new, first, told, *named = connection.execute(_figures(last, identity)).one()
    return LastRows(
        written == read, _NOBODY if first is None else first, new, written - new, told,
        dict(zip(identity, named, strict=True)), last, identity, consent,
    )  # fmt: skip


def _figures(last: TableClause, identity: Mapping[str, ColumnElement[str]]) -> Select[Any]:
    """New members, the first of their numbers, those with an attribute or a zone; rows with each kind of identity."""
    return select(
        func.count().filter(last.c.is_new),
        func.min(last.c.member_id).filter(last.c.is_new),
        func.count().filter(last.c.is_new, last.c.described),
        *(func.count(value) for value in identity.values()),
    ).select_from(last)


def _table(connection: Connection, texts: list[str], answers: list[str]) -> TableClause:
    """Make the temporary table, with these columns of identities and of consents."""
    kinds = "".join([*(f", {name} text" for name in texts), *(f", {name} boolean" for name in answers)])
    connection.exec_driver_sql(
        "create temp table last_rows (row bigint, member_id bigint, is_new boolean, own text, attributes jsonb,"
        f" zone text, described boolean{kinds}) on commit drop"
    )
    return table(
        "last_rows", column("row", BigInteger), column("member_id", BigInteger), column("is_new", Boolean),
        column("own", Text), column("attributes", JSONB), column("zone", Text), column("described", Boolean),
        *(column(name, Text) for name in texts), *(column(name, Boolean) for name in answers),
    )  # fmt: skip


def _rows(
    connection: Connection,
    feed: Feed,
    said: BringsMember,
    schema: Schema,
    good: Any,
    cells: dict[str, str],
    answers: dict[str, str],
) -> Select[Any]:
    """The last row of each member, or of each value that nobody is known by, with the cells it is asked for."""
    own, value = owners_of(feed), known_by(feed, good)
    of_attributes: list[Any] = []
    for number, (name, source) in enumerate(said.attributes.items()):
        kind = schema.attributes[name].type if name in schema.attributes else "text"
        cell = casts.canonical(good.c[source], kind, feed.format.decimal)
        of_attributes.append(cell.label(f"attribute_{number}"))
    others: list[Any] = [good.c[source].label(name) for name, source in cells.items()]
    others += [_granted(good.c[source]).label(name) for name, source in answers.items()]
    stranger = case((own.c.member_id.is_(None), value))
    query = select(
        good.c[ROW].label("row"),
        own.c.member_id,
        value.label("own"),
        (good.c[said.zone] if said.zone else cast(null(), Text)).label("zone"),
        *of_attributes,
        *others,
    ).select_from(good.join(own, own.c.value == value, isouter=bool(feed.member.create)))
    if feed.member.create:
        query = query.where(value.is_not(None))
        known = erased.pads(connection)
        if known is not None:
            whose = erased.is_erased("cast(:erased_kind as text)", f"good.{erased.quoted(feed.member.from_)}")
            stays = erased.bound(f"(own.member_id is not null or not {whose})")
            query = query.where(stays.bindparams(erased_kind=feed.member.by, **known))
    # Strangers first: a leading key that is null in all rows would hinder the sort of those that follow.
    return query.distinct(stranger, own.c.member_id).order_by(stranger, own.c.member_id, good.c[ROW].desc())


def _granted(cell: ColumnElement[str]) -> ColumnElement[Any]:
    """True or false as a cell says it; null for one that says neither. Most say it in so many letters."""
    said = func.lower(func.btrim(cell))
    return case((cell.in_(YES), True), (cell.in_(NO), False), (said.in_(YES), True), (said.in_(NO), False))

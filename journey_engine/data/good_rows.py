"""The good rows of a staged batch, with the member each is about, as a subquery; it decides nothing about them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, Table, false, func, not_, select

from journey_engine.data import casts
from journey_engine.data.staging import ROW
from journey_engine.language.feed import COUPON, Feed
from journey_engine.store.tables.coupons import coupon_codes
from journey_engine.store.tables.operation import quarantine
from journey_engine.store.tables.people import identities


def owners_of(feed: Feed) -> Subquery:
    """(value, member_id) of what the feed knows members by: an identity, or with `by: coupon` a code she was given."""
    if feed.member.by == COUPON:
        c = coupon_codes.c
        return select(func.upper(c.code).label("value"), c.member_id).where(c.member_id.is_not(None)).subquery("own")
    kind = identities.c.kind == feed.member.by
    return select(identities.c.value, identities.c.member_id).where(kind).subquery("own")


def known_by(feed: Feed, table: Table) -> ColumnElement[str]:
    """What stands in a row to know the member by, as `owners_of` has it."""
    written = table.c[feed.member.from_]
    return func.upper(func.btrim(written)) if feed.member.by == COUPON else written


def is_deleted(feed: Feed, table: Table) -> ColumnElement[bool]:
    """Whether a row says that what it tells of is no more; never null."""
    columns = {column.name: column for column in table.columns}
    return casts.chosen(feed.deleted, columns, feed.format.decimal) if feed.deleted else false()


def unquarantined(table: Table, batch: int, feed: Feed) -> Subquery:
    """The staged rows that are neither in quarantine nor deleted."""
    return select(table).where(~_set_aside(table, batch), not_(is_deleted(feed, table))).subquery("good")


def with_member(table: Table, batch: int, feed: Feed, deleted: bool = False) -> Subquery:
    """The same (or the deleted ones) with `_member`, the id of the member whose identity the row carries."""
    gone = is_deleted(feed, table)
    own = owners_of(feed)
    return (
        select(table, own.c.member_id.label("_member"))
        .select_from(table.join(own, own.c.value == known_by(feed, table)))
        .where(~_set_aside(table, batch), gone if deleted else not_(gone))
        .subquery("told")
    )


def _set_aside(table: Table, batch: int) -> ColumnElement[bool]:
    """Whether a row is in quarantine, and has not landed after all.

    A list that is hashed once: as a join, the planner looks the few rows through for each row of the file.
    """
    kept = quarantine.c.batch_id == batch, quarantine.c.status != "landed"
    return table.c[ROW].in_(select(quarantine.c.row_number).where(*kept))

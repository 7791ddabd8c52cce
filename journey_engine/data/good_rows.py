"""The good rows of a staged batch, with the member each is about, as a subquery; it decides nothing about them."""

from __future__ import annotations

from sqlalchemy import Subquery, Table, and_, exists, select

from journey_engine.data.staging import ROW
from journey_engine.language.catalog import Feed
from journey_engine.store.tables.operation import quarantine
from journey_engine.store.tables.people import identities


def unquarantined(table: Table, batch: int) -> Subquery:
    """The staged rows that are not in quarantine."""
    bad = exists().where(and_(quarantine.c.batch_id == batch, quarantine.c.row_number == table.c[ROW]))
    return select(table).where(~bad).subquery("good")


def with_member(table: Table, batch: int, feed: Feed) -> Subquery:
    """The same with `_member`, the id of the member whose identity the row carries."""
    bad = exists().where(and_(quarantine.c.batch_id == batch, quarantine.c.row_number == table.c[ROW]))
    own = and_(identities.c.kind == feed.member.by, identities.c.value == table.c[feed.member.from_])
    return (
        select(table, identities.c.member_id.label("_member"))
        .select_from(table.join(identities, own))
        .where(~bad)
        .subquery("told")
    )

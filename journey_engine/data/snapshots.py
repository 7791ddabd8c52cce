"""Feeds that name every member each time: who is missing since the last one, and what becomes of her; erases nobody.

The list of a feed is whom its last landed snapshot named, good rows and quarantined ones: a row that cannot land still
says that she is there. Whoever was on it and is not in the snapshot that lands is missing, once: `keep` leaves her as
she is, `clear` takes away the attributes that the feed brings, `event NAME` writes that event of hers. If she is named
again later she is on the list again. More missing than `missing_at_most` is a critical finding, so that half a file is
held and clears nobody; whoever releases it says that they are gone. A snapshot for a day before one that has landed
finds nobody missing: it is older.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, Table, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.data.deletions import clear
from journey_engine.data.good_rows import known_by, owners_of
from journey_engine.gate.verdict import Outcome
from journey_engine.language.feed import Feed
from journey_engine.store.tables.happenings import events, feed_members
from journey_engine.store.tables.operation import batches
from journey_engine.store.tables.people import alive, members


def shrinkage(connection: Connection, feed: Feed, batch: int, staged: Table) -> Outcome | None:
    """Whether a snapshot lost no more members than its feed allows; None for a delta and for a first snapshot."""
    if feed.mode != "snapshot" or _is_older(connection, feed, batch):
        return None
    there = select(func.count()).select_from(feed_members).where(feed_members.c.feed == feed.feed)
    listed = connection.execute(there).scalar_one()
    if not listed:
        return None
    lost = connection.execute(select(func.count()).select_from(_missing(feed, staged).subquery())).scalar_one()
    fine = lost <= listed * feed.missing_at_most
    seen = f"{lost} of {listed} members are missing" if lost else ""
    title = f"名單少了太多人：最多 {feed.missing_at_most * 100:.0f}%"
    return Outcome("missing from the snapshot", title, "critical", fine, lost, round(lost / listed, 6), seen)


def keep_up(connection: Connection, feed: Feed, batch: int, staged: Table, now: datetime) -> dict[str, int]:
    """Do with the missing what the feed says, and make the list that of this snapshot; returns counts for the batch."""
    if feed.mode != "snapshot" or _is_older(connection, feed, batch):
        return {}
    of_feed = feed_members.c.feed == feed.feed
    gone = list(connection.execute(_missing(feed, staged)).scalars())
    if gone:
        whose = select(members.c.id).where(members.c.id.in_(gone), alive(members))
        if feed.missing.then == "clear" and feed.members is not None:
            clear(connection, feed.members, whose, now)
        if feed.missing.event is not None:
            values = [literal(feed.missing.event), literal(now), literal(feed.feed), literal(batch)]
            rows = whose.with_only_columns(members.c.id, *values).order_by(members.c.id)
            columns = ["member_id", "name", "at", "source", "batch_id"]
            connection.execute(insert(events).from_select(columns, rows))
        connection.execute(delete(feed_members).where(of_feed, feed_members.c.member_id.in_(gone)))
    listed = select(literal(feed.feed), _named(feed, staged).c.member_id, literal(batch))
    into = upsert(feed_members).from_select(["feed", "member_id", "batch_id"], listed)
    connection.execute(into.on_conflict_do_nothing())
    return {"missing": len(gone)} if gone else {}


def _named(feed: Feed, staged: Table):
    """(member_id): everybody a row of the snapshot names."""
    own = owners_of(feed)
    rows = select(own.c.member_id).distinct().select_from(staged.join(own, own.c.value == known_by(feed, staged)))
    return rows.subquery("named")


def _missing(feed: Feed, staged: Table) -> Select[tuple[int]]:
    named = _named(feed, staged)
    there = select(named.c.member_id).where(named.c.member_id == feed_members.c.member_id).exists()
    return select(feed_members.c.member_id).where(feed_members.c.feed == feed.feed, ~there)


def _is_older(connection: Connection, feed: Feed, batch: int) -> bool:
    """Whether a snapshot for a later day has landed."""
    this = select(batches.c.day).where(batches.c.id == batch).scalar_subquery()
    later = select(batches.c.id).where(batches.c.feed == feed.feed, batches.c.status == "landed", batches.c.day > this)
    return connection.execute(later.limit(1)).first() is not None

"""The good rows of a staged batch into members and events, in the caller's one transaction; what lands, lands whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, Table, func, select, text

from journey_engine.data import batches, deletions, marks, snapshots, staging
from journey_engine.data.accept_events import accept_events, landed_rows
from journey_engine.data.accept_members import accept_members, changed_rows, tells_changes
from journey_engine.data.first_load import EVENTS, MEMBERS, first_load
from journey_engine.gate import quarantine
from journey_engine.language.catalog import Schema
from journey_engine.language.feed import Feed
from journey_engine.language.merging import Merging
from journey_engine.members.findings import LANDING

# Of members and events the columns that are joined and sifted by: looking at JSON costs five times as much.
_LOOK = {
    "members": ("members", "(id, erased_at, merged_into, arrived)"),
    "identities": ("identities", "(kind, value, member_id)"),
    "event_keys": ("event_keys", "(source)"),
    "events": ("events", "(id, member_id, name, at, arrived)"),
}
_EVEN = ("members", "identities", "event_keys")  # each row is as likely as the next: a small sample tells it
_GROWN = text("""
select relname from pg_class
where oid = any (cast(cast(:names as text[]) as regclass[])) and reltuples < cast(:most as real)
""")
_MANY = 10_000  # rows added after which the planner is told at once,
_SHARE = 10  # of tables that had no more than so many times that: autovacuum's own measure


def accept(
    connection: Connection,
    feed: Feed,
    schema: Schema,
    merge: Merging,
    batch: int,
    staged: Table,
    read: int,
    now: datetime,
) -> dict[str, int]:
    """Land the rows that are not in quarantine, close the batch's books and drop its staging table.

    `now` is the batch's business instant. Rows add up as BatchReport says: a row counts once, however many events it
    gives or shares. Returns what was added, by name; the batch's row has the totals. The caller then moves coverage.
    """
    bad = quarantine.how_many(connection, batch)
    good = read - bad - batches.one(connection, batch).erased
    landed, counts = land(connection, feed, schema, merge, batch, staged, good, now)
    counts |= snapshots.keep_up(connection, feed, batch, staged, now)
    marks.move_on(connection, feed, batch, staged)
    staging.drop(connection, batch)
    batches.change(
        connection, batch, status="landed", read=read, landed=landed, already=good - landed, quarantined=bad,
        counts=counts,
    )  # fmt: skip
    return counts


def land(
    connection: Connection,
    feed: Feed,
    schema: Schema,
    merge: Merging,
    batch: int,
    staged: Table,
    good: int,
    now: datetime,
) -> tuple[int, dict[str, int]]:
    """Write what the `good` rows say; how many of them brought something new, and what was added, by name."""
    connection.execute(LANDING)
    connection.exec_driver_sql("set local work_mem = '256MB'")
    filled = (*(MEMBERS if feed.member.create else ()), *(EVENTS if feed.brings and not feed.deleted else ()))
    with first_load(connection, filled, good) as first:
        counts, last = accept_members(connection, feed, schema, merge, batch, staged, good, now, first)
        arriving = accept_events(connection, feed, schema, batch, staged, now, first)
        for brings, entry in zip(feed.brings, arriving, strict=True):
            counts[brings.event] = counts.get(brings.event, 0) + entry.added
        counts |= deletions.take_back(connection, feed, schema, batch, staged, now)
    others: list[Select[Any]] = [select(deletions.TAKEN.c.row)] if feed.deleted else []
    others += [changed_rows(feed, batch, staged, last)] if tells_changes(feed) else []
    all_new = last is not None and last.new == good  # each of them has made a member
    landed = good if all_new else landed_rows(connection, arriving, good, others)
    of_members = max(counts.get("members", 0), counts.get("identities", 0))
    _tell_planner(connection, ("members", "identities"), of_members)
    _tell_planner(connection, ("event_keys", "events"), sum(entry.added for entry in arriving))
    connection.exec_driver_sql("reset work_mem")
    return landed, counts


def _tell_planner(connection: Connection, names: Sequence[str], added: int) -> None:
    """What reads them next must not plan for empty tables; autovacuum would come a minute later, and look at it all."""
    if added <= _MANY:
        return
    for name in connection.execute(_GROWN, {"names": list(names), "most": added * _SHARE}).scalars().all():
        if name in _EVEN:
            staging.look(connection, *_LOOK[name])
        else:
            connection.exec_driver_sql(f"analyze {' '.join(_LOOK[name])}")


def count_rows(connection: Connection, staged: Table) -> int:
    """How many rows are staged, bad ones included."""
    return connection.execute(select(func.count()).select_from(staged)).scalar_one()


def covers(
    feed: Feed, day: date | None, newest: datetime | None, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """From and up to which instant a file brings everything: the local day `day`, or up to the end of its newest day.

    Without `day` nothing is known of where it begins (None: it continues what came before). Never later than `now`. A
    feed without `covers` reaches to its newest event.
    """
    if not feed.brings or newest is None:
        return None, None
    if feed.covers is None:
        return None, min(newest, now)
    zone = ZoneInfo(feed.covers.zone)
    last = day or newest.astimezone(zone).date()
    return (midnight(day, zone) if day else None), min(midnight(last + timedelta(days=1), zone), now)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)

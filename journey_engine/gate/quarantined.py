"""The rows in quarantine: which there are, and dropping some in a person's name; it lands none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from journey_engine.store.tables.operation import batches, quarantine


@dataclass(frozen=True, slots=True)
class Which:
    """Open rows: all, or those of a feed, a batch, of one reason (in its own words), of these numbers."""

    feed: str | None = None
    batch: int | None = None
    reason: str | None = None
    numbers: Sequence[int] | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        c = quarantine.c
        asked = [c.status == "open"]
        asked += [c.feed == self.feed] if self.feed is not None else []
        asked += [c.batch_id == self.batch] if self.batch is not None else []
        asked += [c.reasons.any(self.reason)] if self.reason is not None else []
        asked += [c.id.in_(list(self.numbers))] if self.numbers is not None else []
        return asked


@dataclass(frozen=True, slots=True)
class Heap:
    """Open rows of one batch against one reason; a row with several reasons is in several heaps."""

    feed: str
    batch: int
    source: str
    held: bool
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number here, its batch and place in the file, what stood there, and all its reasons."""

    number: int
    feed: str
    batch: int
    row: int
    content: dict[str, str | None]
    reasons: tuple[str, ...]


def heaps(connection: Connection, which: Which) -> list[Heap]:
    """How many rows are open, by feed, batch and reason; the newest batch first, the largest heap first."""
    reason = func.unnest(quarantine.c.reasons).label("reason")
    each = select(quarantine.c.batch_id, reason).where(*which.conditions).subquery()
    query = (
        select(batches.c.feed, batches.c.id, batches.c.source, batches.c.status == "held", each.c.reason, func.count())
        .join(batches, batches.c.id == each.c.batch_id)
        .group_by(batches.c.feed, batches.c.id, batches.c.source, batches.c.status, each.c.reason)
        .order_by(batches.c.feed, batches.c.id.desc(), func.count().desc(), each.c.reason)
    )
    found = [Heap(row[0], row[1], row[2], row[3], row[4], row[5]) for row in connection.execute(query)]
    return [heap for heap in found if which.reason in (None, heap.reason)]


def rows(connection: Connection, which: Which, most: int | None = None) -> list[Row]:
    """The open rows themselves, in the order of their files."""
    c = quarantine.c
    query = select(c.id, c.feed, c.batch_id, c.row_number, c.content, c.reasons).where(*which.conditions)
    found = connection.execute(query.order_by(c.feed, c.batch_id, c.row_number).limit(most))
    return [Row(row[0], row[1], row[2], row[3], row[4], tuple(row[5])) for row in found]


def columns(connection: Connection, which: Which) -> list[str]:
    """The columns of the open rows in the order of their files; the newest batch's first."""
    of_batch = select(quarantine.c.batch_id).where(*which.conditions)
    query = select(batches.c.verdict["columns"]).where(batches.c.id.in_(of_batch)).order_by(batches.c.id.desc())
    return list(dict.fromkeys(name for names in connection.execute(query).scalars() for name in names or ()))


def drop(connection: Connection, which: Which, by: str, reason: str, now: datetime) -> int:
    """Give open rows up in a person's name; they count as quarantined for ever. Returns how many."""
    values: dict[str, Any] = {"status": "dropped", "settled_at": now, "settled_by": by, "settle_reason": reason}
    return connection.execute(update(quarantine).where(*which.conditions).values(values)).rowcount

"""What the gate said, of a feed's batches or a message's waves: the last one in full, those before in brief; it reads.

A message's audience is told like a batch: read is how many were to get it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from journey_engine.gate import holds, quarantine, quarantined, verdict
from journey_engine.gate.holds import Hold
from journey_engine.gate.quarantined import Which
from journey_engine.gate.verdict import Verdict
from journey_engine.store.tables.operation import batches
from journey_engine.store.tables.waves import waves

LAST = 30  # batches or waves of the history
_EXAMPLES = 3  # rows of each reason


@dataclass(frozen=True, slots=True)
class Past:
    """One batch or wave: its business instant, what became of it, and its verdict."""

    number: int
    now: datetime
    source: str
    status: str  # landed | held | rejected; of a wave passed | held
    read: int
    quarantined: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Story:
    """All of one feed or message. `past` is the oldest first, `past[-1]` the one told in full."""

    kind: Literal["feed", "message"]
    name: str
    past: tuple[Past, ...]
    landed: int = 0
    already: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    examples: tuple[quarantined.Row, ...] = ()
    holds: tuple[Hold, ...] = ()

    @property
    def last(self) -> Past:
        return self.past[-1]


def of_feed(connection: Connection, feed: str, batch: int | None = None) -> Story | None:
    """The story of a feed up to `batch` (its last one); None if nothing of it was ever judged."""
    query = select(batches).where(batches.c.feed == feed, batches.c.verdict.is_not(None), batches.c.read.is_not(None))
    if batch is not None:
        query = query.where(batches.c.id <= batch)
    found = list(connection.execute(query.order_by(batches.c.id.desc()).limit(LAST)))
    if not found:
        return None
    last, (_, reasons) = found[0], quarantine.counts(connection, found[0].id)
    examples = {
        row.number: row
        for reason in reasons
        for row in quarantined.rows(connection, Which(feed, last.id, reason), _EXAMPLES)
    }
    return Story(
        "feed", feed, tuple(_batch(row) for row in reversed(found)), last.landed or 0, last.already or 0, reasons,
        tuple(examples.values()), tuple(holds.open_holds(connection, "feed", feed)),
    )  # fmt: skip


def of_message(connection: Connection, message: str) -> Story | None:
    """The story of a message that was about to reach many; None if it never was."""
    query = select(waves).where(waves.c.message == message).order_by(waves.c.id.desc()).limit(LAST)
    found = list(connection.execute(query))
    if not found:
        return None
    past = tuple(_wave(row) for row in reversed(found))
    return Story("message", message, past, holds=tuple(holds.open_holds(connection, "message", message)))


def of_batch(connection: Connection, number: int) -> Story | None:
    """The story of a batch's feed up to that batch; None if there is no such batch."""
    feed = connection.execute(select(batches.c.feed).where(batches.c.id == number)).scalar()
    return of_feed(connection, feed, number) if feed is not None else None


def names(connection: Connection) -> tuple[list[str], list[str]]:
    """The feeds and the messages that were judged."""
    feeds = select(batches.c.feed).where(batches.c.verdict.is_not(None)).distinct().order_by(batches.c.feed)
    messages = select(waves.c.message).distinct().order_by(waves.c.message)
    return list(connection.scalars(feeds)), list(connection.scalars(messages))


def _batch(row: Row[Any]) -> Past:
    told = verdict.from_json(row.verdict)
    return Past(row.id, row.now, row.source, row.status, row.read or 0, row.quarantined or 0, told)


def _wave(row: Row[Any]) -> Past:
    return Past(row.id, row.now, "", row.status, row.recipients, 0, verdict.from_json(row.verdict))

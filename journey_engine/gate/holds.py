"""What is stopped until a person lets it go: opening, listing and closing holds; it lands nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from journey_engine.store.tables.operation import batches, holds


@dataclass(frozen=True, slots=True)
class Hold:
    """An open hold. scope: feed | journey | channel | segment; `batch_id` for a feed's batch that waits in staging."""

    id: int
    scope: str
    name: str
    batch_id: int | None
    reason: str
    cure: str
    since: datetime

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M} UTC"
        return f"hold {self.id}, {self.scope} {self.name}, since {since}: {self.reason} {self.cure}"


def hold(
    connection: Connection, scope: str, name: str, reason: str, cure: str, now: datetime, batch_id: int | None = None
) -> int:
    """Open a hold and return its number."""
    statement = insert(holds).values(scope=scope, name=name, reason=reason, cure=cure, since=now, batch_id=batch_id)
    return connection.execute(statement.returning(holds.c.id)).scalar_one()


def open_holds(connection: Connection, scope: str | None = None, name: str | None = None) -> list[Hold]:
    """The open holds, oldest first; of one scope or one name if given."""
    columns = [holds.c[field] for field in ("id", "scope", "name", "batch_id", "reason", "cure", "since")]
    query = select(*columns).where(holds.c.released_at.is_(None)).order_by(holds.c.id)
    if scope is not None:
        query = query.where(holds.c.scope == scope)
    if name is not None:
        query = query.where(holds.c.name == name)
    return [Hold(*row) for row in connection.execute(query)]


def close(connection: Connection, which: Sequence[int], by: str, reason: str, now: datetime) -> None:
    """Mark holds as released by a named person (or by the import that replaced what they held)."""
    connection.execute(
        update(holds)
        .where(holds.c.id.in_(list(which)), holds.c.released_at.is_(None))
        .values(released_at=now, released_by=by, release_reason=reason)
    )


def close_replaced(
    connection: Connection, feed: str, batch: int, source: str, day: str | None, now: datetime
) -> list[int]:
    """Close the holds of batches that this landed one replaces: same feed, and the same day or the same file."""
    same = batches.c.day == day if day is not None else batches.c.source == source
    rows = connection.execute(
        select(holds.c.id, batches.c.id)
        .join(batches, batches.c.id == holds.c.batch_id)
        .where(
            holds.c.released_at.is_(None), holds.c.scope == "feed", holds.c.name == feed, same, batches.c.id != batch
        )
    ).all()
    if not rows:
        return []
    close(connection, [row[0] for row in rows], "import", f"replaced by batch {batch}", now)
    replaced = [int(row[1]) for row in rows]
    connection.execute(update(batches).where(batches.c.id.in_(replaced)).values(status="rejected"))
    return replaced

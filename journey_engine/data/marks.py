"""How far a feed's query was read: the highest value of its watermark column that has landed; it runs no query."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Connection, Numeric, Table, case, cast, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.language.feed import Feed
from journey_engine.store.tables.happenings import watermarks

_NUMERIC: Numeric[Decimal] = Numeric(asdecimal=True)
_NUMBER = r"^-?[0-9]+([.][0-9]+)?$"


def mark_of(connection: Connection, feed: str) -> str | None:
    """From which value on the next import reads; None: from the beginning."""
    return connection.execute(select(watermarks.c.mark).where(watermarks.c.feed == feed)).scalar_one_or_none()


def move_on(connection: Connection, feed: Feed, batch: int, staged: Table) -> None:
    """Move the mark to the highest value of a batch that lands; its quarantined rows were read, too. Never back."""
    column = feed.from_.watermark
    if column is None:
        return
    value = staged.c[column]
    number = case((value.regexp_match(_NUMBER), cast(value, _NUMERIC)))
    texts, numbers = func.max(value.collate("C")), func.max(number)
    row = connection.execute(select(func.count(value), func.count(number), texts, numbers)).one()
    if not row[0]:
        return
    highest = str(row[3]) if row[0] == row[1] else str(row[2])
    before = mark_of(connection, feed.feed)
    if before is not None and not _is_later(highest, before):
        return
    given = upsert(watermarks).values(feed=feed.feed, mark=highest, batch_id=batch)
    changed = {"mark": given.excluded.mark, "batch_id": given.excluded.batch_id}
    connection.execute(given.on_conflict_do_update(index_elements=["feed"], set_=changed))


def _is_later(mark: str, than: str) -> bool:
    try:
        return Decimal(mark) > Decimal(than)
    except ArithmeticError:
        return mark > than

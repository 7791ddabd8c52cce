"""A load that makes most of a table: its indexes are built once at the end, not row by row; it changes no row itself.

Building an index takes a fifth of writing it row by row. The tables are locked for it until the caller commits, so it
is for those that were next to empty: whoever would read them finds nothing yet. What goes away, the indexes and the
foreign keys that lean on them, comes back in the same transaction or the transaction is undone.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

MEMBERS: tuple[LiteralString, ...] = ("members", "identities", "consent_log")
EVENTS: tuple[LiteralString, ...] = ("event_keys", "events")
_MANY = 20_000  # rows, below which it is not worth a lock
_SHARE = 10  # rows that come for each row that is there
_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(7402135)")
# An index of few rows is soon written row by row. A foreign key leans on a key, so it goes before and comes after.
_INDEXES = text("""
select cast(cast(i.indrelid as regclass) as text) as of, quote_ident(c.relname) as name, k.conname is not null as told,
       case when k.conname is null then pg_get_indexdef(i.indexrelid) else pg_get_constraintdef(k.oid) end as again
from pg_index i join pg_class c on c.oid = i.indexrelid
left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u')
where i.indrelid = any (cast(cast(:tables as text[]) as regclass[])) and i.indpred is null
order by i.indexrelid
""")
_LEANING = text("""
select cast(cast(f.conrelid as regclass) as text) as of, quote_ident(f.conname) as name, true as told,
       pg_get_constraintdef(f.oid) as again
from pg_constraint f where f.contype = 'f' and f.confrelid = any (cast(cast(:tables as text[]) as regclass[]))
order by f.oid
""")


@dataclass(frozen=True, slots=True)
class _Index:
    of: str
    away: str
    again: str


@contextmanager
def first_load(connection: Connection, tables: Sequence[LiteralString], rows: int) -> Generator[bool]:
    """True within it if `rows` make most of these tables: nobody else writes them, and no key is checked until the end.

    Whoever writes in it then sees to it that no key comes twice, else the transaction fails at the end.
    """
    if rows < _MANY or any(_holds(connection, name, rows // _SHARE) for name in tables):
        yield False
        return
    leaning = [_as_index(row) for row in connection.execute(_LEANING, {"tables": list(tables)})]
    if not _locked(connection, [*tables, *sorted({each.of for each in leaning} - set(tables))]):
        yield False
        return
    indexes = [_as_index(row) for row in connection.execute(_INDEXES, {"tables": list(tables)})]
    for each in (*leaning, *indexes):
        connection.exec_driver_sql(each.away)
    yield True
    connection.exec_driver_sql("set local maintenance_work_mem = '256MB'")
    connection.exec_driver_sql("set local max_parallel_maintenance_workers = 0")
    for each in (*indexes, *leaning):
        connection.exec_driver_sql(each.again)
    connection.exec_driver_sql("reset maintenance_work_mem")
    connection.exec_driver_sql("reset max_parallel_maintenance_workers")


def _as_index(row: Any) -> _Index:
    """An index, or the constraint that an index or a foreign key is."""
    if row.told:
        alter = f"alter table {row.of}"
        return _Index(row.of, f"{alter} drop constraint {row.name}", f"{alter} add constraint {row.name} {row.again}")
    return _Index(row.of, f"drop index {row.name}", row.again)


def _holds(connection: Connection, name: LiteralString, rows: int) -> bool:
    """Whether a table has more than so many rows."""
    found = connection.exec_driver_sql(f"select count(*) from (select from {name} limit {rows + 1}) t")
    return found.scalar_one() > rows


def _locked(connection: Connection, tables: Sequence[str]) -> bool:
    """Lock all of them at once, or none if somebody works with one of them."""
    if not connection.execute(_ONE_AT_A_TIME).scalar_one():
        return False
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("set local lock_timeout = '1s'")
            connection.exec_driver_sql(f"lock table {', '.join(tables)} in access exclusive mode")
            connection.exec_driver_sql("reset lock_timeout")
    except OperationalError:
        return False
    return True

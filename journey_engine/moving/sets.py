"""Sets of the tables a pass works in, made once and kept, each lent to one session at a time; it fills none.

Whose set it is says a lock of the session. Rows of a set are gone before each commit, but for who is due: a pass
deletes few and truncates many, since what is deleted takes room as long as anybody reads an older state.
"""

from __future__ import annotations

import hashlib
from functools import cache

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import OperationalError

from journey_engine.compiler import frontier
from journey_engine.store import prepared

_LOCK = 7402123  # any constant of our own
_MANY = 1_000  # members, from which on rows are truncated
_LARGE = 2**18  # bytes of a set that hold hardly any rows
_TAKE = text(f"select number from generate_series(0, 999) number where pg_try_advisory_lock({_LOCK}, number) limit 1")
_GIVE_BACK = text(f"select pg_advisory_unlock({_LOCK}, :number)")
# Until the end of the transaction, in which all who are due are put in order.
_LOOK_THERE = text("""
select set_config('search_path', regexp_replace(current_setting('search_path'), ', frontier_[0-9a-f]+_[0-9]+$', '')
                  || ', ' || cast(:schema as text), false),
       set_config('jit', 'off', true), set_config('work_mem', '64MB', true)
""")
_SIZE = text("select sum(pg_relation_size(to_regclass(name))) from unnest(cast(:tables as text[])) name")
_FORMER = text("""
select nspname from pg_namespace where nspname ~ cast(:like as text) and nspname <> cast(:schema as text)
""")
_TAKEN = "frontier"  # under which a connection remembers the number of its set
_PARTS = [f"trail_{number}" for number in range(frontier.PARTS)] + ["trail_rest"]
_FILES = [*(name for name in frontier.ALL if name != "trail"), *_PARTS]
_FILLED = text("select name from unnest(cast(:tables as text[])) name where pg_relation_size(to_regclass(name)) > 0")


def take(connection: Connection) -> int:
    """The number of a set for this session until `give_back`: an empty one, made if there is none."""
    number = connection.info.get(_TAKEN)
    if number is None:
        number = connection.info[_TAKEN] = prepared.run(connection, _TAKE, {}).scalar_one()
    schema = f"frontier_{_form()}_{number}"
    prepared.run(connection, _LOOK_THERE, {"schema": schema})
    size = prepared.run(connection, _SIZE, {"tables": [f"{schema}.{name}" for name in _FILES]}).scalar_one()
    if size is None:
        _make(connection, schema, number)
    elif size > _LARGE:
        _empty(connection, frontier.ALL, many=True)
    else:
        _empty(connection, ("due",), many=False)
    return number


def _make(connection: Connection, schema: str, number: int) -> None:
    """The set, and away with the one that an earlier version of ours left under this number."""
    former = {"like": f"^frontier_[0-9a-f]+_{number}$", "schema": schema}
    for other in connection.execute(_FORMER, former).scalars().all():
        connection.execute(text(f"drop schema {other} cascade"))
    connection.execute(text(f"create schema if not exists {schema}"))
    for statement in frontier.definitions(schema):
        connection.execute(text(statement))


@cache
def _form() -> str:
    """Which columns the tables have, in few letters."""
    return hashlib.md5("".join(frontier.definitions("frontier")).encode(), usedforsecurity=False).hexdigest()[:8]


def empty_round(connection: Connection, members: int) -> None:
    """Make room for the next round of a chunk of so many members; its candidates stay."""
    _empty(connection, frontier.ROUND, members >= _MANY)


def empty_chunk(connection: Connection, members: int) -> None:
    """What a chunk of so many members leaves before its commit."""
    _empty(connection, frontier.CHUNK, members >= _MANY)


def _empty(connection: Connection, tables: tuple[str, ...], many: bool) -> None:
    if many:
        files = [name for table in tables for name in (_PARTS if table == "trail" else [table])]
        # Each that is truncated is made anew, with what belongs to it: some six files.
        filled = prepared.run(connection, _FILLED, {"tables": files}).scalars().all()
        if not filled or _truncated(connection, ", ".join(filled)):
            return
    prepared.run(connection, _deleting(tables), {})


@cache
def _deleting(tables: tuple[str, ...]) -> TextClause:
    """All rows of these tables."""
    *others, last = (f"delete from {name}" for name in tables)
    parts = ", ".join(f"gone_{place} as ({other})" for place, other in enumerate(others))
    return text(f"with {parts} {last}" if others else last)


def _truncated(connection: Connection, tables: str) -> bool:
    """Whether it could be done at once: a dump of the database holds the tables of all sets for as long as it takes."""
    try:
        with connection.begin_nested():
            connection.execute(text(f"lock table {tables} in access exclusive mode nowait"))
            connection.execute(text(f"truncate {tables}"))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        return False
    return True


def give_back(connection: Connection) -> None:
    """The session's set, if it has one; whoever is next may take it."""
    number = connection.info.pop(_TAKEN, None)
    if number is not None:
        prepared.run(connection, _GIVE_BACK, {"number": number})

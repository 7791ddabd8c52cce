"""The people of `world` kept as a database between runs, for who asks to keep them; no other database is touched."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, text

from benchmarks import world
from journey_engine.settings import Settings
from journey_engine.store import database, migrate

_PREFIX = "benchmark_world_"


def kept(settings: Settings, count: int) -> str:
    """The name of the database with so many members; it is made if there is none, or if it was made otherwise."""
    name = f"{_PREFIX}{count}_{_made_by()}"
    url = database.app_url(settings)
    server = database.engine_on(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            there = _named(connection, f"{_PREFIX}{count}_")
            if name in there:
                return name
            _drop(connection, there)
            connection.execute(text(f'create database "{name}_half"'))
            engine = database.engine_on(url.set(database=f"{name}_half"))
            migrate.upgrade(engine)
            world.make(engine, count)
            engine.dispose()
            connection.execute(text(f'alter database "{name}_half" rename to "{name}"'))
    finally:
        server.dispose()
    return name


def forget(settings: Settings) -> list[str]:
    """Drop all that was kept, of any number of members; the names of the databases."""
    server = database.engine_on(database.app_url(settings)).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            there = _named(connection, _PREFIX)
            _drop(connection, there)
    finally:
        server.dispose()
    return there


def _named(connection: Connection, begins: str) -> list[str]:
    asked = text("select datname from pg_database where starts_with(datname, :begins) order by 1")
    return list(connection.execute(asked, {"begins": begins}).scalars().all())


def _drop(connection: Connection, databases: Sequence[str]) -> None:
    for name in databases:
        connection.execute(text(f'drop database "{name}"'))


def _made_by() -> str:
    """Another generator, or other tables, make another database."""
    tables = Path(migrate.__file__).parent / "migrations" / "versions"
    made = hashlib.sha256(Path(world.__file__).read_bytes())
    for file in sorted(tables.glob("*.py")):
        made.update(file.read_bytes())
    return made.hexdigest()[:12]

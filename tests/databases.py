"""Fresh migrated databases for tests, on a server of the tests' own that stays up between runs; never the project's."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, Pool, QueuePool, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import LRUCache

from journey_engine.compiler import frontier
from journey_engine.data import staging
from journey_engine.moving import sets
from journey_engine.store import binaries, database, embedded, migrate
from journey_engine.store.cluster import Cluster

STORE = Path(migrate.__file__).parent
_LOCK = text("select pg_advisory_lock(7402120)")
_UNLOCK = text("select pg_advisory_unlock(7402120)")
_TEMPLATE_DAYS = 2
MEMORY_WANTED = 4 * 2**30  # bytes free in the file system in memory
_MOST_PAGES = 64  # of any table left by a test whose database is used again
# Everybody else is sent away, and whoever still writes is not waited for long.
_LEAVE = text("""
select set_config('lock_timeout', '5s', true), count(pg_terminate_backend(pid))
  from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
""")
# The youngest transaction that wrote about our own tables in the catalog, how many rows there are, and the pages of the
# fullest table. Of transactions Postgres compares ages; numbers made of them by way of texts cost more than all else.
_SHAPE = text("""
with own as (select oid, xmin, relkind from pg_class where oid >= 16384 and relpersistence <> 't'), written as (
    select xmin from own
    union all select a.xmin from pg_attribute a join own on own.oid = attrelid
    union all select d.xmin from pg_attrdef d join own on own.oid = adrelid
    union all select k.xmin from pg_constraint k join own on own.oid = conrelid
    union all select t.xmin from pg_trigger t join own on own.oid = tgrelid
    union all select s.xmin from pg_statistic s join own on own.oid = starelid
    union all select xmin from pg_proc where oid >= 16384
    union all select xmin from pg_namespace where nspname !~ '^pg_'
    union all select s.xmin from pg_db_role_setting s join pg_database d on d.oid = setdatabase
     where datname = current_database())
select format('%s of %s', age('3'::xid) - min(age(xmin)), count(*)),
       (select max(pg_relation_size(oid)) / 8192 from own where relkind = 'r')
  from written
""")
_EMPTY = text("""
do $$ declare one record; begin
    set local session_replication_role = replica;
    for one in select oid::regclass as named from pg_class where relkind = 'r' and oid >= 16384
                and relpersistence <> 't' and relname <> 'alembic_version' and pg_relation_size(oid) > 0 loop
        execute format('delete from %s', one.named);
    end loop;
    perform setval(seqrelid, seqstart, false) from pg_sequence join pg_class on pg_class.oid = seqrelid
      where relpersistence <> 't' and pg_sequence_last_value(seqrelid) is not null;
    perform pg_advisory_unlock_all();
    execute 'unlisten *';
    execute 'discard temporary';
    execute 'reset all';
end $$
""")
_COMPILED = 2_000  # statements kept; a pass of a journey has about 70, most of them the same for every journey


def tests_cluster() -> Cluster:
    """The tests' server, one for all checkouts of this user and this major version of Postgres; not crash-safe."""
    return embedded.place(_folder() / f"tests-{binaries.major_of(binaries.locate())}", durable=False)


def _folder() -> Path:
    """In memory where there is room (a database is 480 files, and some file systems make them slowly), else on disk."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    wished = [Path(state).expanduser() / "line-journeys", Path(tempfile.gettempdir()) / f"line-journeys-{os.getuid()}"]
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_WANTED:
        wished.insert(0, memory / f"line-journeys-{os.getuid()}")
    for folder in wished:
        with suppress(OSError):  # an account without a home, a closed folder
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            if folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK):
                return folder
    raise OSError(f"No folder for the tests' database can be made at {', '.join(map(str, wished))}.")


def schema_mark() -> str:
    """A hash over the tables, the migrations and what passes and imports make: another content, another template."""
    content = hashlib.sha256()
    made = (Path(file) for file in (frontier.__file__, sets.__file__, staging.__file__))
    for path in sorted([*STORE.glob("tables/*.py"), *STORE.glob("migrations/**/*.py"), *made]):
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


class Databases:
    """Makes databases named after this process, from an empty or a migrated template.

    To make one costs 480 files and three checkpoints, a quarter of what the usual test costs: where a test left the
    tables as they were and few rows in them, its database is emptied for the next. One of its sessions stays with it,
    as a new one has to read the catalog again, but keeps nothing of what the test did in it.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.url = make_url(embedded.start(cluster)).set(database="postgres")
        self.server = database.engine_on(self.url).execution_options(isolation_level="AUTOCOMMIT")
        self._compiled = LRUCache[object, object](_COMPILED)
        self._emptied: list[tuple[str, Pool]] = []  # migrated databases that wait for the next test
        with self.server.connect() as connection:
            connection.execute(_LOCK)
            try:
                _sweep(connection)
                self.template = self._migrated_template(connection)
            finally:  # the pool keeps the session, and with it the lock
                connection.execute(_UNLOCK)

    def close(self) -> None:
        for name, pool in self._emptied:
            pool.dispose()
            self._drop(name)
        self.server.dispose()

    @contextmanager
    def fresh(self, migrated: bool = True) -> Generator[Engine]:
        """A database of its own, with all tables or with none, dropped afterwards."""
        name = self._made(self.template if migrated else "template0")
        try:
            with self._engine(name) as engine:
                yield engine
        finally:
            self._drop(name)

    @contextmanager
    def empty(self) -> Generator[Engine]:
        """The same with all tables, made anew or emptied: its sequences begin at 1, and no row was ever counted."""
        name, pool = self._emptied.pop() if self._emptied else (self._made(self.template), None)
        engine = self._opened(name)
        engine.pool = pool or engine.pool  # another engine each time: nobody listens to it any more
        kept = False
        try:
            yield engine
            kept = self._is_emptied(engine)
        finally:
            if kept:
                self._emptied.append((name, engine.pool))
            else:
                engine.dispose()
                self._drop(name)

    def _made(self, source: str) -> str:
        name = f"test_{os.getpid()}_{uuid.uuid4().hex[:12]}"
        with self.server.connect() as connection:
            connection.execute(text(f"create database {name} template {source} strategy file_copy"))
        return name

    def _drop(self, name: str) -> None:
        with self.server.connect() as connection:
            connection.execute(text(f"drop database if exists {name} with (force)"))

    def _is_emptied(self, engine: Engine) -> bool:
        """Empty it, unless a test changed its tables, analyzed them or filled them with more than a few pages."""
        if isinstance(engine.pool, QueuePool):
            if engine.pool.checkedout():
                engine.dispose()
            for _ in range(1, engine.pool.checkedin()):
                _part_with_one(engine.pool)
        try:
            with engine.begin() as connection:
                connection.execute(_LEAVE)
                shape, pages = connection.execute(_SHAPE).one()
                if shape != self._shape or pages > _MOST_PAGES:
                    return False
                connection.execute(_EMPTY)
        except DBAPIError:  # the test stopped its server, or somebody holds on to a row
            return False
        return True

    @contextmanager
    def _engine(self, name: str) -> Generator[Engine]:
        engine = self._opened(name)
        try:
            yield engine
        finally:
            engine.dispose()

    def _opened(self, name: str) -> Engine:
        engine = database.engine_on(self.url.set(database=name))
        # To compile a statement takes longer than to run it on a few rows: what was compiled for one database serves
        # all, as in a process that keeps one engine. The key of what is kept names the dialect object.
        engine.dialect = self.server.dialect
        engine.update_execution_options(compiled_cache=self._compiled)
        return engine

    @cached_property
    def _shape(self) -> str:
        """What the tables are as nobody has changed them."""
        name = self._made(self.template)
        with self._engine(name) as engine, engine.connect() as connection:
            shape, _ = connection.execute(_SHAPE).one()
        self._drop(name)
        return shape

    def _migrated_template(self, connection: Connection) -> str:
        name = f"template_{schema_mark()}"
        if not connection.execute(text("select 1 from pg_database where datname = :name"), {"name": name}).first():
            making = f"{name}_making"
            connection.execute(text(f"drop database if exists {making} with (force)"))
            connection.execute(text(f"create database {making} template template0"))
            engine = database.engine_on(self.url.set(database=making))
            migrate.upgrade(engine)
            with engine.begin() as first:  # each test's first pass, and its first import, would make these
                sets.take(first)
                staging.make_schema(first)
            engine.dispose()
            connection.execute(text(f"alter database {making} rename to {name}"))
            connection.execute(text(f"comment on database {name} is '{_today(connection)}'"))
        return name


def _part_with_one(pool: Pool) -> None:
    """Close one of the sessions that wait in the pool."""
    session = pool.connect()
    session.detach()
    session.close()


def _today(connection: Connection) -> int:
    return connection.execute(text("select current_date - date '2000-01-01'")).scalar_one()


def _sweep(connection: Connection) -> None:
    """Drop what killed test runs left behind, and templates nobody has used for days."""
    rows = connection.execute(text("select datname, shobj_description(oid, 'pg_database') from pg_database"))
    today = _today(connection)
    for name, comment in rows.all():
        kind, _, rest = name.partition("_")
        abandoned = kind == "test" and not _alive(int(rest.partition("_")[0]))
        old = kind == "template" and comment is not None and int(comment) < today - _TEMPLATE_DAYS
        if abandoned or old:
            connection.execute(text(f"drop database if exists {name} with (force)"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def forget() -> None:
    """Stop the tests' server and remove all of it (`make stop`); the next test run makes a new one."""
    cluster = tests_cluster()
    if embedded.stop(cluster):
        print("The tests' database is stopped and removed.")
    shutil.rmtree(cluster.home, ignore_errors=True)


if __name__ == "__main__":
    forget()

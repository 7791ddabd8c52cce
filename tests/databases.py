"""Fresh migrated databases for tests, on a server of the tests' own that stays up between runs; never the project's."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.util import LRUCache

from journey_engine.store import binaries, database, embedded, migrate
from journey_engine.store.cluster import Cluster

STORE = Path(migrate.__file__).parent
_LOCK = text("select pg_advisory_lock(7402120)")
_UNLOCK = text("select pg_advisory_unlock(7402120)")
_TEMPLATE_DAYS = 2
MEMORY_WANTED = 4 * 2**30  # bytes free in the file system in memory
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
    """A hash over the tables and the migrations: another content, another template."""
    content = hashlib.sha256()
    for path in sorted([*STORE.glob("tables/*.py"), *STORE.glob("migrations/**/*.py")]):
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


class Databases:
    """Makes databases named after this process, from an empty or a migrated template."""

    def __init__(self, cluster: Cluster) -> None:
        self.url = make_url(embedded.start(cluster)).set(database="postgres")
        self.server = database.engine_on(self.url).execution_options(isolation_level="AUTOCOMMIT")
        self._compiled = LRUCache[object, object](_COMPILED)
        with self.server.connect() as connection:
            connection.execute(_LOCK)
            try:
                _sweep(connection)
                self.template = self._migrated_template(connection)
            finally:  # the pool keeps the session, and with it the lock
                connection.execute(_UNLOCK)

    def close(self) -> None:
        self.server.dispose()

    @contextmanager
    def fresh(self, migrated: bool = True) -> Generator[Engine]:
        """A database of its own, with all tables or with none, dropped afterwards."""
        name = f"test_{os.getpid()}_{uuid.uuid4().hex[:12]}"
        source = self.template if migrated else "template0"
        with self.server.connect() as connection:
            connection.execute(text(f"create database {name} template {source} strategy file_copy"))
        engine = database.engine_on(self.url.set(database=name))
        # To compile a statement takes longer than to run it on a few rows: what was compiled for one database serves
        # all, as in a process that keeps one engine. The key of what is kept names the dialect object.
        engine.dialect = self.server.dialect
        engine.update_execution_options(compiled_cache=self._compiled)
        try:
            yield engine
        finally:
            engine.dispose()
            with self.server.connect() as connection:
                connection.execute(text(f"drop database if exists {name} with (force)"))

    def _migrated_template(self, connection: Connection) -> str:
        name = f"template_{schema_mark()}"
        if not connection.execute(text("select 1 from pg_database where datname = :name"), {"name": name}).first():
            making = f"{name}_making"
            connection.execute(text(f"drop database if exists {making} with (force)"))
            connection.execute(text(f"create database {making} template template0"))
            engine = database.engine_on(self.url.set(database=making))
            migrate.upgrade(engine)
            engine.dispose()
            connection.execute(text(f"alter database {making} rename to {name}"))
            connection.execute(text(f"comment on database {name} is '{_today(connection)}'"))
        return name


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

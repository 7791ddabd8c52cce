"""Where scripts are played: a database, a sandbox of LINE's in this process, senders as threads and as processes."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from journey_engine.sandbox.beside import Sandbox
from journey_engine.store import binaries, database, embedded, migrate
from journey_engine.store.cluster import Cluster
from tests.chaos.scripts import Script
from tests.chaos.senders import Threads
from tests.chaos.shops import BEGIN, stock
from tests.chaos.zygote import Zygote
from tests.sandbox_fixtures import user

_WRITTEN = text("""
select quote_ident(relname) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0
  and relname not in ('alembic_version', 'definitions')
""")
_TOKEN = text("""
insert into reply_tokens (token, member_id, event_id, issued_at) values (:token, :member, :event, clock_timestamp())
""")


class Stage:
    """One database and one sandbox, emptied before each script. `cluster` is the server if it may be stopped."""

    def __init__(self, engine: Engine, folder: Path, zygote: Zygote, cluster: Cluster | None = None) -> None:
        self.engine = engine
        self.cluster = cluster
        self.zygote = zygote
        self.sandbox = Sandbox(folder / "sandbox.jsonl")
        self.url: str = engine.url.render_as_string(hide_password=False)
        self.stops = 0
        self._stopping = threading.Lock()

    def __enter__(self) -> Stage:
        self.sandbox.__enter__()
        self.threads = Threads(self.url)
        return self

    def __exit__(self, *error: object) -> None:
        self.threads.close()
        self.sandbox.__exit__(*error)

    def set(self, script: Script) -> None:
        """Empty everything and put the script's people and wishes there, and LINE's friends."""
        self.sandbox.reset()
        self.sandbox.post("clock", {"now": int(BEGIN.timestamp() * 1000)})
        friends = [{"id": user(p.number), "status": p.listed} for p in script.people if p.known]
        self.sandbox.post("friends", {"friends": friends})
        self.sandbox.post("quota", {"limit": script.line_quota})
        self.sandbox.post("settings", {"drops_unknown": script.drops_unknown})
        with self.engine.begin() as connection:
            written = connection.scalars(_WRITTEN).all()
            # Rows deleted without a look at foreign keys: a truncation makes new files for each table and index.
            connection.execute(text("set local session_replication_role = replica"))
            for table in written:
                connection.execute(text(f"delete from {table}"))
            connection.execute(text("set local session_replication_role = origin"))
            stock(connection, script)
            self._hand_out_tokens(connection, script)

    def _hand_out_tokens(self, connection: Connection, script: Script) -> None:
        for person in script.people:
            if person.follows and person.listed != "deleted":
                (event,) = self.sandbox.act(user(person.number), "write", text="?")["events"]
                given: dict[str, Any] = {"token": event["replyToken"], "event": event["webhookEventId"]}
                connection.execute(_TOKEN, {**given, "member": person.number})

    def restart_database(self) -> None:
        """Stop the server as a failing machine would, and start it again."""
        assert self.cluster is not None, "this server belongs to others"
        with self._stopping:
            owner = binaries.account()
            programs = binaries.runnable_by(owner, binaries.locate())
            words = ["-D", str(self.cluster.data), "-m", "immediate", "-w", "stop"]
            assert owner.run([str(programs / "pg_ctl"), *words], self.cluster.tools_log) == 0
            before = self.cluster.port()
            embedded.start(self.cluster)
            assert self.cluster.port() == before, "somebody took the database's port meanwhile"
            self.stops += 1


@contextmanager
def folder_of_its_own() -> Generator[Path]:
    """A folder that is removed afterwards: in memory where there is some, for its files live for minutes."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=memory if memory.is_dir() else None) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def own_stage(zygote: Zygote) -> Generator[Stage]:
    """A stage with a database server of its own, which may be stopped; both are gone afterwards.

    The server is crash-safe, as a shop's is: what was committed must be there after each stop.
    """
    with folder_of_its_own() as folder:
        cluster = embedded.place(folder / "postgres")
        engine = database.engine_on(embedded.start(cluster))
        try:
            migrate.upgrade(engine)
            with Stage(engine, folder, zygote, cluster) as stage:
                yield stage
        finally:
            engine.dispose()
            embedded.stop(cluster)
            shutil.rmtree(cluster.home, ignore_errors=True)


@contextmanager
def stage_on(engine: Engine, zygote: Zygote) -> Generator[Stage]:
    """A stage on a migrated database of others, whose server is not to be stopped."""
    with folder_of_its_own() as folder, Stage(engine, folder, zygote) as stage:
        yield stage

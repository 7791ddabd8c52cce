"""Work in a process of its own that is killed while it waits at a chosen statement; the statement never ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from journey_engine.data import retaining
from journey_engine.data.feeds import import_feed
from journey_engine.data.relanding import retry
from journey_engine.gate.quarantined import Which
from journey_engine.language.catalog import Policy
from journey_engine.language.project import Project
from journey_engine.members.merging import merge_found
from journey_engine.settings import Settings
from journey_engine.store import database
from tests import beside

_LOCK = 7_402_199
_BARRIER = f"""
create function barrier() returns trigger language plpgsql as $$
begin perform pg_advisory_xact_lock({_LOCK}); return coalesce(new, old); end $$;
create trigger barrier before {{doing}} on {{table}} for each row {{only}} execute function barrier()
"""
_WAITS = "select pid from pg_locks where locktype = 'advisory' and not granted and objid = :lock and database = (select oid from pg_database where datname = current_database())"  # noqa: E501
# The session of a killed process works on until it notices; its transaction is undone in any case.
_END = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and pid <> :mine"  # noqa: E501


def importing(url: str, project: Project, settings: Settings, feed: str, now: datetime) -> None:
    """An import, as the process's whole work."""
    import_feed(database.engine_on(url), project, settings, feed, now)


def retrying(url: str, project: Project, settings: Settings, now: datetime) -> None:
    """Another try of all that is quarantined."""
    retry(database.engine_on(url), project, settings, Which(), "L", "", now)


def merging(url: str, now: datetime) -> None:
    """A merge of all that was found."""
    merge_found(database.engine_on(url), now)


def sweeping(url: str, policy: Policy, now: datetime) -> None:
    """A sweep of what is too old, a row in a commit."""
    retaining.sweep(database.engine_on(url), policy, now, most=1)


def kill_at(engine: Engine, statement: str, work: Callable[..., None], *given: Any) -> None:
    """Let `work` come to the `statement` (`insert events`, `update batches when …`), and kill it with signal 9."""
    with _barrier(engine, statement) as waiting:
        process = beside.start(work, engine.url.render_as_string(hide_password=False), *given)
        until = time.monotonic() + 120
        while not waiting():
            assert process.is_alive(), "it ended before it was killed"
            assert time.monotonic() < until, "it never came to the statement"
            time.sleep(0.05)
        process.kill()
        process.join()
        assert process.exitcode == -9


@contextmanager
def _barrier(engine: Engine, statement: str) -> Generator[Callable[[], bool]]:
    what, _, only = statement.partition(" when ")
    doing, table = what.split()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        when = f"when ({only})" if only else ""
        connection.exec_driver_sql(_BARRIER.format(doing=doing, table=table, only=when))
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
        yield lambda: connection.execute(text(_WAITS), {"lock": _LOCK}).first() is not None
        mine = connection.execute(text("select pg_backend_pid()")).scalar_one()
        connection.execute(text(_END), {"mine": mine}).all()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.exec_driver_sql(f"drop trigger barrier on {table}; drop function barrier()")

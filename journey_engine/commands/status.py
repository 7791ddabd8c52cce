"""`journeys status`: says what runs and where, and what is held; it starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journey_engine.commands import FINE, HELD, FromProject
from journey_engine.language.words import Words
from journey_engine.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PATIENCE = 3  # seconds for one count
_TOO_MANY = Words(
    "分流比例沒有看完：人數太多，3 秒內數不完；journeys results 旅程 會數完。",
    "The lots were not looked at: too many to count within 3 seconds; journeys results JOURNEY counts them.",
)


def status(*, settings: FromProject) -> int:
    """Say what runs and where, and what waits for a release (exit code 3)."""
    from journey_engine.running import stack

    there = _database(settings)
    for part in stack.status(settings):
        where = f"{part.url or ''} (pid {part.pid})".strip() if part.running else "does not run"
        print(f"{part.name:<16}{where}")
    return _held(settings) if there else FINE


def _database(settings: Settings) -> bool:
    """Say where the database is; False if it cannot be asked."""
    from journey_engine.store import database, embedded

    if settings.database_url:
        url = database.app_url(settings)
        print(f"{'database':<16}{url.host}/{url.database} (DATABASE_URL)")
        return True
    cluster = embedded.existing(settings)
    if cluster is None:
        print(f"{'database':<16}not there yet; `journeys up` makes it")
        return False
    seen = embedded.status(cluster)
    where = f"127.0.0.1:{seen.port}" if seen.running else "does not run"
    print(f"{'database':<16}{where} (files: {seen.home})")
    return seen.running


def _low(conn: Connection) -> list[tuple[str, str]]:
    """What runs low, and lots that do not fall by their shares: a label and, in the brand's language, the rest."""
    from psycopg.errors import QueryCanceled
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    from journey_engine import clock
    from journey_engine.data import pools
    from journey_engine.measures import quota, ratio
    from journey_engine.planning import NothingApplied, live_project

    try:
        project = live_project(conn)
    except NothingApplied:
        return []
    now = clock.now(conn)
    low = pools.warnings(pools.standings(conn, project, now))
    low += quota.warnings(quota.quotas(conn, now, project.policy))
    told = [("LOW", words) for words in low]
    try:
        with conn.begin_nested():  # each looks at everybody who ever entered
            conn.execute(text(f"set local statement_timeout = '{_PATIENCE}s'"))
            told += [("BROKEN LOTS", words) for words in ratio.warnings(ratio.ratios(conn, project, now))]
            conn.execute(text("set local statement_timeout = default"))
    except OperationalError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        told.append(("LOTS", _TOO_MANY))
    return [(label, words.said(project.policy.language)) for label, words in told]


def _held(settings: Settings) -> int:
    from sqlalchemy import inspect

    from journey_engine import clock
    from journey_engine.gate.holds import open_holds
    from journey_engine.inbox import inbox
    from journey_engine.store import database
    from journey_engine.store.zones import zones_of

    engine = database.engine_on(database.app_url(settings))
    try:
        with engine.begin() as conn:
            if not inspect(conn).has_table("holds"):  # nothing was ever applied there
                return FINE
            offset, now = clock.offset(conn), clock.now(conn)
            held = open_holds(conn)
            unknown = zones_of(conn).unknown
            low = _low(conn)
            aside = inbox.set_aside(conn)
    finally:
        engine.dispose()
    if offset:
        print(f"{'clock':<16}simulated: it shows {now:%Y-%m-%d %H:%M} UTC")
    for zone, members in unknown.items():
        print(f"{'UNKNOWN ZONE':<16}{zone}: {members:,} members live by the policy's zone")
    if aside:
        print(f"{'SET ASIDE':<16}{aside:,} events that could not be taken; `journeys retry` tries them again")
    for label, line in low:
        print(f"{label:<16}{line}")
    for hold in held:
        print(f"{'HELD':<16}{hold}")
    return HELD if held else FINE

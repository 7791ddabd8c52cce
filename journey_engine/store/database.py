"""The way to the database: URLs and engines, whoever serves it; it knows no table."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from journey_engine.errors import JourneysError
from journey_engine.settings import Settings
from journey_engine.store import embedded, liveness

_BEGINS = text("select format('temporary_%s_', oid) from pg_database where datname = current_database()")
_BITS = 31  # a lock is two numbers of that many; the first says what for
_LOCK = text("select pg_advisory_lock(7402121, :number)")
_TRY = text("select pg_try_advisory_lock(7402121, :number)")
_UNLOCK = text("select pg_advisory_unlock(7402121, :number)")
# Only our own: others on a shared server may not be dropped by us, and may not be ours to drop.
_LEFT = text("""
select datname from pg_database where starts_with(datname, :begins) and pg_get_userbyid(datdba) = current_user
""")
_POSTGRES = ("postgres", "postgresql")


class NotPostgres(JourneysError):
    """DATABASE_URL names something else than a Postgres server."""

    def __init__(self, scheme: str) -> None:
        super().__init__(
            f"The database named is {scheme}, and only Postgres will do.",
            "Write postgresql://user:password@host:5432/database, or unset it to use the embedded server.",
            "DATABASE_URL",
        )


class DatabaseDoesNotAnswer(JourneysError):
    """The server named by DATABASE_URL refuses us or is not there."""

    def __init__(self, url: URL, said: str) -> None:
        super().__init__(
            f"The database does not answer: {said.rstrip('.')}.",
            "See that the server runs and that DATABASE_URL names it, its user and its password rightly.",
            f"{url.host}:{url.port or 5432}/{url.database}",
        )


def app_url(settings: Settings) -> URL:
    """Where the app's tables are: DATABASE_URL if set, else the embedded server, which is started if need be.

    Raises NotPostgres and what `embedded.start` raises.
    """
    if settings.database_url:
        return _postgres(settings.database_url, "psycopg")
    return make_url(embedded.start(embedded.of(settings)))


def prefect_url(settings: Settings) -> URL:
    """Where Prefect's tables are: as Prefect's own variable says, else the database `prefect` of the app's server.

    For asyncpg, as Prefect wants it; it carries the password (`render_as_string(hide_password=False)` shows it). On a
    server named by DATABASE_URL the database has to exist (`create database prefect`).
    """
    if settings.prefect_database_url:
        return _postgres(settings.prefect_database_url, "asyncpg")
    url = app_url(settings).set(drivername="postgresql+asyncpg", database="prefect")
    mode = url.query.get("sslmode")
    return url.set(query={"ssl": mode} if mode else {})  # asyncpg knows none of libpq's other parameters


def open_engine(settings: Settings) -> Engine:
    """An engine on the app's database, started if it is the embedded one and brought to the newest migration.

    Raises DatabaseDoesNotAnswer and what `app_url` raises.
    """
    from journey_engine.store import migrate

    engine = engine_on(app_url(settings))
    try:
        migrate.upgrade(engine)
    except OperationalError as error:
        engine.dispose()
        raise DatabaseDoesNotAnswer(engine.url, str(error.orig).strip().splitlines()[0]) from error
    return engine


@contextmanager
def opened(settings: Settings) -> Generator[Engine]:
    """The same for a block; its connections are closed when it ends. Raises what `open_engine` raises."""
    engine = open_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def engine_on(url: URL | str) -> Engine:
    """An engine whose sessions run in UTC; it neither starts nor migrates anything."""
    # `-c` in options is libpq's way to set a session parameter at connect time, so that it costs no statement.
    # Compiling our statements takes longer than running them: the sender's decision costs twice as much with JIT.
    # What an error says is logged, here and by Prefect: never with the values of the statement that failed.
    options = "-c timezone=UTC -c jit=off"
    engine = create_engine(url, connect_args={"options": options}, hide_parameters=True)
    liveness.watch(engine)
    _remember_long_statements()
    return engine


def _remember_long_statements() -> None:
    """Let psycopg remember where the parameters of our statements stand.

    It remembers statements of up to 4,096 characters and 50 parameters; a step's has more, and reading one again takes
    longer than sending it. Both limits are names of its own (`psycopg._queries`): without them it only reads again.
    """
    limits = {"MAX_CACHED_STATEMENT_LENGTH": 100_000, "MAX_CACHED_STATEMENT_PARAMS": 1_000}
    vars(import_module("psycopg._queries")).update(limits)


@contextmanager
def temporary_engine(settings: Settings, template: str | None = None) -> Generator[Engine]:
    """An engine on a new database of the same server, empty or a copy of `template`, which is dropped afterwards.

    What killed processes left behind is dropped first: a database in use is known by a lock that its owner holds. Locks
    belong to a database, so the name says of which one it is, and only those of the same one are looked at.
    """
    url = app_url(settings)
    number = secrets.randbits(_BITS)
    server = engine_on(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:  # the lock ends with this session, however that ends
            connection.execute(_LOCK, {"number": number})
            begins = connection.execute(_BEGINS).scalar_one()
            _sweep(connection, begins)
            name = f"{begins}{number}"
            connection.execute(text(f"create database {name}" + (f' template "{template}"' if template else "")))
            engine = engine_on(url.set(database=name))
            try:
                yield engine
            finally:
                engine.dispose()
                connection.execute(text(f"drop database if exists {name} with (force)"))
    finally:
        server.dispose()


def _sweep(connection: Connection, begins: str) -> None:
    """Drop the temporary databases whose owners are gone; their names begin so."""
    for name in connection.execute(_LEFT, {"begins": begins}).scalars().all():
        number = name.removeprefix(begins)
        if number.isdecimal() and connection.execute(_TRY, {"number": int(number)}).scalar_one():
            try:
                connection.execute(text(f"drop database if exists {name} with (force)"))
            finally:
                connection.execute(_UNLOCK, {"number": int(number)})


def _postgres(written: str, driver: str) -> URL:
    url = make_url(written)
    scheme = url.drivername.partition("+")[0]
    if scheme not in _POSTGRES:
        raise NotPostgres(scheme)
    return url.set(drivername=f"postgresql+{driver}")

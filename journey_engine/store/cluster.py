"""One embedded server seen from outside: its folder, port, password and whether it answers; it starts nothing."""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from journey_engine.errors import JourneysError
from journey_engine.store import binaries

USER = "app"
# `app` is made last: where it answers, `prefect` exists too.
DATABASES = ("prefect", "app")
PATIENCE = 60.0  # seconds for a start; recovery after a crash included


class ServerDidNotStart(JourneysError):
    """The embedded server did not come up; the reason is the end of its own log."""

    def __init__(self, log: Path, last_words: str) -> None:
        super().__init__(
            f"Postgres did not start: {last_words}",
            "Read the log named here; `journeys stop` and another try is safe, data is never removed.",
            str(log),
        )


class OtherMajorVersion(JourneysError):
    """The data directory was made by another major version of Postgres."""

    def __init__(self, data: Path, made_by: int, found: int) -> None:
        super().__init__(
            f"The database was made by Postgres {made_by} and the programs found are {found}.",
            f"Name version {made_by} in POSTGRES_BIN, or move the data with pg_dump.",
            str(data),
        )


class Unusable(JourneysError):
    """The server's folder belongs to another account, or cannot be written."""

    def __init__(self, folder: Path, account: str) -> None:
        super().__init__(
            f"This folder cannot be used by the account {account}: it belongs to another one or is read-only.",
            "Run as the user who made it, or remove the folder to begin anew.",
            str(folder),
        )


@dataclass(frozen=True, slots=True)
class Cluster:
    """One server: `home` holds its data, password, port and log.

    `durable=False` trades crash safety for speed and is for tests only.
    """

    home: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server itself said."""
        return self.home / "server.log"

    @property
    def tools_log(self) -> Path:
        """What initdb and pg_ctl said."""
        return self.home / "tools.log"

    @property
    def password_file(self) -> Path:
        return self.home / "password"

    def password(self) -> str:
        return self.password_file.read_text().strip()

    def port(self) -> int:
        """The port of the last start, 0 if there was none."""
        try:
            return int((self.home / "port").read_text())
        except (OSError, ValueError):
            return 0

    def conninfo(self, database: str) -> str:
        # sslmode: the server speaks no TLS, whatever PGSSLMODE of the environment asks of others.
        place = f"host=127.0.0.1 port={self.port()} sslmode=disable"
        return f"{place} user={USER} password={self.password()} dbname={database}"

    def url(self, database: str = "app") -> str:
        """SQLAlchemy URL of one of the cluster's databases; it carries the password, so it is never printed."""
        return f"postgresql+psycopg://{USER}:{self.password()}@127.0.0.1:{self.port()}/{database}?sslmode=disable"


@contextmanager
def only_one(cluster: Cluster) -> Generator[None]:
    """Hold the cluster's file lock; the system drops it with the process, however that ends."""
    with (cluster.home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def answers(cluster: Cluster, database: str, patient: bool = False) -> bool:
    """Whether *this* cluster's server takes connections to `database`; `patient` waits while it is starting up."""
    deadline = time.monotonic() + PATIENCE
    while os.access(cluster.password_file, os.R_OK) and os.access(cluster.data / "postmaster.pid", os.R_OK):
        try:
            with psycopg.connect(cluster.conninfo(database), connect_timeout=5) as connection:
                row = connection.execute("show data_directory").fetchone()
            return row is not None and Path(str(row[0])).resolve() == cluster.data.resolve()
        except psycopg.OperationalError as error:
            if not any(words in str(error) for words in ("starting up", "recovery", "shutting down")):
                return False
        if not patient or time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return False


def make_databases(cluster: Cluster) -> None:
    """Make the databases that are not there yet; callers hold the lock."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        for name in DATABASES:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        # Prefect commits at each state of each run: a crash may cost its last half second of history, never the app's.
        connection.execute("alter database prefect set synchronous_commit = off")


def write_private(path: Path, content: str, owner: binaries.Account) -> None:
    """Write a file that only its owner may read, replacing the old one in one move."""
    fresh = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content + "\n")
    if owner.uid is not None:
        os.chown(fresh, owner.uid, owner.gid or 0)
    fresh.replace(path)

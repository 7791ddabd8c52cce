"""A Postgres server of this checkout's own, started on demand and left running; it is never open to the network."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from journey_engine.settings import Settings
from journey_engine.store import binaries, launching
from journey_engine.store.cluster import (
    PATIENCE,
    Cluster,
    ServerDidNotStart,
    Unusable,
    answers,
    make_databases,
    only_one,
)


@dataclass(frozen=True, slots=True)
class Status:
    """What `journeys status` says about the server."""

    running: bool
    port: int
    home: Path


def of(settings: Settings) -> Cluster:
    """The cluster of a project: in its state folder, or in root's place where its account cannot reach that.

    The second happens only to root, whose server runs under an unprivileged account: a checkout in root's own home.
    """
    return place(settings.state / "postgres")


def existing(settings: Settings) -> Cluster | None:
    """The project's cluster if one was ever made; unlike `of` it makes no folder."""
    folder = settings.state / "postgres"
    made = folder.exists() or folder.with_name("postgres.mark").exists()
    return place(folder) if made else None


def place(wished: Path, durable: bool = True) -> Cluster:
    """A cluster at `wished` or, if the server's account cannot work there, in root's place.

    That place is named after `wished` and a random mark kept beside it: a fresh clone at an old path begins anew, and a
    copied checkout gets a server of its own.
    """
    owner = binaries.account()
    mark = wished.with_name(f"{wished.name}.mark")
    if not mark.exists() and (owner.uid is None or owner.can_use(wished)):
        return Cluster(wished, durable)
    own = wished.with_name(f"{wished.name}.{uuid.uuid4().hex}")
    own.write_text(own.name)
    with suppress(FileExistsError):  # linked, not written: who comes second reads the first one's mark, whole
        mark.hardlink_to(own)
    own.unlink()
    name = hashlib.sha256(f"{wished}|{mark.read_text()}".encode()).hexdigest()[:16]
    binaries.ROOTS_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Cluster(binaries.ROOTS_PLACE / name, durable)


def start(cluster: Cluster) -> str:
    """Start the server unless it runs, make its databases, and return the SQLAlchemy URL of `app`.

    Any number of processes may call this at once. Raises ServerDidNotStart, OtherMajorVersion, Unusable,
    binaries.NoPostgres, binaries.NoAccount.
    """
    if answers(cluster, "app"):
        return cluster.url()
    owner = binaries.account()
    if not owner.can_use(cluster.home):
        raise Unusable(cluster.home, owner.name)
    with only_one(cluster):
        if not answers(cluster, "postgres", patient=True):
            programs = binaries.runnable_by(owner, binaries.locate())
            launching.initialise(cluster, owner, programs)
            launching.launch(cluster, owner, programs)
        make_databases(cluster)
    return cluster.url()


def stop(cluster: Cluster) -> bool:
    """Stop the server, ending its connections; False if it did not run."""
    if not cluster.data.exists():
        return False
    owner = binaries.account()
    with only_one(cluster):
        if not answers(cluster, "postgres", patient=True):
            return False
        programs = binaries.runnable_by(owner, binaries.locate())
        arguments = ["-D", str(cluster.data), "-m", "fast", "-w", "-t", str(int(PATIENCE)), "stop"]
        if owner.run([str(programs / "pg_ctl"), *arguments], cluster.tools_log) != 0:
            raise ServerDidNotStart(cluster.log, f"it did not stop: {launching.last_words(cluster)}")
    return True


def status(cluster: Cluster) -> Status:
    """Whether the server answers, and where; starts nothing."""
    return Status(answers(cluster, "postgres"), cluster.port(), cluster.home)

"""How the embedded server is made and started; callers hold the cluster's lock, data is never removed."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import time
import uuid
from pathlib import Path

from journey_engine.store import binaries
from journey_engine.store.cluster import (
    PATIENCE,
    USER,
    Cluster,
    OtherMajorVersion,
    ServerDidNotStart,
    Unusable,
    answers,
    write_private,
)

_SHARED_MEMORY = Path("/dev/shm")
_ABANDONED = 600.0  # seconds
_LEAST_SHARED, _MOST_SHARED = 128, 512  # MB; a container may have much less than its machine


def initialise(cluster: Cluster, owner: binaries.Account, programs: Path) -> None:
    """Make the data directory unless it exists: built beside it and renamed, so that a killed one leaves no half."""
    _sweep(cluster)
    found = binaries.major_of(programs)
    if cluster.data.exists():
        if not owner.owns(cluster.data):
            raise Unusable(cluster.data, owner.name)
        made_by = int((cluster.data / "PG_VERSION").read_text().split(".")[0])
        if made_by != found:
            raise OtherMajorVersion(cluster.data, made_by, found)
        return
    write_private(cluster.password_file, secrets.token_urlsafe(24), owner)
    fresh = cluster.home / f"making-{uuid.uuid4().hex}"
    # One sort order on every system, and no warnings when its C library changes.
    collation = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if found >= 17 else []
    arguments = [
        "-D",
        str(fresh),
        "-U",
        USER,
        "-E",
        "UTF8",
        "--auth=scram-sha-256",
        f"--pwfile={cluster.password_file}",
    ]
    arguments += ["--data-checksums", "--no-instructions", "--no-locale", *collation]
    if not cluster.durable:
        arguments.append("--no-sync")
    if owner.run([str(programs / "initdb"), *arguments], cluster.tools_log) != 0:
        raise ServerDidNotStart(cluster.log, last_words(cluster))
    fresh.rename(cluster.data)


def _sweep(cluster: Cluster) -> None:
    """Remove what killed starters left half-made; the young are spared, for their initdb lives on to its end."""
    for left_over in cluster.home.glob("making-*"):
        if time.time() - left_over.stat().st_mtime > _ABANDONED:
            shutil.rmtree(left_over, ignore_errors=True)


def launch(cluster: Cluster, owner: binaries.Account, programs: Path) -> None:
    """Start the server on its old port, or on another free one; waits out the remains of a killed predecessor."""
    deadline = time.monotonic() + PATIENCE
    port = cluster.port()
    while True:
        if not port or not _is_free(port):
            port = _free_port()
        write_private(cluster.home / "port", str(port), owner)
        before = cluster.log.stat().st_size if cluster.log.exists() else 0
        arguments = ["-D", str(cluster.data), "-w", "-t", str(int(PATIENCE)), "-l", str(cluster.log)]
        arguments += ["-o", _options(cluster, port), "start"]
        started = owner.run([str(programs / "pg_ctl"), *arguments], cluster.tools_log) == 0
        if started or answers(cluster, "postgres", patient=True):
            return
        said = cluster.log.read_bytes()[before:].decode(errors="replace")
        if time.monotonic() > deadline:
            raise ServerDidNotStart(cluster.log, last_words(cluster))
        if "Address already in use" in said or "could not bind" in said:
            port = 0
        elif "postmaster.pid" in said:
            _forget_stranger(cluster)
        elif "shared memory block" not in said:
            raise ServerDidNotStart(cluster.log, last_words(cluster))
        time.sleep(0.2)


def _options(cluster: Cluster, port: int) -> str:
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "''",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_connections": 100,
        "shared_buffers": f"{_shared(cluster)}MB",
        "wal_buffers": "16MB",
        # What a batch or a pass works with stays in memory: with 8 MB each of its scans reads a file.
        "temp_buffers": "64MB",
        # With 4 MB a duplicate check over a million rows becomes a subplan per row (measured: minutes).
        "work_mem": "64MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        # Passes leave dead rows at each tick: what they took is free again before as much is asked for.
        "autovacuum_naptime": "15s",
    }
    if not cluster.durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= {"wal_level": "minimal", "max_wal_senders": 0, "max_wal_size": "256MB"}
    if _SHARED_MEMORY.exists() and _bytes_in(_SHARED_MEMORY) < 512 * 2**20:
        settings["dynamic_shared_memory_type"] = "mmap"  # containers often have 64 MB here: parallel queries would fail
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _shared(cluster: Cluster) -> int:
    """MB for pages in memory: an index that does not fit is written out again while a batch still adds to it.

    A thirty-second part of the machine's, as others work here, too. Of a database for tests none stays for long.
    """
    if not cluster.durable:
        return _LEAST_SHARED
    here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(_LEAST_SHARED, min(_MOST_SHARED, here // 32))


def _forget_stranger(cluster: Cluster) -> None:
    """Remove a postmaster.pid whose number now belongs to a program that is no Postgres (a restarted container)."""
    note = cluster.data / "postmaster.pid"
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        stranger = "postgres" not in Path(f"/proc/{pid}/comm").read_text()
    except (FileNotFoundError, ValueError):
        return
    if stranger:
        note.unlink(missing_ok=True)


def last_words(cluster: Cluster) -> str:
    """The last line of the logs that names a failure, the server's own before its tools'."""
    for log in (cluster.log, cluster.tools_log):
        lines = log.read_text(errors="replace").splitlines()[-40:] if log.exists() else []
        failures = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
        if failures:
            return failures[-1].strip()
    return "its logs name no failure."


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bytes_in(folder: Path) -> int:
    figures = os.statvfs(folder)
    return figures.f_blocks * figures.f_frsize

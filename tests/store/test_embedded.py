"""The embedded server: one per checkout whatever races or dies, closed to the network and to other accounts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from journey_engine.settings import Settings
from journey_engine.store import binaries, database, embedded
from journey_engine.store.cluster import Cluster, OtherMajorVersion, ServerDidNotStart
from tests import beside
from tests.store.starting import start_at


@contextmanager
def folder_for_a_server() -> Generator[Path]:
    """Where a project's state folder would be, reachable for the server's account; the server is stopped afterwards."""
    with tempfile.TemporaryDirectory(prefix="journeys-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        wished = Path(folder) / "postgres"
        yield wished
        if wished.exists():
            embedded.stop(embedded.place(wished))


@pytest.fixture
def home() -> Generator[Path]:
    """A folder without a server yet."""
    with folder_for_a_server() as folder:
        yield folder


@pytest.fixture(scope="module")
def servers_home() -> Generator[Path]:
    """The server of most tests; the first one starts it."""
    with folder_for_a_server() as folder:
        yield folder


@pytest.fixture(scope="module")
def second_home() -> Generator[Path]:
    """That of another checkout."""
    with folder_for_a_server() as folder:
        yield folder


@pytest.fixture
def cluster(servers_home: Path) -> Cluster:
    """A running server; the tests that kill, stop or break it leave it mendable by a start."""
    made = embedded.place(servers_home)
    embedded.start(made)
    return made


@contextmanager
def changed(path: Path, content: str) -> Generator[None]:
    before = path.read_text()
    path.write_text(content)
    try:
        yield
    finally:
        path.write_text(before)


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])


def ask(cluster: Cluster, question: str, database: str = "app") -> object:
    with psycopg.connect(cluster.conninfo(database)) as connection:
        row = connection.execute(question).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    return row and row[0]


def test_four_racing_starters_share_one_server(servers_home: Path) -> None:
    assert not servers_home.exists(), "another test started it"
    starters = [beside.start(start_at, servers_home) for _ in range(4)]
    for starter in starters:
        starter.join(120)

    assert [starter.exitcode for starter in starters] == [0, 0, 0, 0]
    assert ask(embedded.place(servers_home), "select 1") == 1


def test_a_first_start_makes_both_databases_and_a_second_finds_them(cluster: Cluster) -> None:
    pid = postmaster(cluster)

    assert embedded.start(cluster) == cluster.url()
    assert postmaster(cluster) == pid
    assert ask(cluster, "select current_database()", "prefect") == "prefect"
    assert ask(cluster, "select current_setting('server_encoding')") == "UTF8"
    assert ask(cluster, "show timezone") == "UTC"
    assert ask(cluster, "show work_mem") == "64MB"
    assert ask(cluster, "show max_connections") == "100"
    assert ask(cluster, "show fsync") == "on"


def test_prefects_extension_can_be_made(cluster: Cluster) -> None:
    with psycopg.connect(cluster.conninfo("prefect")) as connection:
        connection.execute("create extension pg_trgm")
        connection.rollback()


def test_it_listens_on_this_machine_alone_and_wants_the_password(cluster: Cluster) -> None:
    assert ask(cluster, "show listen_addresses") == "127.0.0.1"
    assert ask(cluster, "show unix_socket_directories") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={cluster.port()} user=app password=wrong dbname=app")
    assert (cluster.home / "password").stat().st_mode & 0o777 == 0o600
    assert cluster.home.stat().st_mode & 0o777 == 0o700


def test_an_environment_that_wants_tls_elsewhere_does_not_matter(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")

    assert embedded.status(cluster).running is True
    engine = database.engine_on(embedded.start(cluster))
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1
    engine.dispose()


def test_the_server_never_runs_as_root(cluster: Cluster) -> None:
    assert cluster.data.stat().st_uid != 0
    assert Path(f"/proc/{postmaster(cluster)}").stat().st_uid == cluster.data.stat().st_uid


def test_a_killed_starter_is_no_obstacle_to_the_next(second_home: Path) -> None:
    for patience in (0.1, 0.3, 0.6, 0.9):  # in initdb, in the first start …
        starter = beside.start(start_at, second_home)
        time.sleep(patience)
        starter.kill()
        starter.join()

    embedded.start(embedded.place(second_home))

    assert ask(embedded.place(second_home), "select 1") == 1


def test_what_killed_starters_left_half_made_is_removed_in_time(cluster: Cluster) -> None:
    young, old = cluster.home / "making-young", cluster.home / "making-old"
    for folder in (young, old):
        (folder / "base").mkdir(parents=True)
    os.utime(old, (0, 0))
    embedded.stop(cluster)

    embedded.start(cluster)

    assert young.exists()
    assert not old.exists()


def test_four_starters_after_a_killed_server_find_all_that_was_committed(cluster: Cluster) -> None:
    with psycopg.connect(cluster.conninfo("app"), autocommit=True) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
        os.kill(postmaster(cluster), signal.SIGKILL)

    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(lambda _: embedded.start(cluster), range(4)))

    assert urls == {cluster.url()}
    assert ask(cluster, "select count(*) from kept") == 1000


def test_a_killed_backend_does_not_end_the_server(cluster: Cluster) -> None:
    with psycopg.connect(cluster.conninfo("app")) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)

    embedded.start(cluster)

    assert ask(cluster, "select 1") == 1


def test_a_stopped_server_comes_back_on_its_old_port(cluster: Cluster) -> None:
    port = cluster.port()

    assert embedded.stop(cluster) is True
    assert embedded.status(cluster).running is False
    assert embedded.stop(cluster) is False
    embedded.start(cluster)

    assert cluster.port() == port


def test_a_taken_port_is_left_to_whoever_has_it(cluster: Cluster) -> None:
    embedded.stop(cluster)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", cluster.port()))
        other.listen()
        taken = cluster.port()

        embedded.start(cluster)

    assert cluster.port() != taken
    assert ask(cluster, "select 1") == 1


def test_a_pid_file_whose_number_went_to_another_program_does_not_block(cluster: Cluster) -> None:
    note = cluster.data / "postmaster.pid"
    lines = note.read_text().split("\n")
    embedded.stop(cluster)
    # Postgres looks only at programs of its own account (and not at its parents).
    account = binaries.account()
    stranger = subprocess.Popen(["sleep", "60"], user=account.uid, group=account.gid)
    try:
        note.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        os.chown(note, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
        embedded.start(cluster)
    finally:
        stranger.kill()
        stranger.wait()

    assert ask(cluster, "select 1") == 1


def test_data_of_another_major_version_is_refused_in_words(cluster: Cluster) -> None:
    embedded.stop(cluster)
    with (
        changed(cluster.data / "PG_VERSION", "14\n"),
        pytest.raises(OtherMajorVersion, match="made by Postgres 14 and the programs found are"),
    ):
        embedded.start(cluster)


def test_a_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    embedded.stop(cluster)

    with (
        changed(cluster.data / "postgresql.conf", "no_such_setting = 1\n"),
        pytest.raises(ServerDidNotStart, match=r"no_such_setting|contains errors") as failure,
    ):
        embedded.start(cluster)

    assert failure.value.where == str(cluster.log)


def test_system_programs_serve_where_the_bundle_is_not_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not system:
        pytest.skip("this machine has no Postgres of its own")
    monkeypatch.setenv("POSTGRES_BIN", str(system[-1].parent))

    embedded.start(embedded.place(home))

    version = str(ask(embedded.place(home), "show server_version"))
    assert int(version.split(".")[0]) == binaries.major_of(system[-1].parent)


def test_a_named_folder_without_programs_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path))

    with pytest.raises(binaries.NoPostgres, match=f"looked in {tmp_path}"):
        binaries.locate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs under another account")
def test_a_checkout_in_a_closed_home_gets_its_server_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    project = Settings(project=closed)
    cluster = embedded.of(project)
    try:
        embedded.start(cluster)

        assert not cluster.home.is_relative_to(tmp_path)
        assert embedded.of(project) == embedded.existing(project) == cluster
        assert closed.stat().st_mode & 0o777 == 0o700
        assert ask(cluster, "select 1") == 1
    finally:
        embedded.stop(cluster)
        shutil.rmtree(cluster.home)


def test_two_checkouts_have_two_servers(cluster: Cluster, second_home: Path) -> None:
    other = embedded.place(second_home)

    assert embedded.start(other) != embedded.start(cluster)
    assert postmaster(other) != postmaster(cluster)

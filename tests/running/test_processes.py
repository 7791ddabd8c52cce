"""Processes that outlive their terminal: started once, found again, ended; a stale number is never believed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from journey_engine.running import places
from journey_engine.running.processes import DidNotStart, Process

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)",
]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    processes: list[Process] = []

    def make(name: str) -> Process:
        processes.append(Process(name, tmp_path / "processes"))
        return processes[-1]

    yield make
    for process in processes:
        process.stop(patience=0.0)


def until(what: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_a_process_is_started_once_and_found_by_anybody(made: Callable[[str], Process], tmp_path: Path) -> None:
    sleeper = made("sleeper")
    assert sleeper.start(SLEEPER, tmp_path, {})
    again = Process("sleeper", sleeper.folder)
    assert again.running
    assert again.pid == sleeper.pid
    assert not again.start(SLEEPER, tmp_path, {})
    assert until(lambda: "up" in sleeper.log.read_text())
    assert again.stop()
    assert not sleeper.running
    assert not sleeper.stop()


def test_racing_starters_start_one(made: Callable[[str], Process], tmp_path: Path) -> None:
    sleeper = made("sleeper")
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: sleeper.start(SLEEPER, tmp_path, {}), range(8)))
    assert sorted(started) == [False] * 7 + [True]


def test_it_survives_the_process_that_started_it(made: Callable[[str], Process], tmp_path: Path) -> None:
    sleeper = made("sleeper")
    script = (
        "from pathlib import Path; from journey_engine.running.processes import Process;"
        f"Process('sleeper', Path({str(sleeper.folder)!r})).start({SLEEPER!r}, Path({str(tmp_path)!r}), {{}})"
    )
    subprocess.run([sys.executable, "-c", script], check=True, start_new_session=True)
    assert sleeper.running


def test_a_number_left_by_a_crash_is_not_believed(made: Callable[[str], Process], tmp_path: Path) -> None:
    sleeper = made("sleeper")
    sleeper.folder.mkdir()
    sleeper.pid_file.write_text(str(os.getpid()))  # somebody else's by now
    assert not sleeper.running
    assert sleeper.pid is None
    assert not sleeper.stop()
    assert sleeper.start(SLEEPER, tmp_path, {})


def test_a_killed_process_does_not_run_and_may_be_started_again(made: Callable[[str], Process], tmp_path: Path) -> None:
    sleeper = made("sleeper")
    sleeper.start(SLEEPER, tmp_path, {})
    os.kill(sleeper.pid or 0, signal.SIGKILL)
    assert until(lambda: not sleeper.running)
    assert sleeper.start(SLEEPER, tmp_path, {})


def test_one_that_does_not_listen_is_ended_with_its_children(made: Callable[[str], Process], tmp_path: Path) -> None:
    stubborn = made("stubborn")
    stubborn.start(STUBBORN, tmp_path, {})
    assert until(lambda: bool(stubborn.log.exists() and stubborn.log.read_text().strip()))
    child = int(stubborn.log.read_text())
    assert stubborn.stop(patience=0.2)
    assert until(lambda: not _alive(child))


def test_the_end_of_the_log_is_the_reason_of_a_failed_start(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text("one\ntwo\nthree\nPort 4200 is odd\n")
    error = DidNotStart("server", tmp_path / "server.log")
    assert str(error) == (
        f"{tmp_path / 'server.log'}  server did not start: two / three / Port 4200 is odd"
        " Read the log named here, then run `journeys up`."
    )


def test_a_taken_port_means_the_next_one() -> None:
    with socket.socket() as first:
        first.bind((places.HOST, 0))
        first.listen()
        taken = first.getsockname()[1]
        with places.bind(taken) as second:
            assert second.getsockname()[1] > taken


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that nobody has reaped yet is dead, too.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"

"""What the sandbox knows survives kill -9, and two sandboxes never share a journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from journey_engine.sandbox import TOKEN
from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.journal import Journal, JournalBroken, JournalTaken
from journey_engine.sandbox.server import bind
from tests.conftest import ROOT
from tests.sandbox_fixtures import user

HEADERS = {"authorization": f"Bearer {TOKEN}"}


@contextmanager
def process(journal: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The sandbox as a process of its own, and its URL."""
    url_file = journal.with_suffix(".url")
    url_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "journey_engine.sandbox.server", "--port", str(port), "--journal", str(journal)]
    started = subprocess.Popen([*command, "--url-file", str(url_file)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 20
        while not url_file.exists():
            assert started.poll() is None, "the sandbox ended at once"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield started, url_file.read_text().strip()
    finally:
        started.kill()
        started.communicate()


def push(url: str, number: int, key: int | None = None) -> httpx.Response:
    body = {"to": user(1), "messages": [{"type": "text", "text": str(number)}]}
    more = {} if key is None else {"x-line-retry-key": f"00000000-0000-4000-8000-{key:012x}"}
    return httpx.post(
        f"{url}/v2/bot/message/push", json=body, headers={**HEADERS, **more}, trust_env=False, verify=False
    )


def test_the_ledger_keys_quota_friends_and_taps_survive_kill_9(tmp_path: Path) -> None:
    journal = tmp_path / "sandbox.jsonl"
    with process(journal) as (running, url):
        httpx.post(f"{url}/sandbox/friends", json={"friends": [user(1), user(2)]}, trust_env=False, verify=False)
        httpx.post(f"{url}/sandbox/quota", json={"limit": 100}, trust_env=False, verify=False)
        httpx.post(f"{url}/sandbox/clock", json={"offset_seconds": 86_400 * 40}, trust_env=False, verify=False)
        httpx.post(f"{url}/sandbox/act", json={"user": user(2), "do": "block"}, trust_env=False, verify=False)
        first = [push(url, number, number) for number in range(20)]
        before = state(url)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()

    with process(journal) as (_, url):
        after = state(url)
        again = push(url, 3, 3)

    assert after == before
    assert (after["status"]["quota"], after["status"]["taps"]) == ({"limit": 100, "used": 20}, 1)
    assert again.status_code == 409
    assert again.headers["x-line-accepted-request-id"] == first[3].headers["x-line-request-id"]
    assert again.json()["sentMessages"] == first[3].json()["sentMessages"]


def state(url: str) -> dict[str, Any]:
    found = {}
    for path in ("ledger", "taps", "status"):
        found[path] = httpx.get(f"{url}/sandbox/{path}", trust_env=False, verify=False).json()
    for passing in ("now", "recent", "counts"):
        del found["status"][passing]
    return found


def test_every_answer_heard_before_kill_9_is_in_the_ledger(tmp_path: Path) -> None:
    journal = tmp_path / "sandbox.jsonl"
    heard = []
    with process(journal) as (running, url):
        httpx.post(f"{url}/sandbox/friends", json={"friends": [user(1)]}, trust_env=False, verify=False)
        for number in range(200):
            if number == 150:
                os.kill(running.pid, signal.SIGKILL)
            try:
                heard.append(push(url, number).headers["x-line-request-id"])
            except httpx.TransportError:
                break

    with Sandbox(journal) as sandbox:
        assert [taken.request_id for taken in sandbox.ledger()] == heard
    assert len(heard) == 150


def test_a_record_cut_off_by_a_crash_is_dropped_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(
        b'{"k":"friends","rows":[["'
        + user(1).encode()
        + b'","","friend","zh-Hant"]]}\n{"k":"friends","rows":'
        + b'[["U"' * 99
    )

    with Sandbox(path) as sandbox:
        sandbox.befriend(user(2))
    with Sandbox(path) as sandbox:
        assert sandbox.get("friends")["total"] == 2


def test_a_record_broken_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"k":"settings","drops_unknown":false}\nnonsense\n')
    journal = Journal(path)

    with pytest.raises(JournalBroken, match=r"j\.jsonl:byte 39"):
        list(journal.replay())
    journal.close()


def test_a_second_sandbox_does_not_write_the_same_journal(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "j.jsonl"), pytest.raises(JournalTaken, match="Another sandbox"):
        Journal(tmp_path / "j.jsonl")


def test_records_longer_than_a_read_are_found_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    offsets = [journal.append({"k": "x", "words": "字" * size}) for size in (1, 3_000, 100_000, 2)]

    assert [len(journal.read(offset)["words"]) for offset in offsets] == [1, 3_000, 100_000, 2]
    assert [offset for offset, _ in journal.replay()] == offsets
    journal.close()


def test_a_taken_port_means_the_next_free_one_said_aloud(tmp_path: Path) -> None:
    taken = bind(0)
    port: int = taken.getsockname()[1]
    try:
        with process(tmp_path / "j.jsonl", port) as (running, url):
            assert int(url.rsplit(":", 1)[1]) > port
            assert running.stdout is not None
            assert running.stdout.readline() == (
                f"The port is taken; using the next free one. Sandbox and phone page: {url}\n"
            )
    finally:
        taken.close()


def test_it_ends_at_sigterm_with_its_journal_whole(tmp_path: Path) -> None:
    journal = tmp_path / "j.jsonl"
    with process(journal) as (running, url):
        httpx.post(f"{url}/sandbox/friends", json={"friends": [user(1)]}, trust_env=False, verify=False)
        push(url, 1)
        running.terminate()
        assert running.wait(10) in (0, -signal.SIGTERM)

    with Sandbox(journal) as sandbox:
        assert len(sandbox.ledger()) == 1


def test_reset_forgets_on_disk_too(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "j.jsonl") as sandbox:
        sandbox.befriend(user(1))
        push(sandbox.url, 1)
        sandbox.reset()
        sandbox.befriend(user(2))
    with Sandbox(tmp_path / "j.jsonl") as sandbox:
        assert sandbox.ledger() == []
        assert [friend["id"] for friend in sandbox.get("friends")["friends"]] == [user(2)]

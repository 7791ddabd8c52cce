"""Brings the parts of a checkout up and down in the right order; it decides nothing about journeys.

Up: database, Prefect's server, sandbox, deployments, receiver, worker, sender. Down: the worker first, so that no run
is left without its server, then the others.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from journey_engine.errors import JourneysError
from journey_engine.running import places
from journey_engine.running.processes import DidNotStart, Process, last_words
from journey_engine.running.wiring import join_webhook
from journey_engine.settings import Settings
from journey_engine.store import embedded

POOL = "journeys"
SERVER, SANDBOX, RECEIVER, WORKER, SENDER = "prefect-server", "sandbox", "receiver", "prefect-worker", "sender"
_START_PATIENCE = 120.0  # seconds; the first start of Prefect's server migrates its database
Say = Callable[[str], None]


class DeployFailed(JourneysError):
    """Prefect did not take the deployments; the reason is the end of the log."""

    def __init__(self, log: Path) -> None:
        super().__init__(
            f"Prefect did not take the deployments: {last_words(log)}",
            "Read the log named here, then run `journeys deploy`.",
            str(log),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One line of `journeys status`: `url` None for what has no page."""

    name: str
    running: bool
    url: str | None
    pid: int | None
    log: Path


def process(settings: Settings, name: str) -> Process:
    """The process of that name in this checkout."""
    return Process(name, places.processes_folder(settings))


def together(settings: Settings, say: Say, *starts: Callable[[Settings, Say], object]) -> None:
    """Start several parts at once: most of a start is imports. Raises what the first of those that fail raises."""
    with ThreadPoolExecutor(len(starts)) as pool:
        for started in [pool.submit(start, settings, say) for start in starts]:
            started.result()


def start_prefect(settings: Settings, say: Say, port: int = places.PREFECT_PORT) -> str:
    """Start Prefect's server unless it runs, wait until it answers, and return its address. Raises DidNotStart."""
    command = [sys.executable, "-m", "tasks.server", "--port", str(port)]
    url = _start_answering(settings, SERVER, command, places.prefect_url_file(settings), "/api/health", prefect=True)
    _say_where(say, "Prefect", url, port)
    return url


def start_sandbox(settings: Settings, say: Say, port: int = 4270) -> str:
    """Start the sandbox unless it runs, and return the address of LINE's stand-in and the phone page."""
    journal = settings.state / "sandbox.jsonl"
    command = [sys.executable, "-m", "journey_engine.running.phone", "--port", str(port), "--journal", str(journal)]
    url = _start_answering(settings, SANDBOX, command, places.sandbox_url_file(settings), "/", prefect=False)
    _say_where(say, "The phone page", url, port)
    return url


def start_receiver(settings: Settings, say: Say, port: int = 4271) -> str:
    """Start the receiver unless it runs, and return its address; a sandbox that runs posts there from now on."""
    command = [sys.executable, "-m", "tasks.receiver", "--port", str(port)]
    url = _start_answering(settings, RECEIVER, command, places.receiver_url_file(settings), "/health", prefect=False)
    _say_where(say, "Receiver", url, port)
    sandbox = places.written_url(places.sandbox_url_file(settings))
    if sandbox is not None and process(settings, SANDBOX).running:
        join_webhook(sandbox, url)
    return url


def start_worker(settings: Settings, say: Say, limit: int = 4) -> None:
    """Start the worker that runs what is scheduled, unless it runs; at most `limit` flows at once."""
    worker = process(settings, WORKER)
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    command += ["--name", "journeys-worker", "--limit", str(limit)]
    if worker.start(command, settings.project, places.environment(settings)):
        _stays_up(worker)
    say("The worker runs what is scheduled.")


def start_sender(settings: Settings, say: Say) -> None:
    """Start the resident sender, unless it runs."""
    sender = process(settings, SENDER)
    if sender.start([sys.executable, "-m", "tasks.resident"], settings.project, places.environment(settings)):
        _stays_up(sender)
    say("The sender sends what is due as soon as it is.")


def deploy(settings: Settings, say: Say) -> None:
    """Tell Prefect of the live journeys and the scheduled flows, by a process of its own. Raises DeployFailed."""
    log = places.processes_folder(settings) / "deploy.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "flows.deploy"],
            cwd=settings.project,
            env=places.surroundings(settings),
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            check=False,
        )
        file.write(done.stdout)
    if done.returncode != 0:
        raise DeployFailed(log)
    for line in done.stdout.splitlines():
        say(line)


def stop(settings: Settings, say: Say, database: bool = True) -> None:
    """Stop what runs; data stays. The worker ends first, and (if asked) the embedded database last."""
    for name in (WORKER, SENDER, RECEIVER, SANDBOX, SERVER):
        if process(settings, name).stop():
            say(f"{name} is stopped.")
    places.prefect_url_file(settings).unlink(missing_ok=True)
    places.sandbox_url_file(settings).unlink(missing_ok=True)
    places.receiver_url_file(settings).unlink(missing_ok=True)
    cluster = embedded.existing(settings) if database and not settings.database_url else None
    if cluster is not None and embedded.stop(cluster):
        say("The database is stopped.")


def status(settings: Settings) -> tuple[Part, ...]:
    """What runs where; starts nothing."""
    urls = {
        SERVER: places.written_url(places.prefect_url_file(settings)),
        SANDBOX: places.written_url(places.sandbox_url_file(settings)),
        RECEIVER: places.written_url(places.receiver_url_file(settings)),
        WORKER: None,
        SENDER: None,
    }
    seen = {name: process(settings, name) for name in urls}
    return tuple(
        Part(name, part.running, urls[name] if part.running else None, part.pid, part.log)
        for name, part in seen.items()
    )


def _start_answering(
    settings: Settings, name: str, command: Sequence[str], url_file: Path, health: str, *, prefect: bool
) -> str:
    """Start a process that writes its address into `url_file`, and wait until `health` answers there."""
    part = process(settings, name)
    if not part.running:
        url_file.unlink(missing_ok=True)
    environment = places.server_environment(settings) if prefect else places.environment(settings)
    part.start([*command, "--url-file", str(url_file)], settings.project, environment)
    until = time.monotonic() + _START_PATIENCE
    while time.monotonic() < until:
        url = places.written_url(url_file)
        if url and _answers(url + health):
            return url
        if not part.running:
            break
        time.sleep(0.1)
    raise DidNotStart(name, part.log)


def _answers(url: str) -> bool:
    import httpx

    try:
        # trust_env off: a proxy named in the environment knows nothing of this machine's own ports.
        return httpx.get(url, timeout=2.0, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def _stays_up(part: Process, seconds: float = 1.5) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not part.running:
            raise DidNotStart(part.name, part.log)
        time.sleep(0.1)


def _say_where(say: Say, what: str, url: str, wished: int) -> None:
    moved = "" if url.endswith(f":{wished}") else f" (port {wished} is taken)"
    say(f"{what}: {url}{moved}")

"""Tells Prefect what there is to run: the scheduled flows of prefect.yaml, and one deployment per journey."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from prefect import Flow, deploy
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.utilities.annotations import freeze

from tasks.describing import Described

POOL = "journeys"


def ensure_pool() -> None:
    """The work pool the worker serves."""
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", description="LINE Journeys"))


def checksum(root: Path) -> str:
    """The version of the scheduled deployments."""
    files = [root / "prefect.yaml", *sorted((root / "flows").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


@contextmanager
def scheduled(root: Path) -> Generator[bool]:
    """Deploy prefect.yaml with Prefect's own command, beside what is done within; False if this very version stands
    there. Raises CalledProcessError if the command fails."""
    version = checksum(root)
    if _versions().get("nightly/nightly") == version:
        yield False
        return
    environment = {**os.environ, "JOURNEYS_VERSION": version, "PWD": str(root)}
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=sys.stderr) as deploying:
        yield True
    if deploying.returncode:
        raise subprocess.CalledProcessError(deploying.returncode, command)


def deploy_journeys(flow: Flow[Any, Any], entrypoint: str, root: Path, journeys: Iterable[Described]) -> int:
    """One deployment per journey, without schedule: run by hand, or dry. Returns how many were removed."""
    wanted = list(journeys)
    stored: Any = flow.from_source(source=str(root), entrypoint=entrypoint)
    made: list[Any] = []
    for one in wanted:
        words: dict[str, Any] = {"name": one.name, "description": one.description, "tags": list(one.tags)}
        made.append(stored.to_deployment(**words, parameters={"journey": freeze(one.name)}))
        made[-1].version = one.version  # given before, `freeze` would go unread: Prefect validates on assignment
    quiet: dict[str, Any] = {"build": False, "push": False, "print_next_steps_message": False, "ignore_warnings": True}
    if made:
        with redirect_stdout(sys.stderr):  # Prefect draws a table of what the caller says in one line
            deploy(*made, work_pool_name=POOL, **quiet)
    return _prune({f"{flow.name}/{journey.name}" for journey in wanted}, flow.name)


def _versions() -> dict[str, str | None]:
    with get_client(sync_client=True) as client:
        flows = {flow.id: flow.name for flow in client.read_flows()}
        return {f"{flows[found.flow_id]}/{found.name}": found.version for found in client.read_deployments()}


def _prune(wanted: set[str], flow: str) -> int:
    gone = [name for name in _versions() if name.startswith(f"{flow}/") and name not in wanted]
    with get_client(sync_client=True) as client:
        for name in gone:
            client.delete_deployment(client.read_deployment_by_name(name).id)
    return len(gone)

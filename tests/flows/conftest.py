"""One real Prefect server for the flow tests, on a database of the tests' own, and flows in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.running import stack
from journey_engine.settings import Settings, load
from tests.conftest import ROOT
from tests.databases import Databases
from tests.flows.world import FILES, write_files


@dataclass(frozen=True)
class Server:
    """A checkout of the tests' own whose Prefect server runs."""

    settings: Settings
    url: str
    client: Any


@pytest.fixture(scope="package")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with our code beside journeys of its own."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("journey_engine", "flows", "tasks", "prefect.toml", "prefect.yaml"):
        (folder / name).symlink_to(ROOT / name)
    write_files(folder, FILES)
    return folder


@pytest.fixture(scope="package")
def server(databases: Databases, checkout: Path) -> Iterator[Server]:
    """Prefect's server as `journeys up` starts it; stopped after these tests, as it never rests."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_HOME, temporary_settings

    with databases.fresh(migrated=False) as engine, pytest.MonkeyPatch.context() as environment:
        url = engine.url.set(drivername="postgresql+asyncpg", query={})
        environment.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", url.render_as_string(hide_password=False))
        environment.setenv("JOURNEYS_PROJECT", str(checkout))
        settings = load(checkout)
        address = stack.start_prefect(settings, print, 4300)
        here = {
            PREFECT_API_URL: f"{address}/api",
            PREFECT_HOME: checkout / ".prefect",
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        }
        with temporary_settings(here), get_client(sync_client=True) as client:
            yield Server(settings, address, client)
            _drain()
        stack.stop(settings, print, database=False)
        shutil.rmtree(checkout / ".journeys", ignore_errors=True)


def _drain() -> None:
    """What this process still has to tell the server is told before that ends; else its exit waits for it in vain."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    EventsWorker.drain_all()
    APILogWorker.drain_all()


@pytest.fixture
def app(server: Server, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An app database that flows find, in this process and in the worker's."""
    from tasks.ground import _engine

    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    yield database
    _engine(load(server.settings.project)).dispose()
    _engine.cache_clear()
    with database.connect() as conn:
        conn.execute(text("select 1"))

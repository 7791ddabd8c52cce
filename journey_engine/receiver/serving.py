"""Runs the receiver: one ASGI application, its writer and its waker, on one port; it decides nothing about journeys."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from journey_engine.errors import JourneysError
from journey_engine.inbox import inbox
from journey_engine.receiver.answering import tell_error
from journey_engine.receiver.desk import Desk, LiveProject
from journey_engine.receiver.doors import routes_of
from journey_engine.receiver.grouping import Grouping
from journey_engine.receiver.redirecting import Redirector
from journey_engine.receiver.waking import Waker
from journey_engine.running import places
from journey_engine.settings import Settings
from journey_engine.store import database

PORT = 4271
_TOLD = (HTTPException, JourneysError, SQLAlchemyError, ClientDisconnect, Exception)


def application(desk: Desk) -> Starlette:
    """The receiver as one ASGI callable."""
    return Starlette(
        routes=routes_of(desk),
        exception_handlers=dict.fromkeys(_TOLD, tell_error),
    )


@contextmanager
def open_desk(engine: Engine, settings: Settings) -> Generator[Desk]:
    """A desk whose writer and waker run; what waits is written before it closes."""
    live = LiveProject(engine)
    with (
        Waker(engine, settings) as waker,
        Grouping(engine, inbox.store_live, then=lambda _: waker.ring()) as heard,
        Redirector(engine, lambda: live.get().policy.zone, waker.ring) as links,
    ):
        yield Desk(engine, settings, live, heard, waker.ring, links)


def serve(
    settings: Settings,
    port: int = PORT,
    *,
    host: str = places.HOST,
    url_file: Path | None = None,
    on_ready: Callable[[str, bool], None] | None = None,
) -> None:
    """Serve until interrupted or terminated; what is being stored is stored and answered first.

    A taken port means the next free one; `on_ready` is called with the address and whether the wished-for port was
    taken. Raises NoFreePort.
    """
    engine = database.open_engine(settings)
    listener = places.bind(port, host)
    url = f"http://{host}:{listener.getsockname()[1]}"
    try:
        with open_desk(engine, settings) as desk:
            if url_file is not None:
                places.write_url(url_file, url)
            if on_ready is not None:
                on_ready(url, not url.endswith(f":{port}"))
            server_for(application(desk)).run(sockets=[listener])
    finally:
        engine.dispose()


def announce(url: str, moved: bool) -> None:
    """Say where it listens, and that the wished-for port was taken if it was."""
    print(f"Receiver: {url}{' (the wished-for port is taken)' if moved else ''}", flush=True)


def server_for(app: Starlette) -> uvicorn.Server:
    """uvicorn around the receiver, quiet, with httptools and uvloop where they are installed."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    return uvicorn.Server(config)

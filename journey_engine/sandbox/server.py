"""Runs the sandbox: one ASGI application on a loopback port, in this thread or beside a test; it judges no message."""

from __future__ import annotations

import argparse
import asyncio
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response

from journey_engine.errors import JourneysError
from journey_engine.sandbox import PORT, TOKEN
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.chats import Chats, Previews
from journey_engine.sandbox.control import Control, reply_json
from journey_engine.sandbox.deliveries import Deliveries
from journey_engine.sandbox.faults import Faults
from journey_engine.sandbox.hooking import Hooking
from journey_engine.sandbox.instants import Instants
from journey_engine.sandbox.journal import Journal
from journey_engine.sandbox.line_api import LineApi, Receive, Scope, Send
from journey_engine.sandbox.webhook import options_from

HOST = "127.0.0.1"
_PORTS_TRIED = 100
_SYNC_EVERY_SECONDS = 1.0


class NoFreePort(JourneysError):
    """Every port tried is taken."""

    def __init__(self, first: int) -> None:
        super().__init__(
            f"Ports {first} to {first + _PORTS_TRIED - 1} are all taken.", "Name another with --port N.", "sandbox"
        )


class Application:
    """The sandbox as one ASGI callable: `/v2/…` is LINE, everything else is the sandbox's own."""

    def __init__(
        self, channel: Channel, faults: Faults, tokens: Iterable[str], previews: Previews | None = None
    ) -> None:
        self._line = LineApi(channel, faults, tokens)
        self._deliveries = Deliveries(channel)
        self._own = Starlette(
            routes=[
                *Chats(channel, previews).routes(),
                *Hooking(channel, self._deliveries).routes(),
                *Control(channel, faults).routes(),
            ],
            # Only by a loopback name: a web page that points its own name here is not served.
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
            exception_handlers={JourneysError: _tell},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/v2/"):
            await self._line(scope, receive, send)
        else:
            await self._own(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The webhook's deliveries begin and end with the server."""
        await receive()
        delivering = asyncio.create_task(self._deliveries.run(), name="webhook deliveries")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        delivering.cancel()
        await asyncio.wait([delivering])
        if not delivering.cancelled():
            delivering.result()  # it ended by itself: say why
        await send({"type": "lifespan.shutdown.complete"})


async def _tell(_request: Request, error: Exception) -> Response:
    told: dict[str, Any] = {"message": str(error)}
    if isinstance(error, JourneysError):
        told = {"message": error.reason, "cure": error.cure, "where": error.where}
    return reply_json(told, 400)


def bind(port: int, host: str = HOST) -> socket.socket:
    """A listening socket on `port`, or on the next free one above it (0: any); raises NoFreePort."""
    for candidate in range(port, port + _PORTS_TRIED) if port else (0,):
        # asyncio switches Nagle's delay (40 ms an answer on loopback) off only where the protocol is named.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(1024)
        except OSError:
            listener.close()
            continue
        return listener
    raise NoFreePort(port)


def server_for(application: Application) -> uvicorn.Server:
    """uvicorn around the sandbox, quiet, with httptools and uvloop where they are installed."""
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


class Syncing:
    """Syncs a journal to disk once a second while it stands open, away from the event loop."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-journal", daemon=True)

    def __enter__(self) -> Syncing:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()
        self._journal.close()

    def _run(self) -> None:
        while not self._done.wait(_SYNC_EVERY_SECONDS):
            self._journal.sync()


def serve(
    journal_path: Path,
    port: int = PORT,
    *,
    tokens: Iterable[str] = (TOKEN,),
    host: str = HOST,
    url_file: Path | None = None,
    on_ready: Callable[[str, bool], None] | None = None,
    webhook: str | None = None,
    previews: Previews | None = None,
) -> None:
    """Run the sandbox until it is interrupted or terminated; `previews` gives the page a project's messages.

    State is rebuilt from `journal_path`. A taken port means the next free one; `on_ready` is called with the URL and
    whether the wished-for port was taken, `url_file` receives the URL. Events go to `webhook` if it is given, else to
    the one set before. Raises JournalTaken, JournalBroken, NoFreePort, UnusableWebhook.
    """
    journal = Journal(journal_path)
    channel = Channel(journal, Instants())
    if webhook is not None:
        channel.change({"k": "webhook", "options": asdict(options_from({"url": webhook}, channel.webhook.options))})
    listener = bind(port, host)
    actual: int = listener.getsockname()[1]
    url = f"http://{host}:{actual}"
    if url_file is not None:
        url_file.parent.mkdir(parents=True, exist_ok=True)
        draft = url_file.with_suffix(".new")
        draft.write_text(url + "\n", encoding="utf-8")
        draft.replace(url_file)
    if on_ready is not None:
        on_ready(url, actual != port and port != 0)
    with Syncing(journal):
        server_for(Application(channel, Faults(), tokens, previews)).run(sockets=[listener])


def announce(url: str, moved: bool) -> None:
    """Say where the page is, and that the wished-for port was taken if it was."""
    print(f"{'The port is taken; using the next free one. ' if moved else ''}Sandbox and phone page: {url}", flush=True)


def main(previews: Previews | None = None) -> None:
    """`python -m journey_engine.sandbox.server`: the sandbox as a process of its own."""
    parser = argparse.ArgumentParser(description="A LINE platform for one's own machine.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--journal", type=Path, default=Path(".journeys/sandbox.jsonl"))
    parser.add_argument("--url-file", type=Path)
    parser.add_argument("--webhook", help="where what friends do is posted, signed as LINE signs")
    asked = parser.parse_args()
    serve(
        asked.journal,
        asked.port,
        url_file=asked.url_file,
        on_ready=announce,
        webhook=asked.webhook,
        previews=previews,
    )


if __name__ == "__main__":
    main()

"""Starts Prefect's server and UI on this machine, our reports beside it; the browser calls nobody outside."""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from journey_engine.reporting import writing
from journey_engine.running import places
from tasks.ground import project_settings
from tasks.plain_times import hand_plain_times
from tasks.shelf import Shelf

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

# The V2 UI loads an analytics library that calls its maker before it reads that analytics are off.
POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:;"
    b" style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    b" connect-src 'self'; frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
)


class AtHome:
    """Adds the Content-Security-Policy to every HTTP answer of an ASGI application."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Serve one connection; websockets pass unchanged."""

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"content-security-policy", POLICY)]
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)


def main() -> None:
    """`python -m tasks.server`: take a port, write down the address if a file is named, serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="Prefect's server and UI for this checkout.")
    parser.add_argument("--host", default=places.HOST)
    parser.add_argument("--port", type=int, default=places.PREFECT_PORT)
    parser.add_argument("--url-file", type=Path)
    asked = parser.parse_args()
    listener = places.bind(asked.port, asked.host)
    url = f"http://{places.HOST}:{listener.getsockname()[1]}"
    os.environ["PREFECT_API_URL"] = f"{url}/api"  # before Prefect is imported: it reads its settings then

    gc.disable()
    import uvicorn
    from prefect.server.api.server import create_app

    hand_plain_times()
    app = create_app(final=True)
    # What is loaded by now stays: it need not be looked through for garbage again and again.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    if asked.url_file is not None:
        places.write_url(asked.url_file, url)
    shown = AtHome(Shelf(app, writing.folder(project_settings())))
    config = uvicorn.Config(shown, log_level="warning", timeout_keep_alive=30, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

"""The shelf of reports beside Prefect's page: the files of one folder, to be read; whoever sees the page sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from starlette.staticfiles import StaticFiles

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

PLACE = "/reports"  # linked to without a host: people reach Prefect's page by tunnels and other names


class Shelf:
    """Around an ASGI application: what is asked below PLACE comes from `folder`, which need not exist yet."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app = app
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{PLACE}/"):
            await self._app(scope, receive, send)
        else:
            await self._file({**scope, "root_path": PLACE}, receive, send)

    async def _file(self, scope: Scope, receive: Any, send: Any) -> None:
        from starlette.exceptions import HTTPException
        from starlette.responses import PlainTextResponse

        try:
            await StaticFiles(directory=self._folder, check_dir=False)(scope, receive, send)
        except HTTPException as error:  # outside an application of Starlette's nobody makes an answer of it
            await PlainTextResponse(error.detail, error.status_code)(scope, receive, send)
        except RuntimeError:  # the folder is not there: nothing was reported yet
            await PlainTextResponse("Not Found", 404)(scope, receive, send)

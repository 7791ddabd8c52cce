"""Which routes the receiver serves, each door's own side by side; it answers no request of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from journey_engine.receiver import adding, links, shop, webhook
from journey_engine.receiver.answering import answer
from journey_engine.receiver.desk import Desk

Door = Callable[[Desk], Sequence[BaseRoute]]

DOORS: tuple[Door, ...] = (webhook.routes, shop.routes, links.routes, adding.routes)


def _ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("select"))


def routes_of(desk: Desk) -> list[BaseRoute]:
    """All routes; `/` says that the receiver is there, and no more."""

    async def here(_request: Request) -> Response:
        return PlainTextResponse("LINE Journeys receiver\n")

    async def health(_request: Request) -> Response:
        """Whether what comes in can be stored now."""
        await asyncio.wait_for(asyncio.to_thread(_ask, desk.engine), desk.patience)
        return answer({"stores": True})

    return [Route("/", here), Route("/health", health), *(route for door in DOORS for route in door(desk))]

"""Which routes the receiver serves, each door's own side by side; it answers no request of theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from journey_engine.receiver import webhook
from journey_engine.receiver.desk import Desk

Door = Callable[[Desk], Sequence[BaseRoute]]

DOORS: tuple[Door, ...] = (webhook.routes,)


def routes_of(desk: Desk) -> list[BaseRoute]:
    """All routes; `/` says that the receiver is there, and no more."""

    async def here(_request: Request) -> Response:
        return PlainTextResponse("LINE Journeys receiver\n")

    return [Route("/", here), *(route for door in DOORS for route in door(desk))]

"""`/sandbox/webhook`: where this channel's events go, set, read and verified; it posts nothing by itself."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.control import UnusableRequest, reply_json, said
from journey_engine.sandbox.deliveries import Deliveries
from journey_engine.sandbox.webhook import options_from


class Hooking:
    """The webhook of one channel as its developer console would show it."""

    def __init__(self, channel: Channel, deliveries: Deliveries) -> None:
        self._channel = channel
        self._deliveries = deliveries

    def routes(self) -> list[Route]:
        """Everything under /sandbox/webhook."""
        return [
            Route("/sandbox/webhook", self.show, methods=["GET"]),
            Route("/sandbox/webhook", self.set, methods=["POST"]),
            Route("/sandbox/webhook/verify", self.verify, methods=["POST"]),
        ]

    async def show(self, _request: Request) -> Response:
        """Options, what waits, counts, and the last requests."""
        return reply_json(self._channel.webhook.as_json())

    async def set(self, request: Request) -> Response:
        """Change options; what is not named stays. `{"url": null}` ends deliveries."""
        options = options_from(await said(request), self._channel.webhook.options)
        self._channel.change({"k": "webhook", "options": asdict(options)})
        return reply_json(self._channel.webhook.as_json())

    async def verify(self, _request: Request) -> Response:
        """Post `events: []` now, and say what came back."""
        if self._channel.webhook.options.url is None:
            raise UnusableRequest("There is no webhook to verify.", "Set its url first.")
        return reply_json((await self._deliveries.verify())._asdict())

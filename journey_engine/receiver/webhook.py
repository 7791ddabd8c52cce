"""`POST /line/webhook`: what LINE sends is verified, kept and acknowledged within two seconds; it acts on none of it.

LINE: answer 200 within 2 s, also to `events: []`; what is not answered with 2xx is delivered again where redelivery is
switched on (Messaging API reference, "Webhooks"). So an event is acknowledged only when it is committed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from journey_engine.line.signatures import is_signed
from journey_engine.receiver.answering import Refused, answer, body_of
from journey_engine.receiver.desk import Desk

PATH = "/line/webhook"
MOST_BYTES = 2 * 2**20  # LINE names no limit; its requests may hold many users' events, of 5,000 characters each


def routes(desk: Desk) -> list[BaseRoute]:
    """The webhook's route."""

    async def webhook(request: Request) -> Response:
        body = await body_of(request, MOST_BYTES)
        _verify(await desk.secret(), body, request.headers.get("x-line-signature"))
        events = events_in(body)
        if events:
            await desk.heard.put(events, desk.patience)
        return answer({})

    return [Route(PATH, webhook, methods=["POST"])]


def _verify(secret: str, body: bytes, signature: str | None) -> None:
    if not secret:
        cure = "Set LINE_CHANNEL_SECRET, or fill in the LineCredentials block."
        raise Refused(503, "This receiver knows no channel secret.", cure)
    if not signature:
        raise Refused(401, "The request has no X-Line-Signature.", "Only LINE's own requests are taken here.")
    if not is_signed(secret, body, signature):
        cure = "Compare LINE_CHANNEL_SECRET with the channel in LINE's console."
        raise Refused(401, "The signature is not that of this channel.", cure)


def events_in(body: bytes) -> Sequence[dict[str, Any]]:
    """The event objects of a webhook's body, whatever they hold. Raises Refused for what is no webhook's body."""
    said = _parsed(body)
    events: Any = cast("dict[str, Any]", said).get("events") if isinstance(said, dict) else None
    if not isinstance(events, list):
        raise Refused(400, "The body holds no list of events.", 'LINE sends {"destination": …, "events": […]}.')
    listed = cast("list[Any]", events)
    if not all(isinstance(each, dict) for each in listed):
        raise Refused(400, "An event is no JSON object.", "")
    return cast("list[dict[str, Any]]", listed)


def _parsed(body: bytes) -> Any:
    """Strictly; else as Python's own parser takes it, which lets half a surrogate pair stand: no reason to lose it."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "The body is no JSON.", "Send JSON in UTF-8.") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)

"""LINE's Messaging API as a bare ASGI application: faults, token, rate, then the verb; it keeps no state."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any
from uuid import uuid4

from journey_engine.sandbox import attending, casting, insight, limits, reading, sending, words
from journey_engine.sandbox.channel import Channel, Seen
from journey_engine.sandbox.faults import Fault, Faults
from journey_engine.sandbox.words import Answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_BOT = "/v2/bot/"
_SENDERS = {
    "push": sending.push,
    "multicast": sending.multicast,
    "reply": sending.reply,
    "broadcast": casting.broadcast,
    "narrowcast": casting.narrowcast,
}
_VALIDATE = {f"message/validate/{name}" for name in sending.VALIDATED}
_ATTENDING = {
    "chat/loading/start": attending.show_loading,
    "chat/markAsRead": attending.mark_read,
    "message/markAsRead": attending.mark_chat_read,
}
_READS: dict[str, Callable[[Channel, bytes], Answer]] = {
    "followers/ids": reading.follower_ids,
    "message/quota": lambda channel, _query: reading.quota(channel),
    "message/quota/consumption": lambda channel, _query: reading.consumption(channel),
    "message/aggregation/info": lambda channel, _query: reading.unit_count(channel),
    "message/aggregation/list": reading.unit_names,
    "message/progress/narrowcast": casting.progress,
    "info": lambda _channel, _query: reading.bot_info(),
    "insight/demographic": insight.demographic,
    "insight/followers": insight.followers,
    "insight/message/delivery": insight.deliveries,
    "insight/message/event": insight.message_event,
    "insight/message/event/aggregation": insight.unit_statistics,
    **{f"message/delivery/{name}": partial(reading.delivered, endpoint=name) for name in sending.DELIVERED},
}
_LINGER_NOTHING = struct.pack("ii", 1, 0)
_JSON = (b"content-type", b"application/json")


class _Hung(Exception):
    """The connection was cut on purpose; there is nothing to answer."""


class LineApi:
    """`/v2/bot/…` of one channel. `tokens` are the channel access tokens it takes."""

    def __init__(self, channel: Channel, faults: Faults, tokens: Iterable[str]) -> None:
        self._channel = channel
        self._faults = faults
        self._tokens = {f"Bearer {token}".encode() for token in tokens}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request_id = str(uuid4())
        endpoint = _endpoint(scope["method"], scope["path"])
        try:
            answer = await self._answer(scope, receive, endpoint, request_id)
        except _Hung:
            return
        headers = [
            _JSON,
            (b"x-line-request-id", request_id.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.torn:
            await self._tear(answer.body, receive, send)
            return
        await send({"type": "http.response.body", "body": answer.body})

    async def _tear(self, body: bytes, receive: Receive, send: Send) -> None:
        """Send half of a body, and cut the connection."""
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        try:
            await _cut(receive)
        except _Hung:
            return

    async def _answer(self, scope: Scope, receive: Receive, endpoint: str, request_id: str) -> Answer:
        fault = self._faults.before(endpoint)
        if fault is not None and fault.kind in ("down", "reset_before"):
            self._note(endpoint, 0, request_id, fault.kind)
            await _cut(receive)
        body = await _body(receive)
        if fault is not None and (struck := await self._strike(fault, endpoint, request_id, receive)):
            return struck
        answer = self._judge(scope, endpoint, body, request_id)
        fault = self._faults.after(endpoint) if answer.accepted is not None else None
        if fault is not None and (struck := await self._strike(fault, endpoint, request_id, receive)):
            return struck
        self._note(endpoint, answer.status, request_id, "")
        return answer

    async def _strike(self, fault: Fault, endpoint: str, request_id: str, receive: Receive) -> Answer | None:
        """Carry out a fault: an answer, a cut connection, or (slow) nothing but lost time."""
        self._note(endpoint, 0, request_id, fault.kind)
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds)
                return None
            case "401":
                return words.error(401, words.INVALID_TOKEN)
            case "429_rate":
                return words.error(429, words.RATE_LIMIT)
            case "429_monthly":
                return words.error(429, words.MONTHLY_LIMIT)
            case "429_same_user":
                return words.error(429, words.SAME_USER)
            case "500_before" | "500_after":
                return words.error(500, words.INTERNAL)
            case "reset_midway":
                return Answer(200, b'{"sentMessages": [{"id": "4617', torn=True)
            case "odd_after":
                return Answer(200, b'{"sentMessages": []}')
            case "timeout_before" | "timeout_after":
                await _silence(receive, fault.seconds)
            case _:
                pass
        await _cut(receive)
        return None

    def _judge(self, scope: Scope, endpoint: str, body: bytes | None, request_id: str) -> Answer:
        authorization = retry_key = media = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
            elif name == b"x-line-retry-key":
                retry_key = value.decode("latin-1")
            elif name == b"content-type":
                media = value
        if authorization not in self._tokens:
            return words.error(401, words.INVALID_TOKEN if authorization else words.NO_TOKEN)
        if not endpoint:
            return words.error(404, words.NOT_FOUND)
        if not self._channel.buckets.take(endpoint, self._channel.instants.elapsed()):
            return words.error(429, words.RATE_LIMIT)
        if body is None:
            return words.error(413, words.TOO_LARGE)
        if scope["method"] == "GET":
            return self._read(endpoint, scope["path"], scope["query_string"])
        if media is None or not media.startswith(b"application/json"):
            shown = (media or b"").decode("latin-1")
            return words.error(415, f"The content type, {shown}, is not supported")
        if endpoint in _SENDERS:
            return _SENDERS[endpoint](self._channel, body, retry_key, request_id)
        if endpoint in _ATTENDING:
            return _ATTENDING[endpoint](self._channel, body)
        return sending.validate(body)

    def _read(self, endpoint: str, path: str, query: bytes) -> Answer:
        if endpoint == "profile":
            return reading.profile(self._channel, path.rsplit("/", 1)[1])
        return _READS[endpoint](self._channel, query)

    def _note(self, endpoint: str, status: int, request_id: str, note: str) -> None:
        self._channel.counts[f"answers_{status or note}"] += 1
        self._channel.recent.append(Seen(self._channel.instants.now_ms(), endpoint, status, request_id, note))


def _endpoint(method: str, path: str) -> str:
    """The endpoint's name as rate limits and faults know it; empty for one the sandbox does not have."""
    rest = path[len(_BOT) :]
    if method == "POST":
        name = rest.removeprefix("message/")
        return name if name in _SENDERS else rest if rest in _VALIDATE or rest in _ATTENDING else ""
    if method == "GET":
        if rest.startswith("profile/"):
            return "profile"
        return rest if rest in _READS else ""
    return ""


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None if it is larger than LINE takes (it is read to its end all the same)."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Hung
        size += len(event.get("body", b""))
        if size <= limits.REQUEST_BYTES:
            parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts) if size <= limits.REQUEST_BYTES else None


async def _silence(receive: Receive, seconds: float) -> None:
    """Say nothing for `seconds`, or until the caller gives up."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return


async def _cut(receive: Receive) -> None:
    """Reset the TCP connection under the request; always raises _Hung.

    uvicorn hands its request cycle out as the owner of `receive`; ASGI itself has no word for this.
    """
    transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:  # a caller that gave up may have closed it already
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOTHING)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
    raise _Hung

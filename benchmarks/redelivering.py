"""LINE's side of a webhook at a steady rate: signed bodies, delivered again until acknowledged; it judges none.

LINE delivers again what was not answered with 2xx within two seconds, under the same webhookEventId (Messaging API
reference, "Redelivered webhooks"); how often and when, it does not say. Duplicates come without any failure, too.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_WITHIN = 2.0  # seconds LINE waits for an answer
_LONGEST = 8  # times as long as the first wait before a redelivery; each is twice the one before
_LAST = 180.0  # seconds after the last new request: by then all must be acknowledged
_PEOPLE = 5_000
_TWIN = 50  # every so many'th request comes once more though it was acknowledged


@dataclass(frozen=True, slots=True)
class Offer:
    """So many requests a second, for so long, over so many kept connections."""

    rate: int
    seconds: float
    connections: int = 64
    again_after: float = 1.0

    @property
    def requests(self) -> int:
        return int(self.rate * self.seconds)


@dataclass(slots=True)
class Heard:
    """What LINE knows at the end: which events were acknowledged, and what every other attempt came to."""

    acknowledged: set[str] = field(default_factory=set[str])
    sent: set[str] = field(default_factory=set[str])
    answers: Counter[str] = field(default_factory=Counter[str])  # 200, 503, …, or `no connection`, `no answer`
    again: set[int] = field(default_factory=set[int])  # requests that were not acknowledged at the first attempt
    longest: float = 0.0  # seconds between a request's first attempt and its acknowledgement
    slowest: float = 0.0  # seconds until the slowest answer of 200
    seconds: float = 0.0


def events_of(request: int) -> list[str]:
    """The ids of the events in a request; every fifth holds those of two people."""
    return [f"01RECEIVING{request:010}{place}" for place in range(2 if request % 5 == 0 else 1)]


def body_of(request: int, attempt: int, at: int) -> bytes:
    """What LINE posts at an attempt."""
    return json.dumps({"destination": "Uoa", "events": list(_events(request, attempt, at))}).encode()


def _events(request: int, attempt: int, at: int) -> Iterator[dict[str, Any]]:
    for place, number in enumerate(events_of(request)):
        yield {
            "type": "message",
            "mode": "active",
            "timestamp": at,
            "source": {"type": "user", "userId": f"U{(request + place) % _PEOPLE:032x}"},
            "webhookEventId": number,
            "deliveryContext": {"isRedelivery": attempt > 0},
            "replyToken": f"{request:031x}{place}",
            "message": {"type": "text", "id": f"{request}{place}", "quoteToken": "q", "text": "請問今天有開嗎？"},
        }


class Line:
    """Offers all requests on time, whatever becomes of the earlier ones: `await Line(...).deliver()`."""

    def __init__(self, port: int, secret: str, offer: Offer) -> None:
        self._port, self._secret, self._offer = port, secret, offer
        self._ready: asyncio.Queue[tuple[int, int]] = asyncio.Queue()  # (request, attempt)
        self._later: list[tuple[float, int, int]] = []
        self._first: dict[int, tuple[float, int]] = {}
        self.heard = Heard()

    async def deliver(self) -> Heard:
        """Until all are acknowledged, or three minutes after the last was new."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(self._work()) for _ in range(self._offer.connections)]
            await self._dispatch(began)
            for task in working:
                task.cancel()
        self.heard.seconds = time.monotonic() - began
        return self.heard

    async def _dispatch(self, began: float) -> None:
        offer, given, total = self._offer, 0, self._offer.requests
        while (passed := time.monotonic() - began) < offer.seconds + _LAST:
            due = min(total, int(passed * offer.rate))
            for request in range(given, due):
                self._ready.put_nowait((request, 0))
            given = max(given, due)
            while self._later and self._later[0][0] <= time.monotonic():
                _, request, attempt = heappop(self._later)
                self._ready.put_nowait((request, attempt))
            if given == total and not self._first and not self._later and self._ready.empty():
                return
            await asyncio.sleep(0.004)

    async def _work(self) -> None:
        connection: _Connection | None = None
        try:
            while True:
                request, attempt = await self._ready.get()
                connection = await self._try(connection, request, attempt)
        finally:
            if connection is not None:
                connection[1].close()

    async def _try(self, connection: _Connection | None, request: int, attempt: int) -> _Connection | None:
        """One attempt; the connection, if it still stands."""
        now = time.time()
        self._first.setdefault(request, (now, int(now * 1000)))
        body = body_of(request, attempt, self._first[request][1])
        self.heard.sent.update(events_of(request))
        try:
            connection = connection or await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            self._learn(request, attempt, "no connection", now)
            return None
        try:
            async with asyncio.timeout(_WITHIN):
                status = await self._post(connection, body)
        except (OSError, EOFError, TimeoutError):
            connection[1].close()
            self._learn(request, attempt, "no answer", now)
            return None
        self._learn(request, attempt, status, now)
        return connection

    async def _post(self, connection: _Connection, body: bytes) -> str:
        """The status of the answer. Raises OSError, EOFError."""
        reader, writer = connection
        signed = base64.b64encode(hmac.digest(self._secret.encode(), body, hashlib.sha256)).decode()
        head = f"POST /line/webhook HTTP/1.1\r\nhost: x\r\nx-line-signature: {signed}\r\ncontent-length: {len(body)}"
        writer.write(f"{head}\r\ncontent-type: application/json\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next(line for line in answer.split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        return answer.split(b" ", 2)[1].decode()

    def _learn(self, request: int, attempt: int, what: str, asked: float) -> None:
        heard, now = self.heard, time.time()
        heard.answers[what] += 1
        again = what != "200"
        if again:
            heard.again.add(request)
        else:
            heard.slowest = max(heard.slowest, now - asked)
            if fresh := not heard.acknowledged.issuperset(events_of(request)):
                heard.longest = max(heard.longest, now - self._first[request][0])
            heard.acknowledged.update(events_of(request))
            again = fresh and request % _TWIN == 0
        if again:
            after = self._offer.again_after * min(2**attempt, _LONGEST)
            heappush(self._later, (time.monotonic() + after, request, attempt + 1))
        else:
            del self._first[request]

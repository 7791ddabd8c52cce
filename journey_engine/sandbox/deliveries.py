"""Posts what friends did to the channel's webhook, signed as LINE signs; it changes no event and decides no fate."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from journey_engine.sandbox.acting import ulid
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.reading import BOT_USER_ID
from journey_engine.sandbox.webhook import Options, Posted

if TYPE_CHECKING:
    from httpx import AsyncClient

UNKNOWN_TYPE = "meteorShower"  # no event of LINE's; LINE adds types without notice


def signature(secret: str, body: bytes) -> str:
    """`x-line-signature`: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Deliveries:
    """The sending half of one channel's webhook; `run` lives in the server's event loop.

    What is owed is in the channel's journal, and that a request is about to leave is written there first: an event
    that was under way when the sandbox was killed is sent again, as a redelivery.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._under_way: set[int] = set()
        self._not_before: dict[int, float] = {}  # by time.monotonic: when a failed event is tried again
        self._twice: list[int] = []
        self._random = Random(0)

    async def run(self) -> None:
        """Deliver until cancelled."""
        import httpx

        # No redirects and no proxy of the environment: the webhook is the address that was named, no other.
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http, asyncio.TaskGroup() as tasks:
            requests: set[asyncio.Task[None]] = set()
            while True:
                hook = self._channel.webhook
                hook.stirred.clear()
                batch = [] if hook.options.hold or len(requests) >= hook.options.at_once else self._next(hook.options)
                if not batch:
                    await self._wait()
                    continue
                self._under_way.update(batch)
                posting = tasks.create_task(self._deliver(http, batch))
                requests.add(posting)
                posting.add_done_callback(requests.discard)

    async def verify(self) -> Posted:
        """Post a request without events, as LINE's console does on "Verify"."""
        import httpx

        async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http:
            return await self._post(http, [], redelivery=False)

    async def _wait(self) -> None:
        """Until something is stirred, or the next failed event is due; then for company."""
        due = [self._not_before.get(n, 0.0) for n in self._channel.webhook.waiting if n not in self._under_way]
        later = [at for at in due if at > time.monotonic()]
        try:
            async with asyncio.timeout(max(0.001, min(later) - time.monotonic()) if later else None):
                await self._channel.webhook.stirred.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self._channel.webhook.options.gather)

    def _next(self, options: Options) -> list[int]:
        """The events of the next request: first tries, or redeliveries, never both; duplicates go with either."""
        now = time.monotonic()
        waiting = self._channel.webhook.waiting
        free = [n for n in waiting if n not in self._under_way and self._not_before.get(n, 0.0) <= now]
        if not free and not self._twice:
            return []
        again = bool(free) and waiting[free[0]] > 0
        batch = [n for n in free if (waiting[n] > 0) == again][: options.batch]
        twice = [n for n in self._twice if n <= len(self._channel.events)]
        self._random = Random(f"{options.seed} {batch}")  # the same events, the same mishaps
        self._twice = [n for n in batch if self._random.random() < options.duplicate]
        return batch + [n for n in twice if n not in batch]

    async def _deliver(self, http: AsyncClient, batch: list[int]) -> None:
        channel, options, age = self._channel, self._channel.webhook.options, self._channel.webhook.age
        redelivery = any(channel.webhook.waiting.get(number, 0) > 0 for number in batch)
        try:
            events = [self._told(number, options) for number in batch]
            if self._random.random() < options.reorder:
                self._random.shuffle(events)
            if self._random.random() < options.unknown:
                events.insert(self._random.randrange(len(events) + 1), _unheard_of(channel.instants.now_ms()))
            if self._random.random() < options.empty:
                await self._post(http, [], redelivery=False)
            channel.change({"k": "posting", "events": batch})
            posted = await self._post(http, events, redelivery)
            if age != channel.webhook.age:  # the sandbox was reset meanwhile: its events have the same numbers again
                return
            channel.change({"k": "posted", "events": batch, "heard": 200 <= posted.status < 300})
            for number in batch:
                self._not_before.pop(number, None)
                if number in channel.webhook.waiting:
                    self._not_before[number] = time.monotonic() + options.again_after
        finally:
            self._under_way.difference_update(batch)
            channel.webhook.stirred.set()

    def _told(self, number: int, options: Options) -> dict[str, Any]:
        """An event as it goes out: marked if it was sent before, without its reply token while on standby."""
        event: dict[str, Any] = self._channel.event(number)
        if self._channel.webhook.waiting.get(number, 0) > 0:
            event["deliveryContext"] = {"isRedelivery": True}
        if options.standby:
            event["mode"] = "standby"
            event.pop("replyToken", None)
        return event

    async def _post(self, http: AsyncClient, events: list[dict[str, Any]], redelivery: bool) -> Posted:
        import httpx

        options = self._channel.webhook.options
        body = orjson.dumps({"destination": BOT_USER_ID, "events": events})
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "LineBotWebhook/2.0",
            "x-line-signature": signature(options.secret, body),
        }
        began, status, note = time.monotonic(), 0, ""
        try:
            async with asyncio.timeout(options.timeout):
                answer = await http.post(str(options.url), content=body, headers=headers, timeout=None)
            status = answer.status_code
        except TimeoutError:
            note = "request_timeout"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            note = f"could_not_connect: {error}"
        took = round((time.monotonic() - began) * 1000)
        posted = Posted(self._channel.instants.now_ms(), len(events), redelivery, status, note, took)
        self._channel.webhook.recent.append(posted)
        self._channel.webhook.counts["requests"] += 1
        return posted


def _unheard_of(at: int) -> dict[str, Any]:
    return {
        "type": UNKNOWN_TYPE,
        "mode": "active",
        "timestamp": at,
        "source": {"type": "constellation", "starId": "perseids"},
        "webhookEventId": ulid(at),
        "deliveryContext": {"isRedelivery": False},
        "meteorShower": {"perHour": 100},
    }

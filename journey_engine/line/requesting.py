"""Carries frozen requests to LINE over HTTP, many at once, and brings back an answer for each; it touches no table.

Through the official SDK's asynchronous client, with its traps closed: explicit timeouts and pool size, no look at the
environment for proxies (two thread hops a request), bodies as they were frozen, no models on the way back (a 2xx whose
body cannot be parsed is an acceptance), and no redirects (a captive portal's page is not an acceptance).
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from journey_engine.line.answers import Answer, Meaning, answered, silence
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.freezing import Frozen
from journey_engine.line.quota import Figures

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from linebot.v3.messaging import AsyncApiClient

_CHUNK = {"multicast": 20}  # tokens taken from the shared bucket at once; else:
_DEFAULT_CHUNK = 200
_REPORT_AT_MOST = 500
_STOPPING = (Meaning.CHANNEL, Meaning.MONTHLY)
_SILENT = (Meaning.UNCLEAR, Meaning.UNREACHABLE)

Grant = Callable[[str, int], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request's attempt and what came of it."""

    frozen: Frozen
    answer: Answer


class Caller:
    """The HTTP side of one drain, on a thread and event loop of its own: `with Caller(...) as caller`.

    `grant(endpoint, n)` takes n tokens and says after how many seconds they are covered; it is called on other threads.
    `stopped` tells why the rest was not tried: an answer that concerns the whole channel, or LINE being silent.
    """

    def __init__(self, channel: Channel, pace: Pace, grant: Grant) -> None:
        self._channel = channel
        self._pace = pace
        self._grant = grant
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line-caller", daemon=True)
        self._failures = 0
        self._resume_at: dict[str, float] = {}
        self._client: AsyncApiClient
        self._running: Future[None] | None = None
        self.stopped: Answer | None = None

    def __enter__(self) -> Caller:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None and not self._running.done():  # the caller failed; do not cut off the rest
            self.stopped = Answer(Meaning.UNSENT)
            wait([self._running])
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def deliver(self, requests: Sequence[Frozen]) -> Iterator[list[Outcome]]:
        """Send all of them, and give their outcomes as they come, some hundreds at a time.

        Raises what `grant` raises; requests that got no outcome may have been sent.
        """
        done: SimpleQueue[Outcome | None] = SimpleQueue()
        self._running = running = asyncio.run_coroutine_threadsafe(self._deliver(requests, done), self._loop)
        running.add_done_callback(lambda _: done.put(None))
        finished = False
        while not finished:
            heard: list[Outcome] = []
            first = done.get()
            while first is not None and len(heard) < _REPORT_AT_MOST:
                heard.append(first)
                if len(heard) < _REPORT_AT_MOST:
                    first = done.get()
            finished = first is None
            if heard:
                yield heard
        try:
            running.result()
        except ExceptionGroup as errors:  # of the bucket's database, for one; requests without outcome keep their lease
            raise errors.exceptions[0] from errors

    def figures(self) -> Figures | Answer:
        """This month's quota as LINE tells it, or the answer that was no figure."""
        return asyncio.run_coroutine_threadsafe(self._figures(), self._loop).result()

    async def _open(self) -> None:
        import aiohttp
        from linebot.v3.messaging import AsyncApiClient, Configuration

        client = AsyncApiClient(Configuration(host=self._channel.host, access_token=self._channel.token))
        sdk: Any = client.rest_client
        await sdk.pool_manager.close()
        connector = aiohttp.TCPConnector(limit=self._pace.together)
        sdk.pool_manager = _Session(aiohttp.ClientSession(connector=connector, trust_env=False))
        self._client = client

    async def _deliver(self, requests: Sequence[Frozen], done: SimpleQueue[Outcome | None]) -> None:
        gate = asyncio.Semaphore(self._pace.together)
        by_endpoint: dict[str, list[Frozen]] = {}
        for each in requests:
            by_endpoint.setdefault(each.endpoint, []).append(each)
        async with asyncio.TaskGroup() as tasks:
            for endpoint, group in by_endpoint.items():
                tasks.create_task(self._feed(endpoint, group, gate, tasks, done))

    async def _feed(
        self,
        endpoint: str,
        group: Sequence[Frozen],
        gate: asyncio.Semaphore,
        tasks: asyncio.TaskGroup,
        done: SimpleQueue[Outcome | None],
    ) -> None:
        size = _CHUNK.get(endpoint, _DEFAULT_CHUNK)
        for start in range(0, len(group), size):
            chunk = group[start : start + size]
            if self.stopped is None:
                await asyncio.sleep(await asyncio.to_thread(self._grant, endpoint, len(chunk)))
            for each in chunk:
                await gate.acquire()
                tasks.create_task(self._one(each, gate, done))

    async def _one(self, frozen: Frozen, gate: asyncio.Semaphore, done: SimpleQueue[Outcome | None]) -> None:
        try:
            pause = self._resume_at.get(frozen.endpoint, 0.0) - self._loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            if self.stopped is not None:
                answer = Answer(Meaning.UNSENT, detail="not tried")
            else:
                answer = await self._post(frozen)
                self._heed(frozen.endpoint, answer)
            done.put(Outcome(frozen, answer))
        finally:
            gate.release()

    def _heed(self, endpoint: str, answer: Answer) -> None:
        """Slow down or stop by what an answer says about more than its own request."""
        self._failures = self._failures + 1 if answer.meaning in _SILENT else 0
        if answer.meaning in _STOPPING or self._failures >= self._pace.give_up_after:
            self.stopped = answer
        if answer.meaning is Meaning.RATE:
            self._resume_at[endpoint] = self._loop.time() + self._pace.first_backoff

    async def _post(self, frozen: Frozen) -> Answer:
        # json.dumps(json.loads(body)) is the body: it was made by json.dumps.
        return await self._call(
            "POST", f"message/{frozen.endpoint}", {"X-Line-Retry-Key": frozen.retry_key}, json.loads(frozen.body)
        )

    async def _figures(self) -> Figures | Answer:
        limit = await self._call("GET", "message/quota")
        used = limit if limit.meaning is not Meaning.ACCEPTED else await self._call("GET", "message/quota/consumption")
        if used.meaning is not Meaning.ACCEPTED:
            self._heed("quota", used)
            return used
        try:
            told, count = json.loads(limit.detail), json.loads(used.detail)
            return Figures(told["value"] if told["type"] == "limited" else None, int(count["totalUsage"]))
        except (ValueError, KeyError, TypeError) as error:
            return silence(Meaning.UNCLEAR, error)

    async def _call(self, method: str, path: str, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
        import aiohttp
        from linebot.v3.messaging import ApiException

        client: Any = self._client
        timeout = aiohttp.ClientTimeout(total=self._pace.timeout, sock_connect=self._pace.connect)
        try:
            response = await client.call_api(
                f"/v2/bot/{path}",
                method,
                header_params=headers,
                body=body,
                response_types_map={},
                _request_timeout=timeout,
            )
        except ApiException as error:
            given: Any = error
            return answered(int(given.status), given.headers, str(given.body or ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return silence(Meaning.UNREACHABLE, error)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return silence(Meaning.UNCLEAR, error)
        except (UnicodeDecodeError, LookupError) as error:
            # The SDK could not decode a body: of an error if an ApiException stands behind it, else of a 2xx.
            failed = isinstance(error.__context__, ApiException)
            behind = cast(Any, error.__context__)
            return answered(int(behind.status) if failed else 200, behind.headers if failed else None, "")
        if method == "GET":
            return Answer(Meaning.ACCEPTED, response.status_code, detail=str(response.raw_data))
        return answered(int(response.status_code), response.headers, "")


class _Session:
    """What the SDK asks of its HTTP session, without redirects: after one, who knows where it went."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    def request(self, method: str, url: str, **given: Any) -> Any:
        """An awaitable response, a redirect being one like any other."""
        return self._session.request(method, url, allow_redirects=False, **given)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

"""Carries frozen requests to LINE, many at once, and brings back an answer for each; it touches no table.

Requests are offered, and outcomes heard, on the caller's thread; a thread of its own holds an event loop in which one
feeder for each endpoint takes tokens from the shared bucket, and many workers each carry one request at a time.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple

from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.failpoints import reached
from journey_engine.line.freezing import Frozen
from journey_engine.line.quota import Figures
from journey_engine.line.wire import Wire

_CHUNK = {"multicast": 20}  # tokens taken from the shared bucket at once; else:
_DEFAULT_CHUNK = 200
_ENOUGH = 500  # outcomes are handed over when there are so many, when none is owed, or after
_LINGER = 0.1  # seconds
_STOPPING = (Meaning.CHANNEL, Meaning.MONTHLY)
_SILENT = (Meaning.UNCLEAR, Meaning.UNREACHABLE)

Grant = Callable[[str, int], float]


class Outcome(NamedTuple):
    """One request's attempt and what came of it."""

    frozen: Frozen
    answer: Answer


@dataclass(slots=True)
class _Lane:
    """What waits for tokens of one endpoint, each with the instant (loop's clock) after which it is not tried."""

    endpoint: str
    waiting: deque[tuple[Frozen, float]] = field(default_factory=deque[tuple[Frozen, float]])
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    resume_at: float = 0.0


class Caller:
    """The HTTP side of a sender: `with Caller(...) as caller`.

    `grant(endpoint, n)` takes n tokens and says after how many seconds they are covered; it is called on other threads.
    `stopped` tells why the rest was not tried: an answer that concerns the whole channel, LINE being silent, or `stop`.
    `under_way` counts what was offered and not heard of yet.
    """

    def __init__(self, channel: Channel, pace: Pace, grant: Grant) -> None:
        self._channel = channel
        self._pace = pace
        self._grant = grant
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line-caller", daemon=True)
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: deque[Outcome] = deque()
        self._workers = 0
        self._owed = 0  # the loop's own count of what is under way
        self._enough = threading.Event()
        self._error: BaseException | None = None
        self._failures = 0
        self._ready: asyncio.Queue[tuple[_Lane, Frozen, float]]
        self._wire: Wire
        self.under_way = 0
        self.stopped: Answer | None = None

    def __enter__(self) -> Caller:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()  # where something is under way still, its owner failed; what has begun is not cut off
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def stop(self) -> None:
        """Try nothing more: what was offered and not begun is heard of as unsent."""
        self.stopped = self.stopped or Answer(Meaning.UNSENT, detail="the sender ends")

    def offer(self, requests: Sequence[Frozen]) -> None:
        """Hand over requests whose lease has just begun; one that waits too long for that lease is not tried."""
        self.under_way += len(requests)
        self._loop.call_soon_threadsafe(self._take, requests)

    def heard(self) -> list[Outcome]:
        """Wait until there are outcomes, and give what there is; none if nothing is under way.

        Raises what `grant` raises: requests without outcome keep their lease.
        """
        while self.under_way:
            self._enough.wait(_LINGER)
            self._enough.clear()
            if self._error is not None:
                raise self._error
            count = min(len(self._outcomes), _ENOUGH)
            if count:
                self.under_way -= count
                return [self._outcomes.popleft() for _ in range(count)]
        return []

    def deliver(self, requests: Sequence[Frozen]) -> Iterator[list[Outcome]]:
        """Offer them, and give their outcomes as they come until there is one for each."""
        self.offer(requests)
        while self.under_way:
            yield self.heard()

    def figures(self) -> Figures | Answer:
        """This month's quota as LINE tells it, or the answer that was no figure."""
        told = asyncio.run_coroutine_threadsafe(self._wire.figures(), self._loop).result()
        if isinstance(told, Answer):
            self._heed(None, told)
        return told

    async def _open(self) -> None:
        self._wire = await Wire.open(self._channel, self._pace)
        self._ready = asyncio.Queue(self._pace.together)

    async def _close(self) -> None:
        while self._owed and self._error is None:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._wire.close()
        await self._loop.shutdown_default_executor()

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Tasks end when they are cancelled; one that failed (no database to grant tokens, say) fails all."""
        if not task.cancelled() and self._error is None:
            self._error = task.exception()
            self.stop()
            self._enough.set()

    def _take(self, requests: Sequence[Frozen]) -> None:
        for _ in range(min(len(requests), self._pace.together - self._workers)):
            self._workers += 1
            self._start(self._work())
        # A request tried after its lease may be tried by another sender at the same time.
        last = self._loop.time() + max(self._pace.lease - self._pace.timeout, self._pace.lease / 2)
        for each in requests:
            lane = self._lanes.get(each.endpoint)
            if lane is None:
                lane = self._lanes[each.endpoint] = _Lane(each.endpoint)
                self._start(self._feed(lane))
            lane.waiting.append((each, last))
            lane.filled.set()
            self._owed += 1

    async def _feed(self, lane: _Lane) -> None:
        size = _CHUNK.get(lane.endpoint, _DEFAULT_CHUNK)
        while True:
            await lane.filled.wait()
            chunk = [lane.waiting.popleft() for _ in range(min(size, len(lane.waiting)))]
            if not lane.waiting:
                lane.filled.clear()
            if self.stopped is None:
                await asyncio.sleep(await asyncio.to_thread(self._grant, lane.endpoint, len(chunk)))
            for frozen, last in chunk:
                await self._ready.put((lane, frozen, last))

    async def _work(self) -> None:
        while True:
            lane, frozen, last = await self._ready.get()
            pause = lane.resume_at - self._loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            if self.stopped is not None or self._loop.time() > last:
                answer = Answer(Meaning.UNSENT, detail="not tried")
            else:
                reached("before_http")
                answer = await self._wire.send(frozen.endpoint, frozen.body, frozen.retry_key)
                reached("after_http")
                self._heed(lane, answer)
            self._outcomes.append(Outcome(frozen, answer))
            self._owed -= 1
            if not self._owed or len(self._outcomes) >= _ENOUGH:
                self._enough.set()

    def _heed(self, lane: _Lane | None, answer: Answer) -> None:
        """Slow down or stop by what an answer says about more than its own request."""
        self._failures = self._failures + 1 if answer.meaning in _SILENT else 0
        if answer.meaning in _STOPPING or self._failures >= self._pace.give_up_after:
            self.stopped = answer
        if answer.meaning is Meaning.RATE and lane is not None:
            lane.resume_at = self._loop.time() + self._pace.first_backoff


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed: some 7 % less CPU for a request."""
    try:
        import uvloop  # pyright: ignore[reportMissingImports]
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

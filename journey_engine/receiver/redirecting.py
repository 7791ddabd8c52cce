"""Leads taps on to where their links go, many in one commit; what a page shows of it is not here.

A tap is answered when it is stored. While the database is away a link that was followed before still leads on, and the
tap is kept in memory until the database is back; only a receiver that ends meanwhile forgets it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from journey_engine.line.link_tokens import Token, number_of, unseal
from journey_engine.receiver.clicks import Nowhere, Tap, follow, keys

_LOG = logging.getLogger(__name__)
_AT_ONCE = 500  # taps in one commit
_KEPT = 50_000  # taps that wait for the database, and targets that are remembered
_PATIENCE = 2.0  # seconds a tap waits for its commit; then a remembered link leads on all the same
_PAUSE = 1.0  # seconds between tries while the database is away, and between looks for new keys

Told = Callable[[Sequence[int]], None]


class DatabaseAway(Exception):
    """A link cannot be looked up now, and was not followed lately."""


@dataclass(slots=True)
class _Waiting:
    token: Token
    person: bool
    came: float
    answer: asyncio.Future[str | Nowhere]


@dataclass
class Redirector:
    """Follows links: `unseal` a token, then `follow` it. `told` hears, on another thread, whose taps became events."""

    engine: Engine
    zone: str
    told: Told | None = None
    _keys: dict[int, bytes] = field(default_factory=dict[int, bytes])
    _looked: float = float("-inf")
    _queue: list[_Waiting] = field(default_factory=list[_Waiting])
    _targets: OrderedDict[int, str] = field(default_factory=OrderedDict[int, str])
    _writing: asyncio.Task[None] | None = None

    async def unseal(self, text: str) -> Token | None:
        """What a token says, None if it is none of ours; raises DatabaseAway if no key could be read yet."""
        token = unseal(text, self._keys)
        number = None if token else number_of(text)
        if number is None or number in self._keys or time.monotonic() - self._looked < _PAUSE:
            return token
        self._looked = time.monotonic()
        try:
            self._keys = await asyncio.to_thread(self._read_keys)
        except (OperationalError, InterfaceError) as error:
            if not self._keys:
                self._looked = float("-inf")
                raise DatabaseAway from error
        return unseal(text, self._keys)

    async def follow(self, token: Token, person: bool) -> str | Nowhere:
        """Where the link leads, once the tap is stored. Raises DatabaseAway."""
        if len(self._queue) >= _KEPT:
            return self._remembered(token)
        waiting = _Waiting(token, person, time.monotonic(), asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="clicks")
        done, _ = await asyncio.wait({waiting.answer}, timeout=_PATIENCE)
        return waiting.answer.result() if done else self._remembered(token)

    async def close(self) -> None:
        """Try a last time to store what waits; says how many taps are lost, if any are."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        while self._queue:
            if not await self._write_some():
                lost = sum(each.person for each in self._queue)
                _LOG.error("The database is away; %d taps on links are lost.", lost)
                return

    def _remembered(self, token: Token) -> str:
        target = self._targets.get(token.link)
        if target is None:
            raise DatabaseAway
        return target

    async def _write_all(self) -> None:
        while self._queue:
            if not await self._write_some():
                await asyncio.sleep(_PAUSE)

    async def _write_some(self) -> bool:
        """Store up to a batch and answer it; False if the database is away, and then all of them wait on."""
        batch = self._queue[:_AT_ONCE]
        try:
            followed = await asyncio.to_thread(self._store, batch)
        except (OperationalError, InterfaceError) as error:
            _LOG.warning("The database is away; %d taps on links wait for it: %s", len(self._queue), error)
            return False
        except DBAPIError:  # not to be mended by trying again, and nobody behind these is to wait for it
            _LOG.exception("%d taps on links could not be stored.", len(batch))
            followed = [self._targets.get(each.token.link, Nowhere.UNKNOWN) for each in batch]
        del self._queue[: len(batch)]
        for each, target in zip(batch, followed, strict=True):
            if isinstance(target, str):
                self._remember(each.token.link, target)
            if not each.answer.done():
                each.answer.set_result(target)
        return True

    def _store(self, batch: Sequence[_Waiting]) -> list[str | Nowhere]:
        seen = time.monotonic()
        taps = [Tap(each.token, each.person, seen - each.came) for each in batch]
        with self.engine.begin() as connection:
            followed = follow(connection, taps, self.zone)
        if followed.members and self.told is not None:
            self.told(followed.members)
        return followed.targets

    def _remember(self, link: int, target: str) -> None:
        self._targets[link] = target
        self._targets.move_to_end(link)
        if len(self._targets) > _KEPT:
            self._targets.popitem(last=False)

    def _read_keys(self) -> dict[int, bytes]:
        with self.engine.connect() as connection:
            return keys(connection)

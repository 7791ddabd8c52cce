"""Leads taps on to where their links go once they are stored, many in one commit; what a page shows is not here.

While the database is away a link that was followed lately still leads on, and the tap is kept in memory until the
database is back; only a receiver that ends meanwhile forgets it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from journey_engine.errors import JourneysError
from journey_engine.line.link_tokens import Token, number_of, unseal
from journey_engine.receiver.clicks import Nowhere, Tap, follow, keys
from journey_engine.receiver.grouping import Grouping, NotStored

_LOG = logging.getLogger(__name__)
_AT_ONCE = 500  # taps in one commit
_KEPT = 50_000  # taps that wait for the database, and targets that are remembered
_PATIENCE = 2.0  # seconds a tap waits for its commit; then a remembered link leads on all the same
_PAUSE = 1.0  # seconds between tries while the database is away, and between looks for new keys

Target = str | Nowhere


class Redirector:
    """Follows links: `with Redirector(engine, zone) as links`, then `unseal` a token and `follow` it.

    `zone` gives the business's. `told` hears, on another thread and after the commit, whose taps became events.
    """

    def __init__(
        self, engine: Engine, zone: Callable[[], str], told: Callable[[Sequence[int]], None] | None = None
    ) -> None:
        self._engine = engine
        self._zone = zone
        self._told = told
        self._members: list[int] = []
        self._taps = Grouping[Sequence[Tap], list[Target]](
            engine, self._write, then=self._tell, most=_AT_ONCE, room=_KEPT, name="clicks-writer"
        )
        self._keys: dict[int, bytes] = {}
        self._looked = float("-inf")
        self._targets: OrderedDict[int, str] = OrderedDict()
        self._late: deque[Tap] = deque(maxlen=_KEPT)
        self._storing_late: asyncio.Task[None] | None = None

    def __enter__(self) -> Redirector:
        self._taps.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Store what waits; say how many taps are lost if that cannot be."""
        self._taps.__exit__(*error)
        if self._late:
            try:
                with self._engine.begin() as connection:
                    follow(connection, list(self._late), self._zone)
            except (SQLAlchemyError, OSError):
                _LOG.exception("The database is away; %d taps on links are lost.", len(self._late))

    async def unseal(self, text: str) -> Token | None:
        """What a token says, None if it is none of ours; raises NotStored if no key could be read yet."""
        token = unseal(text, self._keys)
        number = None if token else number_of(text)
        if number is None or number in self._keys or time.monotonic() - self._looked < _PAUSE:
            return token
        try:
            self._keys = await asyncio.to_thread(self._read_keys)
            self._looked = time.monotonic()
        except (SQLAlchemyError, OSError) as error:
            if not self._keys:
                raise NotStored("the database is away") from error
        return unseal(text, self._keys)

    async def follow(self, token: Token, person: bool) -> Target:
        """Where the link leads. Raises NotStored if the tap cannot be stored and the link was not followed lately."""
        tap = Tap(token, person, time.monotonic())
        try:
            (target,) = await self._taps.put([tap], _PATIENCE)
        except JourneysError:
            if token.link not in self._targets:
                raise
            self._store_later(tap)
            return self._targets[token.link]
        if isinstance(target, str):
            self._targets[token.link] = target
            self._targets.move_to_end(token.link)
            if len(self._targets) > _KEPT:
                self._targets.popitem(last=False)
        return target

    def _store_later(self, tap: Tap) -> None:
        self._late.append(tap)
        if self._storing_late is None or self._storing_late.done():
            self._storing_late = asyncio.create_task(self._store_late(), name="late clicks")

    async def _store_late(self) -> None:
        while self._late:
            await asyncio.sleep(_PAUSE)
            batch = list(self._late)[:_AT_ONCE]
            try:
                await self._taps.put(batch, 30 * _PAUSE)
            except NotStored as error:
                _LOG.warning("%d taps on links wait for the database: %s", len(self._late), error)
                continue
            for _ in batch:
                self._late.popleft()

    def _write(self, connection: Connection, groups: Sequence[Sequence[Tap]]) -> list[list[Target]]:
        followed = follow(connection, [tap for group in groups for tap in group], self._zone)
        self._members = followed.members
        targets = iter(followed.targets)
        return [[next(targets) for _ in group] for group in groups]

    def _tell(self, _groups: Sequence[Sequence[Tap]]) -> None:
        if self._members and self._told is not None:
            self._told(self._members)

    def _read_keys(self) -> dict[int, bytes]:
        with self._engine.connect() as connection:
            return keys(connection)

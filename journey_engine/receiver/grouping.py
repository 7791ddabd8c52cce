"""Many requests' rows in one transaction; each is told when it is committed, or that it was not; it reads none.

A commit waits for the disk. What comes in meanwhile goes into the next one together, so that five hundred requests a
second need some dozens of commits.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from journey_engine.errors import JourneysError

T = TypeVar("T")
R = TypeVar("R")
_DATA_ERRORS = ("22", "23", "54")  # classes of SQLSTATE that concern a row: data, integrity, a limit of the server's


class NotStored(JourneysError):
    """Nothing was acknowledged, because nothing was committed; whoever sent it should send it again."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was stored: {why}.", "Send it again in a while.")


class Unstorable(JourneysError):
    """The database cannot hold it, now or later."""

    def __init__(self, why: str) -> None:
        super().__init__(f"It cannot be stored: {why}.", "Mend what it says; the same again is refused again.")


@dataclass(slots=True)
class _Waiting(Generic[T, R]):
    """One request's share of a group, and where its answer is awaited."""

    item: T
    answer: asyncio.Future[R]


class Grouping(Generic[T, R]):
    """Writes what it is given, by one thread of its own: `with Grouping(engine, write) as grouping`.

    `write` gets a connection in a transaction and the items of a group, and returns a result for each. `then` is called
    with the items after their commit, on that thread. At most `room` items wait; more are refused at once.
    """

    def __init__(
        self,
        engine: Engine,
        write: Callable[[Connection, Sequence[T]], Sequence[R]],
        *,
        then: Callable[[Sequence[T]], None] | None = None,
        most: int = 200,
        room: int = 5_000,
        name: str = "receiver-writer",
    ) -> None:
        self._engine = engine
        self._write = write
        self._then = then
        self._most = most
        self._room = room
        self._queue: SimpleQueue[_Waiting[T, R] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Grouping[T, R]:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Write what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    async def put(self, item: T, within: float) -> R:
        """What became of the item once it is committed; raises NotStored (also after `within` s) and Unstorable.

        After NotStored it may have been stored all the same: whoever sends it again must be recognised.
        """
        if self._queue.qsize() >= self._room:
            raise NotStored("too much is waiting to be stored")
        waiting: _Waiting[T, R] = _Waiting(item, asyncio.get_running_loop().create_future())
        self._queue.put(waiting)
        try:
            return await asyncio.wait_for(waiting.answer, within)
        except TimeoutError:
            raise NotStored("the database is slow or away") from None

    def _run(self) -> None:
        ended = False
        while not ended:
            first = self._queue.get()
            if first is None:
                return
            group = [first]
            while len(group) < self._most:
                try:
                    further = self._queue.get_nowait()
                except Empty:
                    break
                if further is None:
                    ended = True
                    break
                group.append(further)
            self._store([each for each in group if not each.answer.done()])

    def _store(self, group: list[_Waiting[T, R]]) -> None:
        """Commit the group; where the data of one are at fault, each by itself."""
        if not group:
            return
        items = [each.item for each in group]
        try:
            with self._engine.begin() as connection:
                results = self._write(connection, items)
        except DBAPIError as error:
            if not _concerns_a_row(error):
                self._tell_all(group, NotStored("the database is away"))
            elif len(group) == 1:
                self._tell_all(group, Unstorable(_reason(error)))
            else:
                for each in group:
                    self._store([each])
        except (SQLAlchemyError, OSError) as error:
            self._tell_all(group, NotStored(f"the database is away ({type(error).__name__})"))
        except Exception as error:  # noqa: BLE001 (nobody may wait for ever; the cause is told, and here it is written)
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            self._tell_all(group, NotStored("something failed here"))
        else:
            self._tell(group, lambda: [_done(e.answer, r) for e, r in zip(group, results, strict=True)])
            if self._then is not None:
                self._then(items)

    def _tell_all(self, group: Sequence[_Waiting[T, R]], error: JourneysError) -> None:
        self._tell(group, lambda: [_failed(each.answer, error) for each in group])

    def _tell(self, group: Sequence[_Waiting[T, R]], tell: Callable[[], Any]) -> None:
        loop = group[0].answer.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell)


def _done(answer: asyncio.Future[R], result: R) -> None:
    if not answer.done():
        answer.set_result(result)


def _failed(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _concerns_a_row(error: DBAPIError) -> bool:
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(_DATA_ERRORS)


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0].rstrip(".")

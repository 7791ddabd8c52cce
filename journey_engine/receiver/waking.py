"""Moves and answers at once those who have just done something, by a thread of its own; all others wait for the tick.

So a greeting goes by the reply token of the follow, within seconds. Whatever it cannot do within a second's waiting for
a lock, or at all, it leaves as it is: the next tick finds it and does it.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from journey_engine import clock, planning
from journey_engine.errors import JourneysError
from journey_engine.inbox import inbox
from journey_engine.language.project import Project
from journey_engine.line.channel import open_channel
from journey_engine.line.seat import call_senders, has_sender
from journey_engine.line.sending import send_due
from journey_engine.moving.tick import tick
from journey_engine.settings import Settings
from journey_engine.store import database

LOCK_WAIT = "1s"
MOST = 2_000  # members moved at once; after an outage there may be more, whom the tick moves
_LOOK_EVERY = 30.0  # seconds: what no bell told of, such as what was stored as another receiver ended


class Waker:
    """`with Waker(engine, settings) as waker`, then `ring` it; `say` hears of what it had to leave."""

    def __init__(self, engine: Engine, settings: Settings, say: Callable[[str], None] | None = None) -> None:
        self._engine = impatient(engine)
        self._settings = settings
        self._say = say or _print
        self._bell = threading.Event()
        self._lock = threading.Lock()
        self._ended = False
        self._told: set[int] = set()
        self._last = ""
        self._thread = threading.Thread(target=self._run, name="receiver-waker", daemon=True)

    def __enter__(self) -> Waker:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End after the round that is under way; what it leaves is the tick's."""
        self._ended = True
        self._bell.set()
        self._thread.join(timeout=10)
        self._engine.dispose()

    def ring(self, members: Sequence[int] = ()) -> None:
        """Something was stored: look at the inbox, and at these members (by number), soon; returns at once."""
        with self._lock:
            self._told.update(members)
        self._bell.set()

    def _run(self) -> None:
        while not self._ended:
            with self._lock:
                told, self._told = self._told, set()
            try:
                wake(self._engine, self._settings, told)
                self._last = ""
            except planning.NothingApplied:
                pass  # nothing is live: there is nothing to move anybody in, and the inbox waits
            except (JourneysError, SQLAlchemyError, OSError) as error:
                self._tell(f"Left to the next tick: {_first_line(error)}")
            except Exception as error:  # noqa: BLE001 (the thread is to live on; what is wrong here is written down)
                self._tell("".join(traceback.format_exception(error)))
            self._bell.wait(_LOOK_EVERY)
            self._bell.clear()

    def _tell(self, what: str) -> None:
        if what != self._last:
            self._last = what
            self._say(what)


def wake(engine: Engine, settings: Settings, told: set[int] | None = None) -> list[int]:
    """Take the inbox, move those whose events it brought (and whom `told` names), and see to it that they are answered.

    Returns whom it moved, by number. `engine` should not wait long for locks. Raises NothingApplied, NoCredentials, and
    what the database raises.
    """
    with engine.begin() as connection:
        project = planning.live_project(connection)
        now = clock.now(connection)
        members = inbox.take_all(connection, now, project).members | (told or set())
    if not members or len(members) > MOST:
        return []
    chosen = sorted(members)
    tick(engine, project, now, only=chosen)
    _answer(engine, project, settings, now, chosen)
    return chosen


def _answer(engine: Engine, project: Project, settings: Settings, now: datetime, members: Sequence[int]) -> None:
    """By the resident sender, if there is one; else here, for these members alone."""
    channel = open_channel(project.policy, settings)
    with engine.begin() as connection:
        resident = has_sender(connection, channel.name)
        if resident:
            call_senders(connection, channel.name)
    if not resident:
        send_due(engine, project, now, channel, members=members)


def impatient(engine: Engine) -> Engine:
    """An engine on the same database whose sessions wait for a lock no longer than a second."""
    made = database.engine_on(engine.url)

    @event.listens_for(made, "connect")
    def _limit(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.execute(f"set lock_timeout = '{LOCK_WAIT}'")
        connection.execute("set idle_in_transaction_session_timeout = '60s'")
        connection.commit()

    return made


def _first_line(error: Exception) -> str:
    """Not the whole of a database's error: it may quote the values of a statement."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0] if said else type(error).__name__


def _print(what: str) -> None:
    print(what, file=sys.stderr, flush=True)

"""Senders that die on order: as threads that stop dead, or as processes that kill themselves; they judge nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from journey_engine.line import failpoints
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.draining import Standing
from journey_engine.line.residing import Ground, Resident
from journey_engine.line.sending import send_due
from journey_engine.sandbox import TOKEN
from tests.chaos.scripts import Crash, Round, Script
from tests.chaos.shops import befall, instant, project_of

CHANNEL = "sandbox"
TIMEOUT = 0.25  # seconds LINE is given to answer; a request delayed so long by a busy machine is in doubt, no more
SITTING = 0.8  # seconds that a resident sender sits


class Killed(BaseException):
    """This sender is dead: nothing of it may catch this and go on."""


def pace_of(script: Script) -> Pace:
    """How the senders of a script work: brisk, and not for long."""
    return Pace(
        timeout=TIMEOUT,
        connect=TIMEOUT,
        lease=script.lease,
        first_backoff=0.01,
        longest_backoff=0.03,
        patience=0.12,
        batch=script.batch,
        first_batch=min(10, script.batch),
        give_up_after=script.give_up_after,
    )


def send(script: Script, round_: Round, engine: Engine, url: str, pace: Pace | None = None) -> None:
    """One bounded drain as this round's sender, or a resident one's while."""
    channel, project, now = Channel(CHANNEL, url, TOKEN), project_of(script), instant(round_.minute)
    if not round_.resident:
        send_due(engine, project, now, channel, pace=pace or pace_of(script))
        return
    ground = Ground(Standing(project, now), channel)
    resident = Resident(engine, lambda _: ground, lambda _: None, pace or pace_of(script))
    over = threading.Timer(SITTING, resident.end)
    over.start()
    try:
        resident.run()
    finally:
        over.cancel()


@dataclass(slots=True)
class Sender:
    """A sender's life: it counts the points it comes to, and dies at the one it was ordered to."""

    number: int
    crash: Crash | None
    die: Callable[[str], None]
    at: Callable[[str, int], None] | None = None  # told of each point and how often it was reached
    counts: dict[str, int] = field(default_factory=dict[str, int])
    dead: str = ""
    _lock: Any = field(default_factory=threading.RLock)

    def reach(self, point: str) -> None:
        """The sender has come to a point; raises Killed if it is dead, or dies here."""
        if self.dead:
            raise Killed(self.dead)
        with self._lock:
            times = self.counts[point] = self.counts.get(point, 0) + 1
        if self.at is not None:
            self.at(point, times)
        if self.crash is not None and (point, times) == (self.crash.point, self.crash.nth):
            self.dead = point
            self.die(point)

    def stop_dead(self, *_arguments: Any) -> None:
        """For a connection's events: a dead sender asks nothing of a database."""
        if self.dead:
            raise Killed(self.dead)


def _raise(point: str) -> None:
    raise Killed(point)


_WHO: ContextVar[Sender | None] = ContextVar("sender", default=None)


def _reached(point: str) -> None:
    who = _WHO.get()
    if who is not None:
        who.reach(point)


class Threads:
    """Senders as threads of this process, each with an engine that outlives them: cheap, and as dead as ordered."""

    def __init__(self, url: Any) -> None:
        connect = {"options": "-c timezone=UTC"}
        self.engines = [create_engine(url, connect_args=connect, pool_size=4, pool_pre_ping=True) for _ in range(2)]
        self._forget = failpoints.install(_reached)

    def close(self) -> None:
        """Install nothing any more."""
        self._forget()
        for engine in self.engines:
            engine.dispose()

    def play(
        self, script: Script, round_: Round, url: str, at: Callable[[str, int], None]
    ) -> tuple[list[str], list[str]]:
        """Let the round's senders work at once: at which points they died, and what else went wrong.

        A database that stops is nothing wrong.
        """
        died: list[str] = []
        errors: list[str] = []

        def live(sender: Sender) -> None:
            _WHO.set(sender)
            engine = self.engines[sender.number]
            for what in ("before_cursor_execute", "commit"):
                event.listen(engine, what, sender.stop_dead)
            try:
                send(script, round_, engine, url)
            except Killed as killed:
                died.append(str(killed))
            except DBAPIError as error:
                (died if round_.stop is not None else errors).append(f"database: {error.orig}"[:200])
            except BaseException as error:  # noqa: BLE001 - a thread's end is evidence, whatever it is
                killed = sender.dead != ""
                (died if killed else errors).append(sender.dead if killed else f"{type(error).__name__}: {error}"[:500])
            finally:
                for what in ("before_cursor_execute", "commit"):
                    event.remove(engine, what, sender.stop_dead)

        crashes = {crash.sender: crash for crash in round_.crashes}
        senders = [Sender(number, crashes.get(number), _raise, at) for number in range(round_.senders)]
        threads = [threading.Thread(target=live, args=(sender,), name=f"sender-{sender.number}") for sender in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return died, errors


def live_and_die(script: Script, place: int, number: int, database: str, url: str) -> int:
    """The life of a sender in a process of its own; its exit status. Death is kill -9 by its own hand."""
    round_ = script.rounds[place]
    crash = next((each for each in round_.crashes if each.sender == number), None)

    def die(_point: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def at(point: str, times: int) -> None:
        if round_.meanwhile is not None and round_.meanwhile[:2] == (point, times):
            with engine.begin() as connection:
                for event_ in round_.meanwhile[2]:  # if both senders come there, twice: it changes nothing
                    befall(connection, event_, instant(round_.minute))

    engine = create_engine(database, connect_args={"options": "-c timezone=UTC"}, poolclass=NullPool)
    sender = Sender(number, crash, die, at)
    failpoints.install(sender.reach)
    send(script, round_, engine, url)
    return 0

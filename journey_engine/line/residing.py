"""The resident sender of one channel: it sends what is due as soon as it is due, until it is told to end.

It outlives a database that is gone and a LINE that is silent, and says so; it moves no member. Killed at any point it
loses nothing: another one takes its seat, and what it had frozen goes again with its key when the lease is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from journey_engine.line import retrying
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.draining import Drain, SendReport, Standing, granting
from journey_engine.line.requesting import Caller
from journey_engine.line.seat import Seat
from journey_engine.line.waves import unjudged

_LONGEST_WAIT = 60.0  # seconds between two looks, and two tries
_ASK_QUOTA_EVERY = 600.0  # seconds
_POLL = 30.0  # seconds: what nobody calls for (a moved clock, a released hold) is seen by then
_NEXT = text("""
select extract(epoch from min(due) - cast(:now as timestamptz)) from (
    select min(at) as due from intents where status = 'pending' and at > :now
    union all
    select min(not_before) from intents where status = 'pending' and at <= :now and not_before > :now) d
""")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the sender stands on. The project is the same object as long as the same is applied: it is compiled once."""

    standing: Standing
    channel: Channel


class Elsewhere(Exception):
    """The definitions name another channel now."""


@dataclass(slots=True)
class Resident:
    """`look` reads what is applied and the business clock; it is asked before every decision, so it is to be quick.

    `say` hears of every change: what went out, an outage, its end. `judge` has what is about to reach many judged
    elsewhere, returns at once, and calls when that is done; without it such messages wait until somebody else does.
    """

    engine: Engine
    look: Callable[[Connection], Ground]
    say: Say
    pace: Pace = field(default_factory=Pace)
    judge: Callable[[], None] | None = None
    ending: threading.Event = field(default_factory=threading.Event)
    _outage: float = 0.0  # seconds waited for last; 0: all is well
    _last: str = ""
    _paused: bool = False
    _leaving: bool = False

    def end(self) -> None:
        """Begin nothing more; what is under way is finished and recorded."""
        self.ending.set()

    def run(self) -> None:
        """Sit down, send, wait, again, until `end` is called. Raises what is no outage: a mistake in the program."""
        while not self.ending.is_set():
            self._leaving = False
            try:
                channel = self._channel()
                with Seat(self.engine, channel.name) as seat:
                    self._sit(seat, channel)
            except Elsewhere:
                continue
            except (DBAPIError, psycopg.Error) as error:
                if not is_outage(error):
                    raise
                self._forgive(error)

    def _channel(self) -> Channel:
        with self.engine.connect() as connection:
            return self.look(connection).channel

    def _sit(self, seat: Seat, channel: Channel) -> None:
        while not self.ending.is_set() and not seat.take():
            self._tell(f"Another sender serves {channel.name}; this one waits to take over.")
            seat.wait(2.0, self.ending.is_set)
        if not self.ending.is_set():
            self._tell(f"Sends through {channel.name}.")
        while not self.ending.is_set():
            self._serve(seat, channel)

    def _serve(self, seat: Seat, channel: Channel) -> None:
        """With one client of LINE's, until LINE is silent, or it is over."""
        pace = replace(self.pace, patience=0.0)  # its waiting is done between two drains, where it can be called
        look = self._standing(channel)
        with Caller(channel, pace, granting(self.engine, channel.name, self._forgive)) as caller:
            drain = Drain(self.engine, channel, pace, caller, look, self._goes_on, self._forgive)
            asked_at = -_ASK_QUOTA_EVERY
            while caller.stopped is None and not self.ending.is_set():
                if time.monotonic() - asked_at >= _ASK_QUOTA_EVERY or drain.report.paused:
                    drain.ask_quota()
                    asked_at = time.monotonic()
                self._drain(drain)
                if caller.stopped is None:
                    self._outage = 0.0
                    self._see_to_waves()
                    seat.wait(self._seconds_to_next(channel, drain), self.ending.is_set)
        if caller.stopped is not None and not self.ending.is_set():
            self._wait_longer()

    def _drain(self, drain: Drain) -> None:
        drain.report = SendReport()
        try:
            drain.run()
        except Elsewhere:
            self._leaving = True
            drain.finish()
            raise
        finally:
            self._recount(drain.report)

    def _see_to_waves(self) -> None:
        if self.judge is None:
            return
        with self.engine.connect() as connection:
            standing = self.look(connection).standing
            waiting = unjudged(connection, standing.project, standing.now)
        if waiting:
            self._tell(f"Waits to be judged: {', '.join(sorted(waiting))}.")
            self.judge()

    def _goes_on(self) -> bool:
        return not self.ending.is_set()

    def _standing(self, channel: Channel) -> Callable[[Connection], Standing]:
        def look(connection: Connection) -> Standing:
            ground = self.look(connection)
            if ground.channel != channel and not self._leaving:
                raise Elsewhere
            return ground.standing

        return look

    def _seconds_to_next(self, channel: Channel, drain: Drain) -> float:
        """Until something is due that was not due when the last drain looked."""
        if drain.looked is None or drain.looked_at is None or drain.report.paused:
            return _POLL
        with self.engine.connect() as connection:
            due = connection.execute(_NEXT, {"now": drain.looked}).scalar()
            owed = retrying.seconds_to_next(connection, channel.name, drain.looked_at) if drain.report.open else None
        return min([_POLL, *(max(0.01, float(each)) for each in (due, owed) if each is not None)])

    def _recount(self, report: SendReport) -> None:
        told = [f"{report.accepted:,} accepted"] if report.accepted else []
        told += [f"{count:,} skipped ({reason})" for reason, count in sorted(report.skipped.items())]
        told += [f"{report.deferred:,} put off"] if report.deferred else []
        told += [f"{report.unknown:,} unknown"] if report.unknown else []
        if report.paused:
            self._tell(report.paused)
        elif self._paused:
            self.say("It goes on.")
        self._paused = bool(report.paused)
        if told:
            self._last = ""
            self.say(f"{', '.join(told)}.")

    def _tell(self, what: str) -> None:
        """Say it unless it was the last thing of its kind that was said."""
        if what != self._last:
            self._last = what
            self.say(what)

    def _forgive(self, error: DBAPIError | psycopg.Error) -> bool:
        """Wait for the database; False if nothing is to be begun any more."""
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        self._tell(f"The database does not answer: {said[0] if said else type(error).__name__}")
        return self._wait_longer()

    def _wait_longer(self) -> bool:
        self._outage = min(max(self._outage * 2, 0.5), _LONGEST_WAIT)
        return not self.ending.wait(self._outage)


def is_outage(error: DBAPIError | psycopg.Error) -> bool:
    """Whether the database is away or was: the work itself is not at fault."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError) or error.connection_invalidated
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

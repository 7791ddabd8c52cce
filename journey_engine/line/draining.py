"""One sender at work: it decides and freezes ahead of what is under way to LINE, and records what came back.

It keeps no time of its own: at which business instant, and by which definitions, is looked up for every decision.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from journey_engine.language.project import Project
from journey_engine.line import coupons, holding, ledger, quota, restoring, retrying, tokens
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.asking import Question
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.deciding import decide, lock_channel
from journey_engine.line.failpoints import reached
from journey_engine.line.freezing import freeze
from journey_engine.line.linking import track
from journey_engine.line.making import Made, compile_all
from journey_engine.line.progress import Progress
from journey_engine.line.purging import purge_bodies
from journey_engine.line.recording import record
from journey_engine.line.render import Rendering
from journey_engine.line.requesting import Caller, Outcome
from journey_engine.line.uncollected import uncollected

_OPEN = text("select count(*) from requests where channel = :channel and status in ('ready', 'attempting')")
_MESSAGES = text("select distinct message from intents where request_id = any(cast(:requests as bigint[]))")
_LOOK_EVERY = 0.5  # seconds, while nothing more is due and something is under way
_GROWTH = 5  # a decision grows up to so many times the pace's batch, and so many times what LINE took of late


@dataclass(slots=True)
class SendReport:
    """What one drain did, counted in intents (`requests` in attempts by endpoint, `refused` in refused attempts).

    `decided` are those that were to go; `paused` says why the drain stopped early; `open` counts requests whose answer
    is still owed.
    """

    decided: int = 0
    accepted: int = 0
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    deferred: int = 0
    refused: int = 0
    unknown: int = 0
    requests: dict[str, int] = field(default_factory=dict[str, int])
    paused: str | None = None
    open: int = 0

    def skip(self, reasons: dict[str, int]) -> None:
        """Add skipped intents by reason."""
        for reason, count in reasons.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + count


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision stands on: the definitions, and the business instant (aware)."""

    project: Project
    now: datetime


Look = Callable[[Connection], Standing]


def goes_on() -> bool:
    """A drain that nobody ends."""
    return True


def not_forgiven(_error: OperationalError) -> bool:
    """A database that fails ends the drain."""
    return False


def granting(
    engine: Engine, channel: str, forgive: Callable[[OperationalError], bool] = not_forgiven
) -> Callable[[str, int], float]:
    """Tokens from the shared bucket, as a Caller asks for them from its own threads."""

    def grant(endpoint: str, count: int) -> float:
        while True:
            try:
                with engine.begin() as connection:
                    return tokens.reserve(connection, channel, endpoint, count)
            except OperationalError as error:
                if not forgive(error):
                    raise

    return grant


@dataclass(slots=True)
class Drain:
    """The work of one sender on one channel; `run` may be called again and again, and adds to `report`.

    `going` says whether to begin anything more. `forgive` is asked when the database fails: whether to try again (it
    waits as long as it sees fit). Outcomes that are never recorded are heard again: their requests go again when their
    lease is over, with their key. With `members` (their numbers) it is about theirs alone. `looked` and `looked_at` are
    the business instant and the database's time of the last look at what is due.
    """

    engine: Engine
    channel: Channel
    pace: Pace
    caller: Caller
    look: Look
    going: Callable[[], bool] = goes_on
    forgive: Callable[[OperationalError], bool] = not_forgiven
    members: Sequence[int] | None = None
    report: SendReport = field(default_factory=SendReport)
    _made: Made | None = None
    _progress: Progress = field(default_factory=Progress)
    _too_far: float = 0.0  # seconds to an attempt that was not waited for
    looked: datetime | None = None
    looked_at: datetime | None = None

    def run(self, limit: int | None = None) -> None:
        """Take up what is owed and decide what is due, at most `limit` intents, until neither is left.

        It ends before, and says why, when LINE took nothing for as long as the pace has patience.
        """
        self._progress.begin()
        self._too_far = 0.0
        until, left, looks_at = time.monotonic() + self.pace.patience, limit, 0.0
        while self.caller.stopped is None and self.going() and not self._progress.stuck(self.pace.patience):
            under_way = self.caller.under_way
            if under_way < self._ahead() and (not under_way or time.monotonic() >= looks_at):
                taken = self._forgiven_take(left)
                if taken is not None:
                    left = None if left is None else max(0, left - taken)
                elif under_way:
                    looks_at = time.monotonic() + _LOOK_EVERY
                elif not self._wait(until):
                    break
            else:
                self._record(self.caller.heard())
        self.finish()

    def ask_quota(self) -> None:
        """Learn the month's figures from LINE; a channel that stood still for them may go on."""
        told = self.caller.figures()
        with self.engine.begin() as connection:
            now, policy = (standing := self.look(connection)).now, standing.project.policy
            if isinstance(told, quota.Figures):
                quota.learn(connection, self.channel.name, policy, now, told)
                if quota.room(connection, self.channel.name, policy, now).left != 0:
                    holding.lift_monthly(connection, self.channel.name, now)
            elif told.meaning is Meaning.CHANNEL:
                holding.hold_channel(connection, self.channel.name, told, now)
            elif told.status is None:
                self.caller.stopped = told

    def _ahead(self) -> int:
        """How many requests may be under way when more is decided: what LINE answered of late, or a first batch."""
        if not self._progress.proven:
            return 1  # one multicast may hold five hundred: nothing more is decided until LINE took the first batch
        return max(self.pace.first_batch, min(self.pace.batch, self._progress.of_late()[0]))

    def _size(self) -> int:
        """How many intents are decided at once: the more, the faster LINE takes them; far from what a lease lasts."""
        if not self._progress.proven:
            return self.pace.first_batch
        return max(self.pace.batch, min(self.pace.batch * _GROWTH, self._progress.of_late()[1] * _GROWTH))

    def _forgiven_take(self, left: int | None) -> int | None:
        try:
            return self._take(left)
        except OperationalError as error:
            if not self.forgive(error):
                raise
            return 0

    def _take(self, left: int | None) -> int | None:
        """Offer the next requests: owed ones, else newly decided ones. How many intents; None if there was nothing."""
        with self.engine.begin() as connection:
            lock_channel(connection, self.channel.name)
            at = self.look(connection)
            restoring.notice(connection, self.channel.name, at.now)
            held = holding.channel_held(connection, self.channel.name) is not None
            claimed = retrying.claim(connection, at.project, self.channel.name, at.now, self.pace, held, self.members)
            if claimed.requests:
                numbers = [each.request for each in claimed.requests]
                self._compile(connection, at, connection.scalars(_MESSAGES, {"requests": numbers}).all())
        self.looked, self.looked_at = at.now, claimed.at
        self.report.unknown += claimed.unknown
        reached("claimed")
        self.caller.offer(claimed.requests)
        if claimed.requests:
            return 0
        most = self._size() if left is None else min(self._size(), left)
        return self._decide(most) if most else None

    def _decide(self, most: int) -> int | None:
        with uncollected(), self.engine.begin() as connection:
            lock_channel(connection, self.channel.name)
            at = self.look(connection)
            free = holding.only_monthly(connection, self.channel.name)
            held = holding.channel_held(connection, self.channel.name) is not None and not free
            room = quota.room(connection, self.channel.name, at.project.policy, at.now)
            doubt = restoring.doubtful(connection, self.channel.name)
            asked = Question(at.now, most, held, self.members, free, doubt)
            decided = decide(connection, at.project, asked)
            going = [each for each in decided if each.reason is None and each.not_before is None]
            renderings = self._compile(connection, at, {each.message for each in going})
            sendable = [each for each in going if each.message in renderings]
            coupons.hand_over(connection, at.project, at.now, sendable)
            track(connection, at.project, self.channel.links, at.now, sendable, renderings)
            made = freeze(connection, self.channel.name, at.now, self.pace.lease, decided, renderings, room, free)
            ledger.book(connection, self.channel.name, at.now, made.reserved)
        self.report.decided += made.intents
        self.report.deferred += made.deferred
        self.report.skip(made.skipped)
        reached("frozen")
        self.caller.offer(made.requests)
        return made.intents if made.intents or made.skipped or made.deferred or made.left else None

    def _compile(self, connection: Connection, at: Standing, names: Iterable[str]) -> dict[str, Rendering]:
        """What is compiled of these definitions, these names included."""
        known = self._made_of(at.project).renderings
        new, tracked = set(names) - set(known), self.channel.links is not None
        known |= compile_all(connection, at.project, new, at.now, tracked=tracked)
        return known

    def _made_of(self, project: Project) -> Made:
        if self._made is None or self._made.project is not project:
            self._made = Made(project)
        return self._made

    def _record(self, outcomes: list[Outcome]) -> None:
        if not outcomes:
            return
        while True:
            try:
                with uncollected(), self.engine.begin() as connection:
                    at, known = self.look(connection), self._made.renderings if self._made else {}
                    recorded = record(connection, self.channel.name, at.now, outcomes, known, self.pace)
                break
            except OperationalError as error:
                if not self.forgive(error):
                    raise
        reached("after_record")
        self._progress.hear(outcomes, recorded.accepted)
        self.report.accepted += recorded.accepted
        self.report.unknown += recorded.unknown
        self.report.refused += recorded.refused
        self.report.skip(recorded.skipped)
        for outcome in outcomes:
            if outcome.answer.meaning is not Meaning.UNSENT:
                endpoint = outcome.frozen.endpoint
                self.report.requests[endpoint] = self.report.requests.get(endpoint, 0) + 1

    def _wait(self, until: float) -> bool:
        """Sleep until the next owed request is due; False if there is none, or not within the drain's patience."""
        if self.looked_at is None:
            return False
        with self.engine.connect() as connection:
            seconds = retrying.seconds_to_next(connection, self.channel.name, self.looked_at, self.members)
        if seconds is not None and time.monotonic() + seconds <= until:
            time.sleep(seconds + 0.005)
            return True
        self._too_far = seconds or 0.0
        return False

    def finish(self) -> None:
        """Hear of everything that is under way, and say why no more went."""
        stuck = self._progress.stuck(self.pace.patience, self._too_far)
        while self.caller.under_way:
            self._record(self.caller.heard())
        if self.caller.stopped is not None and self.caller.stopped.meaning is not Meaning.UNSENT:
            self._stop(self.caller.stopped)
        with self.engine.begin() as connection:
            at = self.look(connection)
            purge_bodies(connection, at.project.policy, at.now)
            self.report.open = connection.execute(_OPEN, {"channel": self.channel.name}).scalar_one()
            held = holding.channel_held(connection, self.channel.name)
            self.report.paused = self.report.paused or held or stuck

    def _stop(self, answer: Answer) -> None:
        """Say why, and bury what expired meanwhile: an outage does not excuse lateness."""
        if answer.meaning in (Meaning.UNCLEAR, Meaning.UNREACHABLE):  # else the hold says it
            self.report.paused = f"LINE does not answer: {answer.status or ''} {answer.detail}"
        while True:
            with self.engine.begin() as connection:
                lock_channel(connection, self.channel.name)
                at = self.look(connection)
                decided = decide(connection, at.project, Question(at.now, self.pace.batch, only_expired=True))
                made = freeze(connection, self.channel.name, at.now, self.pace.lease, decided, {}, quota.Room(None))
            self.report.skip(made.skipped)
            if not made.skipped:
                return

"""The bounded drain: decide and freeze, carry to LINE, record, until nothing is due; it moves no member.

Safe to kill at any point: what was frozen is sent again with its key when its lease has run out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from journey_engine.language.project import Project
from journey_engine.line import holding, quota, retrying, tokens
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.deciding import Question, decide, lock_channel
from journey_engine.line.freezing import Freezing, Frozen, freeze
from journey_engine.line.linking import track
from journey_engine.line.purging import purge_bodies
from journey_engine.line.recording import record
from journey_engine.line.render import Rendering, UnsendableMessage, compile_message
from journey_engine.line.requesting import Caller

_WORK = text("""
select exists (select from intents where status = 'pending' and at <= :now
               and (not_before is null or not_before <= :now or expires_at <= :now))
    or exists (select from requests where channel = :channel and status in ('ready', 'attempting'))
""")
_MESSAGES = text("select distinct message from intents where status in ('pending', 'frozen') and at <= :now")


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


def send_due(
    engine: Engine,
    project: Project,
    now: datetime,
    channel: Channel,
    limit: int | None = None,
    pace: Pace | None = None,
    members: Sequence[int] | None = None,
) -> SendReport:
    """Send what is due at business `now` (aware), at most `limit` intents; any number of senders may run at once.

    With `members` (their numbers) only what is due to these is decided, and only their requests are attempted again.
    Returns when nothing more is due, the channel is held, LINE is silent, or what is owed cannot be attempted within
    the pace's patience. Raises what the database raises; LINE's failures are in the report.
    """
    with engine.connect() as connection:
        if not connection.execute(_WORK, {"now": now, "channel": channel.name}).scalar_one():
            return SendReport()
        names = connection.scalars(_MESSAGES, {"now": now}).all()
    with engine.begin() as connection:
        renderings = compile_all(connection, project, names, now, tracked=channel.links is not None)
    drain = _Drain(engine, project, now, channel, pace or Pace(), renderings, members)
    with Caller(channel, drain.pace, drain.grant) as caller:
        drain.run(caller, limit)
    return drain.report


def compile_all(
    connection: Connection, project: Project, names: Sequence[str], now: datetime, *, tracked: bool = False
) -> dict[str, Rendering]:
    """The named messages compiled, with links of our own if `tracked`; one that cannot be is held, with the reason."""
    renderings: dict[str, Rendering] = {}
    for name in sorted(set(names) & set(project.messages)):
        try:
            renderings[name] = compile_message(project, project.messages[name], tracked=tracked)
        except UnsendableMessage as error:
            holding.hold_message(connection, name, error.reason, now)
    return renderings


@dataclass(slots=True)
class _Drain:
    engine: Engine
    project: Project
    now: datetime
    channel: Channel
    pace: Pace
    renderings: dict[str, Rendering]
    members: Sequence[int] | None = None
    report: SendReport = field(default_factory=SendReport)

    def grant(self, endpoint: str, count: int) -> float:
        """Tokens from the shared bucket; called from the HTTP side's threads."""
        with self.engine.begin() as connection:
            return tokens.reserve(connection, self.channel.name, endpoint, count)

    def run(self, caller: Caller, limit: int | None) -> None:
        """Rounds of what is owed, then what is due, until neither is left."""
        self._ask_quota(caller)
        until = time.monotonic() + self.pace.patience
        left, size = limit, self.pace.first_batch
        while caller.stopped is None:
            claimed = self._claim()
            if claimed.requests:
                self._deliver(caller, claimed.requests)
                continue
            most = size if left is None else min(size, left)
            made = self._decide(most) if most else None
            if made is not None and made.requests:
                self._deliver(caller, made.requests)
            if made is not None and (made.intents or made.skipped or made.deferred):
                left = None if left is None else left - made.intents
                size = self.pace.batch
            elif not self._wait(until, claimed.at):
                break
        if caller.stopped is not None:
            self._stop(caller.stopped)
        with self.engine.begin() as connection:
            purge_bodies(connection, self.now)
            self.report.open = connection.execute(_OPEN, {"channel": self.channel.name}).scalar_one()
            self.report.paused = self.report.paused or holding.channel_held(connection, self.channel.name)

    def _ask_quota(self, caller: Caller) -> None:
        told = caller.figures()
        with self.engine.begin() as connection:
            if isinstance(told, quota.Figures):
                quota.learn(connection, self.channel.name, self.project.policy, self.now, told)
                if quota.room(connection, self.channel.name, self.project.policy, self.now) != 0:
                    holding.lift_monthly(connection, self.channel.name, self.now)
            elif told.meaning is Meaning.CHANNEL:
                holding.hold_channel(connection, self.channel.name, told, self.now)
            elif told.status is None:
                caller.stopped = told

    def _claim(self) -> retrying.Claimed:
        with self.engine.begin() as connection:
            lock_channel(connection, self.channel.name)
            held = holding.channel_held(connection, self.channel.name) is not None
            claimed = retrying.claim(
                connection, self.project, self.channel.name, self.now, self.pace, held, self.members
            )
        self.report.unknown += claimed.unknown
        return claimed

    def _decide(self, most: int) -> Freezing:
        with self.engine.begin() as connection:
            lock_channel(connection, self.channel.name)
            held = holding.channel_held(connection, self.channel.name) is not None
            room = quota.room(connection, self.channel.name, self.project.policy, self.now)
            decided = decide(connection, self.project, Question(self.now, most, room, held, self.members))
            self._compile(connection, {each.message for each in decided if each.goes})
            decided = [each for each in decided if not each.goes or each.message in self.renderings]
            track(connection, self.project, self.channel.links, self.now, decided, self.renderings)
            made = freeze(connection, self.channel.name, self.now, self.pace.lease, decided, self.renderings)
        self.report.decided += made.intents
        self.report.deferred += made.deferred
        self.report.skip(made.skipped)
        return made

    def _compile(self, connection: Connection, names: set[str]) -> None:
        """Messages that became due since the drain began."""
        new, tracked = sorted(names - set(self.renderings)), self.channel.links is not None
        self.renderings |= compile_all(connection, self.project, new, self.now, tracked=tracked)

    def _deliver(self, caller: Caller, requests: Sequence[Frozen]) -> None:
        for outcomes in caller.deliver(requests):
            with self.engine.begin() as connection:
                recorded = record(connection, self.channel.name, self.now, outcomes, self.renderings, self.pace)
            self.report.accepted += recorded.accepted
            self.report.unknown += recorded.unknown
            self.report.refused += recorded.refused
            self.report.skip(recorded.skipped)
            for outcome in outcomes:
                if outcome.answer.meaning is not Meaning.UNSENT:
                    endpoint = outcome.frozen.endpoint
                    self.report.requests[endpoint] = self.report.requests.get(endpoint, 0) + 1

    def _wait(self, until: float, after: datetime) -> bool:
        """Sleep until the next owed request is due; False if there is none, or not within the drain's patience."""
        with self.engine.connect() as connection:
            seconds = retrying.seconds_to_next(connection, self.channel.name, after, self.members)
        if seconds is None or time.monotonic() + seconds > until:
            return False
        time.sleep(seconds + 0.005)
        return True

    def _stop(self, answer: Answer) -> None:
        """Say why, and bury what expired meanwhile: an outage does not excuse lateness."""
        if answer.meaning in (Meaning.UNCLEAR, Meaning.UNREACHABLE):  # else the hold says it
            self.report.paused = f"LINE does not answer: {answer.status or ''} {answer.detail}"
        while True:
            with self.engine.begin() as connection:
                lock_channel(connection, self.channel.name)
                asked = Question(self.now, self.pace.batch, None, only_expired=True)
                decided = decide(connection, self.project, asked)
                made = freeze(connection, self.channel.name, self.now, self.pace.lease, decided, self.renderings)
            self.report.skip(made.skipped)
            if not made.skipped:
                return


_OPEN = text("select count(*) from requests where channel = :channel and status in ('ready', 'attempting')")

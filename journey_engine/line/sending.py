"""The bounded drain: what is due at one instant goes to LINE, until nothing is left; it moves no member.

Safe to kill at any point: what was frozen is sent again with its key when its lease has run out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, text

from journey_engine.language.project import Project
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.draining import Drain, SendReport, Standing, granting
from journey_engine.line.requesting import Caller

__all__ = ["SendReport", "send_due"]

_WORK = text("""
select exists (select from intents where status = 'pending' and at <= :now
               and (not_before is null or not_before <= :now or expires_at <= :now))
    or exists (select from requests where channel = :channel and status in ('ready', 'attempting'))
""")


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
    at, paced = Standing(project, now), pace or Pace()
    with Caller(channel, paced, granting(engine, channel.name)) as caller:
        drain = Drain(engine, channel, paced, caller, lambda _: at, members=members)
        drain.ask_quota()
        drain.run(limit)
    return drain.report

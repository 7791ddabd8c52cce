"""The month held against LINE's own figures: its limit and use, and its counts of past days; it sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import Connection, Engine, text

from journey_engine.language.catalog import Policy
from journey_engine.line import quota
from journey_engine.line.answers import Answer
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.wire import Wire

LINES_ZONE = timezone(timedelta(hours=9))  # messaging-api reference: dates of delivery counts are UTC+9
LOOKS_BACK = 7  # days

# Accepted recipients by LINE's day; a split request's parts speak for it.
_OURS = text("""
select (settled_at at time zone 'UTC' + interval '9 hours')::date as day, endpoint, sum(cardinality(recipients)) as sent
from requests
where channel = :channel and status = 'accepted' and settled_at >= :since and settled_at < :until
group by 1, 2 order by 1, 2
""")
_ASKED = text("select day, endpoint from quota_checks where channel = :channel and day >= :since")
_KEEP = text("""
insert into quota_checks (channel, day, endpoint, ours, lines, now)
select :channel, g.day, g.endpoint, g.ours, g.lines, :now
from unnest(cast(:days as date[]), cast(:endpoints as text[]), cast(:ours as bigint[]), cast(:lines as bigint[]))
     as g (day, endpoint, ours, lines)
on conflict (channel, day, endpoint) do update set ours = excluded.ours, lines = excluded.lines, now = excluded.now
""")

Day = tuple[date, str]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What LINE said: this month's figures, and its counts of days and endpoints beside ours. `silent`: why not."""

    figures: quota.Figures | None = None
    days: Mapping[Day, tuple[int, int]] = field(default_factory=dict[Day, tuple[int, int]])  # (ours, LINE's)
    silent: str = ""

    @property
    def different(self) -> int:
        """How many days' counts are not ours."""
        return sum(1 for ours, lines in self.days.values() if ours != lines)


def reconcile(engine: Engine, channel: Channel, policy: Policy, now: datetime, pace: Pace | None = None) -> Reconciled:
    """Ask LINE at the business instant `now`, take over its month, and keep its counts beside ours.

    A day is asked about once, when LINE has counted it. It leaves out who has blocked the account meanwhile, so that
    a small difference is no mistake.
    """
    with engine.connect() as connection:
        ours = _open_days(connection, channel.name, now)
    with ThreadPoolExecutor(1) as aside:  # the caller's own thread may be running a loop already
        told = aside.submit(asyncio.run, _ask(channel, pace or Pace(), ours)).result()
    if isinstance(told, Answer):
        return Reconciled(silent=told.detail or told.meaning.value)
    figures, lines = told
    days = {day: (ours[day], count) for day, count in lines.items()}
    with engine.begin() as connection:
        quota.learn(connection, channel.name, policy, now, figures)
        _keep(connection, channel.name, now, days)
    return Reconciled(figures, days)


def _open_days(connection: Connection, channel: str, now: datetime) -> dict[Day, int]:
    """What was accepted on LINE's past days, as far as LINE was not asked about them."""
    today = now.astimezone(LINES_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=LOOKS_BACK)
    asked = {tuple(row) for row in connection.execute(_ASKED, {"channel": channel, "since": since.date()})}
    rows = connection.execute(_OURS, {"channel": channel, "since": since, "until": today})
    return {(day, endpoint): int(sent) for day, endpoint, sent in rows if (day, endpoint) not in asked}


async def _ask(channel: Channel, pace: Pace, days: Iterable[Day]) -> tuple[quota.Figures, dict[Day, int]] | Answer:
    wire = await Wire.open(channel, pace)
    try:
        figures = await wire.figures()
        if isinstance(figures, Answer):
            return figures
        counts: dict[Day, int] = {}
        for day, endpoint in days:
            count = await wire.delivered(endpoint, day)
            if isinstance(count, Answer):
                return count
            if count is not None:
                counts[day, endpoint] = count
        return figures, counts
    finally:
        await wire.close()


def _keep(connection: Connection, channel: str, now: datetime, days: Mapping[Day, tuple[int, int]]) -> None:
    if days:
        given = {
            "channel": channel,
            "now": now,
            "days": [day for day, _ in days],
            "endpoints": [endpoint for _, endpoint in days],
            "ours": [ours for ours, _ in days.values()],
            "lines": [lines for _, lines in days.values()],
        }
        connection.execute(_KEEP, given)

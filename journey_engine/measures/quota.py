"""How far the month's messages go: used, left, the day they are used up at the pace of late; it only reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import floor
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from journey_engine.language.catalog import Policy
from journey_engine.language.words import Words

PACE_DAYS = 7
# Above this share of a limit that will do, people are told all the same.
_NEARLY = 0.9

_CHANNELS = text("select channel, quota_month, quota_used, quota_limit from channels order by channel")
# What each channel sent on a day of late: the day it began is counted, too.
_PACE = text("""
select channel, sum(reserved - released) as sent, least(:days, cast(:today as date) - min(day) + 1) as days
from quota_ledger where day > cast(:today as date) - :days and day <= :today group by channel
""")
_WAITING = text("select count(*) from intents where status = 'pending' and at < :until")
_DIFFERENT = text("""
select channel, day, endpoint, ours, lines from quota_checks where now > :since and now <= :until and ours <> lines
order by channel, day, endpoint
""")


@dataclass(frozen=True, slots=True)
class Quota:
    """One channel's messages of its month; limit None: the plan has none, or LINE was not asked yet.

    `per_day`: recipients a day of late. `waiting`: messages that are due this month as far as they stand written.
    `runs_out`: the day on which they are used up; None: not this month.
    """

    channel: str
    month: str
    used: int
    limit: int | None
    per_day: int = 0
    waiting: int = 0
    runs_out: date | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A day of LINE's (UTC+9) on which it counted others than we have as accepted."""

    channel: str
    day: date
    endpoint: str
    ours: int
    lines: int


def quotas(connection: Connection, now: datetime, policy: Policy | None = None) -> tuple[Quota, ...]:
    """Every channel's month at the business instant `now`; the smaller limit of LINE's and the policy's counts."""
    zone = ZoneInfo(policy.zone if policy else "UTC")
    local = now.astimezone(zone)
    ends = _next_month(local)
    paces = {row.channel: row for row in connection.execute(_PACE, {"today": local.date(), "days": PACE_DAYS})}
    waiting = int(connection.execute(_WAITING, {"until": ends}).scalar_one())
    found: list[Quota] = []
    for row in connection.execute(_CHANNELS):
        limits = [each for each in (row.quota_limit, policy.quota_limit if policy else None) if each is not None]
        limit = min(limits, default=None)
        used = row.quota_used if policy is None or row.quota_month == f"{local:%Y-%m}" else 0
        pace = paces.get(row.channel)
        per_day = int(pace.sent) / pace.days if pace else 0.0
        day = None if limit is None else _runs_out(limit - used, per_day, waiting, local, ends)
        found.append(Quota(row.channel, row.quota_month or "", used, limit, round(per_day), waiting, day))
    return tuple(found)


def _runs_out(left: int, per_day: float, waiting: int, local: datetime, ends: datetime) -> date | None:
    """The day the last message is used; what is due already goes at once, the rest at the pace of late."""
    if left <= waiting and (waiting or left <= 0):
        return local.date()
    if per_day <= 0:
        return None
    day = (local + timedelta(days=floor((left - waiting) / per_day))).date()
    return day if day < ends.date() else None


def _next_month(local: datetime) -> datetime:
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def differences(connection: Connection, since: datetime, until: datetime) -> tuple[Difference, ...]:
    """What LINE counted otherwise, as far as it was asked in (since, until]."""
    return tuple(Difference(*row) for row in connection.execute(_DIFFERENT, {"since": since, "until": until}))


def warnings(found: Iterable[Quota]) -> tuple[Words, ...]:
    """A sentence for each channel whose month will not do, or hardly."""
    return tuple(words for each in found if (words := _warning(each)) is not None)


def _warning(quota: Quota) -> Words | None:
    if quota.limit is None:
        return None
    left = max(0, quota.limit - quota.used)
    head = Words(
        f"{quota.channel} {quota.month} 的額度 {quota.limit:,} 則，剩 {left:,} 則",
        f"{quota.channel}: {left:,} of {quota.limit:,} messages are left in {quota.month}",
    )
    if not left:
        return Words(f"{head.zh}：要計費的訊息都不會送出。", f"{head.en}; nothing that counts is sent.")
    if quota.runs_out is not None:
        return Words(
            f"{head.zh}；照最近每天 {quota.per_day:,} 則，加上等著送的 {quota.waiting:,} 則，{quota.runs_out} 會用完。",
            f"{head.en}; at {quota.per_day:,} a day of late and {quota.waiting:,} waiting they are used up on "
            f"{quota.runs_out}.",
        )
    if quota.used >= quota.limit * _NEARLY:
        return Words(f"{head.zh}。", f"{head.en}.")
    return None


def different(each: Difference) -> Words:
    """What LINE counted and what we did."""
    return Words(
        f"{each.channel} {each.day} {each.endpoint}：LINE 算 {each.lines:,} 則，我們算 {each.ours:,} 則",
        f"{each.channel}, {each.day}, {each.endpoint}: LINE counted {each.lines:,}, we {each.ours:,}",
    )

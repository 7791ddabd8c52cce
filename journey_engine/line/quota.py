"""The month's quota of a channel: reserved per recipient when a request is frozen, given back when LINE refuses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from journey_engine.language.catalog import Policy
from journey_engine.line import ledger

_OPEN = text("""
insert into channels as c (channel, quota_month, quota_used) values (:channel, :month, 0)
on conflict (channel) do update set
    quota_used = case when c.quota_month = :month then c.quota_used else 0 end,
    quota_month = :month
returning quota_limit, quota_used
""")
_LOCK = text("select from channels where channel = :channel for update")
_RESERVE = text("""
update channels set quota_used = quota_used + :recipients, reserved_at = clock_timestamp() where channel = :channel
""")
_RELEASE = text("update channels set quota_used = greatest(0, quota_used - :recipients) where channel = :channel")
# What is owed an answer still keeps its place: LINE has not counted it, and may yet take it.
_LEARN = text("""
update channels set quota_limit = :limit, quota_used = case
    when reserved_at > clock_timestamp() - interval '6 hours' then greatest(quota_used, :used)
    else :used + (
        select coalesce(sum(cardinality(r.recipients)), 0) from requests r
        where r.channel = :channel and r.status in ('ready', 'attempting') and r.endpoint <> 'reply') end
where channel = :channel
""")


@dataclass(frozen=True, slots=True)
class Figures:
    """What LINE says of this month: the limit (None: none) and the recipients used, an approximate figure."""

    limit: int | None
    used: int


@dataclass(slots=True)
class Room:
    """How many recipients the month still has room for (None: no limit), handed out to those who ask first.

    Of them so many are kept for each topic in `kept`: another topic does not get these.
    """

    left: int | None
    kept: dict[str, int] = field(default_factory=dict[str, int])

    def take(self, topic: str, recipients: int = 1) -> bool:
        """Whether there is room for so many recipients of a request of this topic; it is theirs then."""
        if self.left is None:
            return True
        for_others = sum(count for name, count in self.kept.items() if name != topic)
        if recipients > self.left - for_others:
            return False
        self.left -= recipients
        if topic in self.kept:
            self.kept[topic] = max(0, self.kept[topic] - recipients)
        return True


def month_of(now: datetime, policy: Policy) -> str:
    """The month that `now` (aware) counts for, as 2026-11, in the business zone."""
    return f"{now.astimezone(ZoneInfo(policy.zone)):%Y-%m}"


def room(connection: Connection, channel: str, policy: Policy, now: datetime) -> Room:
    """How many recipients the month still has room for (0 or more); locks the channel's row.

    The limit is the smaller one of the policy's and LINE's own. A new month begins at zero. What a topic has not used
    of its share (policy.quota.reserve) is kept for it.
    """
    row = connection.execute(_OPEN, {"channel": channel, "month": month_of(now, policy)}).one()
    limits = [limit for limit in (policy.quota_limit, row.quota_limit) if limit is not None]
    if not limits:
        return Room(None)
    limit = min(limits)
    return Room(max(0, limit - row.quota_used), ledger.kept(connection, channel, policy, now, limit))


def learn(connection: Connection, channel: str, policy: Policy, now: datetime, figures: Figures) -> None:
    """Take over LINE's figures: its limit, and what it says was used.

    LINE counts what others sent and leaves out those who blocked the account, but lags behind: for six hours after we
    sent the larger of its figure and ours holds, then its own, and what is still under way or in doubt.
    """
    connection.execute(_OPEN, {"channel": channel, "month": month_of(now, policy)})
    connection.execute(_LEARN, {"channel": channel, "limit": figures.limit, "used": figures.used})


def lock(connection: Connection, channel: str) -> None:
    """Keep the channel's row for this transaction, after its requests and before codes and the ledger.

    Whoever decides holds it, too, and then writes those: in another order two senders would wait for each other.
    """
    connection.execute(_LOCK, {"channel": channel})


def reserve(connection: Connection, channel: str, recipients: int) -> None:
    """Count `recipients` as used, before they are sent to."""
    if recipients:
        connection.execute(_RESERVE, {"channel": channel, "recipients": recipients})


def release(connection: Connection, channel: str, recipients: int) -> None:
    """Give `recipients` back: LINE refused them."""
    if recipients:
        connection.execute(_RELEASE, {"channel": channel, "recipients": recipients})

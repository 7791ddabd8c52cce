"""What nobody knows the fate of: listed for a person, and settled in her name; it asks LINE nothing.

An unknown message is never sent again by itself. Who has looked (at the member's phone, at LINE's own figures) may say
that it arrived, that it is lost, or that it is to be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from journey_engine.line import ledger

Verdict = Literal["accepted", "lost", "again"]

_LIST = text("""
select r.id, r.channel, r.endpoint, r.frozen_at, coalesce(r.settled_at, r.frozen_at) as since, r.attempts,
       coalesce(r.reason, last.detail, 'the sender died before an answer was written down') as why,
       array_agg(distinct i.message) as messages, array_agg(distinct m.member_key) as members
from requests r
join intents i on i.request_id = r.id and i.status = 'unknown'
join members m on m.id = i.member_id
left join lateral (select concat_ws(' ', a.status_code, a.detail) as detail from attempts a where a.request_id = r.id
                   and a.outcome = 'unclear' order by a.id desc limit 1) last on true
group by r.id, last.detail order by r.id
""")
_WHICH = text("""
select distinct r.id from requests r join intents i on i.request_id = r.id and i.status = 'unknown'
where (cast(:request as bigint) is null or r.id = :request)
  and (cast(:before as timestamptz) is null or coalesce(r.settled_at, r.frozen_at) < :before) order by r.id
""")
_SETTLE = text("""
with settled as (
    update intents i set settled_by = :by, settled_at = case when :verdict = 'accepted' then i.settled_at else :now end,
        status = case when :verdict = 'accepted' then 'accepted' else 'skipped' end,
        reason = case when :verdict = 'accepted' then null else 'lost' end
    where i.request_id = any(cast(:requests as bigint[])) and i.status = 'unknown'
    returning i.member_id, i.message, i.step, i.status)
insert into events (member_id, name, at, "of", properties, source)
select member_id, status, :now, message, jsonb_strip_nulls(jsonb_build_object('step', step, 'reason',
       case status when 'skipped' then 'lost' end)), 'sender' from settled
""")
_AGAIN = text("""
update intents set status = 'pending', request_id = null, recipient = null, topic = null, place = null, reason = null,
    settled_at = null, settled_by = :by
where request_id = any(cast(:requests as bigint[])) and status = 'unknown' and expires_at > :now
""")
_RELEASE = text("""
with billed as (
    select r.channel, sum(cardinality(r.recipients)) as recipients from requests r join channels c using (channel)
    where r.id = any(cast(:requests as bigint[])) and r.endpoint <> 'reply'
      and to_char(r.frozen_at at time zone :zone, 'YYYY-MM') = c.quota_month
    group by r.channel)
update channels c set quota_used = greatest(0, c.quota_used - b.recipients) from billed b where b.channel = c.channel
""")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A request of which nobody knows whether LINE took it: to whom, what, since when, why."""

    request: int
    channel: str
    endpoint: str
    frozen_at: datetime
    since: datetime
    attempts: int
    why: str
    messages: Sequence[str]
    members: Sequence[str]

    def __str__(self) -> str:
        who = ", ".join(self.members[:3]) + (f" and {len(self.members) - 3:,} more" if len(self.members) > 3 else "")
        said = f"request {self.request} ({self.endpoint}, {self.channel}): {', '.join(self.messages)} to {who}"
        return f"{said}, since {self.since:%Y-%m-%d %H:%M} UTC after {self.attempts} attempts: {self.why}"


def doubts(connection: Connection) -> list[Doubt]:
    """Everything unknown that nobody has settled, oldest first."""
    return [Doubt(*row) for row in connection.execute(_LIST)]


def settle(
    connection: Connection,
    verdict: Verdict,
    by: str,
    now: datetime,
    zone: str,
    request: int | None = None,
    before: datetime | None = None,
) -> int:
    """Settle one request, or all that are unknown since before an instant; how many messages that were.

    `accepted` keeps its place in caps and quota. `lost` gives it back, and the message is skipped; a coupon in it stays
    its member's. `again` lets what is not expired be decided anew, under a new key: who says so knows it never came.
    """
    requests = connection.scalars(_WHICH, {"request": request, "before": before}).all()
    given = {"requests": list(requests), "by": by, "now": now, "verdict": verdict, "zone": zone}
    if not requests:
        return 0
    if verdict != "accepted":
        ledger.release(connection, requests)
        connection.execute(_RELEASE, given)
    again = connection.execute(_AGAIN, given).rowcount if verdict == "again" else 0
    return again + connection.execute(_SETTLE, given).rowcount

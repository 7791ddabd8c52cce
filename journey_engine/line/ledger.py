"""The book of what the month's quota went to, by LINE's day, topic and endpoint; it counts, and refuses nothing.

The sum of a channel stands in `channels`; here is what it is made of: what a topic has used of its own share, and how
much a day takes. A request counts for the topic that matters most among its messages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from journey_engine.language.catalog import Policy
from journey_engine.line.asking import TOPICS

Entry = tuple[str, str]  # topic, endpoint
# What a refusal split is booked as it was reserved: on the first request's day, under its endpoint.
_ENTRIES = """
select r.channel, (coalesce(whole.frozen_at, r.frozen_at) at time zone 'UTC' + interval '9 hours')::date as day,
       coalesce(meant.topic, '') as topic, coalesce(whole.endpoint, r.endpoint) as endpoint,
       sum(cardinality(r.recipients)) as recipients
from requests r
left join requests whole on whole.id = r.root_id
left join lateral (
    select i.topic from intents i where i.request_id = r.id
    order by array_position(array['transactional', 'service', 'news', 'promotion'], i.topic) limit 1) meant on true
where r.id = any(cast(:requests as bigint[])) and r.endpoint <> 'reply'
group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
_BOOK = text("""
insert into quota_ledger (channel, day, topic, endpoint, reserved)
select :channel, (cast(:now as timestamptz) at time zone 'UTC' + interval '9 hours')::date, g.topic, g.endpoint,
       g.recipients
from unnest(cast(:topics as text[]), cast(:endpoints as text[]), cast(:recipients as int[]))
     as g (topic, endpoint, recipients)
order by 3, 4
on conflict (channel, day, topic, endpoint) do update set reserved = quota_ledger.reserved + excluded.reserved
""")
_RELEASE = text(f"""
insert into quota_ledger (channel, day, topic, endpoint, released) {_ENTRIES}
on conflict (channel, day, topic, endpoint) do update set released = quota_ledger.released + excluded.released
""")
_USED = text("""
select topic, sum(reserved - released) as used from quota_ledger
where channel = :channel and day >= :first group by topic
""")


def book(connection: Connection, channel: str, now: datetime, reserved: Mapping[Entry, int]) -> None:
    """Write down what requests reserve that are frozen at business `now`: recipients by topic and endpoint."""
    if reserved:
        given = {
            "topics": [topic for topic, _ in reserved],
            "endpoints": [endpoint for _, endpoint in reserved],
            "recipients": list(reserved.values()),
        }
        connection.execute(_BOOK, {"channel": channel, "now": now, **given})


def topic_of(topics: Collection[str]) -> str:
    """The topic by which a request counts: of those of its messages the one that matters most."""
    return next((topic for topic in TOPICS if topic in topics), next(iter(sorted(topics)), ""))


def release(connection: Connection, requests: Sequence[int]) -> None:
    """Write down that these requests were never accepted; their intents must still be theirs."""
    if requests:
        connection.execute(_RELEASE, {"requests": list(requests)})


def kept(connection: Connection, channel: str, policy: Policy, now: datetime, limit: int) -> dict[str, int]:
    """How many of the month's `limit` are still kept for each topic that has a share: what it has not used of it."""
    shares = policy.quota.reserve if policy.quota else {}
    if not shares:
        return {}
    first = now.astimezone(ZoneInfo(policy.zone)).date().replace(day=1)
    rows = connection.execute(_USED, {"channel": channel, "first": first})
    used = {row.topic: int(row.used) for row in rows}
    return {topic: max(0, int(Decimal(limit) * share) - used.get(topic, 0)) for topic, share in shares.items()}

"""The brand in a span: members and friends, what was sent and what was not, what data came; it only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.measures.spans import Span

# What somebody is at an instant: by the last follow or unfollow up to then. Friends from before the first import have
# no event, and count since their friendship was written down.
_PEOPLE = text("""
with alive as (
  select id, created_at from members where erased_at is null and merged_into is null and created_at < :until
),
last as (
  select distinct on (member_id) member_id, name from events
  where name in ('follow', 'unfollow') and at < :until order by member_id, at desc, id desc
)
select count(*) as members,
  count(*) filter (where coalesce(last.name = 'follow', f.status = 'friend' and f.changed_at < :until)) as friends
from alive left join last on last.member_id = alive.id left join friendships f on f.member_id = alive.id
""")
_CAME = text("""
select (
  select count(*) from members
  where erased_at is null and merged_into is null and created_at >= :since and created_at < :until),
  count(*) filter (where name = 'follow'), count(*) filter (where name = 'unfollow')
from events where name in ('follow', 'unfollow') and at >= :since and at < :until
""")
_SENT = text("""
select journey, status, coalesce(reason, '') as reason, count(*), count(distinct member_id) from intents
where settled_at >= :since and settled_at < :until group by 1, 2, 3 order by 1, 2, 3
""")
_BATCHES = text("""
select b.feed, count(*), count(*) filter (where exists (select from holds h where h.batch_id = b.id)),
  count(*) filter (where status = 'held'), count(*) filter (where status = 'rejected'), coalesce(sum(read), 0),
  coalesce(sum(landed), 0), coalesce(sum(already), 0), coalesce(sum(quarantined), 0)
from batches b where now >= :since and now < :until group by 1 order by 1
""")
_REASONS = text("""
select reason, count(*) from (
  select distinct q.id, unnest(q.reasons) as reason from quarantine q join batches b on b.id = q.batch_id
  where b.now >= :since and b.now < :until) bad
group by 1 order by 2 desc, 1
""")
_HOLDS = text("""
select scope, name, reason, since, released_at, released_by, release_reason from holds
where since < :until and (released_at is null or released_at >= :since) order by since, id
""")


@dataclass(frozen=True, slots=True)
class Headcount:
    """Members and friends at the end of the span; who came new in it, and how often the account was followed and
    blocked."""

    members: int
    friends: int
    new_members: int
    follows: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a journey's messages (`replies`: of answers) in the span, by how it ended and why."""

    journey: str
    status: str
    reason: str
    messages: int
    members: int


@dataclass(frozen=True, slots=True)
class Fed:
    """A feed's batches of the span: how many, ever held, still held, rejected; rows read = landed + already there +
    quarantined, of those that landed."""

    feed: str
    batches: int
    ever_held: int
    held: int
    rejected: int
    read: int
    landed: int
    already: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """A hold that stood at some time of the span."""

    scope: str
    name: str
    reason: str
    since: datetime
    released_at: datetime | None
    released_by: str | None
    release_reason: str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """The data of a span: each feed's batches, bad rows by each of their reasons, what was held."""

    feeds: tuple[Fed, ...]
    reasons: Mapping[str, int]
    holds: tuple[Stopped, ...]


def headcount(conn: Connection, within: Span) -> Headcount:
    """Members and friends at the end of the span and what came in it. Erased members are not counted."""
    members, friends = conn.execute(_PEOPLE, {"until": within.until}).one()
    new, follows, blocks = conn.execute(_CAME, _bounds(within)).one()
    return Headcount(members, friends, new, follows, blocks)


def sent(conn: Connection, within: Span) -> tuple[Sent, ...]:
    """All that was settled in the span."""
    return tuple(Sent(*row) for row in conn.execute(_SENT, _bounds(within)))


def quality(conn: Connection, within: Span) -> Quality:
    """What was imported in the span, and how good it was."""
    feeds = tuple(Fed(*row) for row in conn.execute(_BATCHES, _bounds(within)))
    reasons = {row[0]: row[1] for row in conn.execute(_REASONS, _bounds(within))}
    return Quality(feeds, reasons, tuple(Stopped(*row) for row in conn.execute(_HOLDS, _bounds(within))))


def _bounds(within: Span) -> dict[str, datetime]:
    return {"since": within.since, "until": within.until}

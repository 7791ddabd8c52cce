"""Who LINE lists as friends, and what their profiles say, kept page by page; it asks nobody and makes no event.

So nobody is welcomed who was a friend all along: a journey enters by the follow event, and there is none here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, Text, text

from journey_engine.members.members import create_unknown

_BEGIN = text("""
insert into follower_lists (channel, started_at) values (:channel, :now)
on conflict (channel) where ended_at is null do nothing
""")
_OPEN = text("""
select id, started_at, next, pages, followers from follower_lists where channel = :channel and ended_at is null
""")
_TURNED = text("""
update follower_lists
set next = :next, pages = pages + 1, followers = followers + :count,
    ended_at = case when cast(:next as text) is null then cast(:now as timestamptz) end
where id = :id and ended_at is null and pages = :pages
returning id
""")
_ANEW = text("update follower_lists set next = null, pages = 0, followers = 0, started_at = :now where id = :id")
_LISTED = text("select distinct unnest(cast(:users as text[])) as value")
# Who is on the list was a friend when its reading began; what came in by a follow or a block since then stands.
_FRIENDS = text("""
with accounts as (
    update identities set status = 'friend', changed_at = :at
    where kind = 'line' and value = any(cast(:users as text[]))
      and coalesce(status <> 'friend' and changed_at < :at, true))
insert into friendships as f (member_id, status, changed_at)
select i.member_id, 'friend', :at
from identities i join members m on m.id = i.member_id and m.erased_at is null
where i.kind = 'line' and i.value = any(cast(:users as text[]))
on conflict (member_id) do update set status = excluded.status, changed_at = excluded.changed_at
where f.status <> 'friend' and f.changed_at < excluded.changed_at
returning member_id
""")
_UNASKED = text("""
select i.value as user, m.id as member
from members m
join friendships f on f.member_id = m.id and f.status = 'friend'
join identities i on i.member_id = m.id and i.kind = 'line'
left join profiles p on p.member_id = m.id
where m.id > :above and m.erased_at is null and m.merged_into is null and (p.member_id is null or p.asked_at < :before)
order by m.id, i.value
limit :most
""")
_DESCRIBE = text("""
with given as (
    select distinct on (member_id) member_id, said
    from unnest(cast(:members as bigint[]), cast(:said as text[])) with ordinality as g (member_id, written, place),
         lateral (select cast(written as jsonb) as said) as read
    order by member_id, place),
before as (
    select g.member_id, g.said, coalesce(p.said, '{}') as was,
           array(select n from unnest(cast(:names as text[])) as n
                 where m.attributes ->> n is null or m.attributes ->> n = p.said ->> n) as free
    from given g join members m on m.id = g.member_id left join profiles p on p.member_id = g.member_id),
written as (
    insert into profiles as p (member_id, status, asked_at, said)
    select member_id, case when said is null then 'gone' else 'told' end, :now, coalesce(said, '{}')
    from given order by member_id
    on conflict (member_id) do update set status = excluded.status, asked_at = excluded.asked_at,
        said = case excluded.status when 'told' then excluded.said else p.said end),
telling as (
    select member_id, free,
           (select coalesce(jsonb_object_agg(n, said -> n), '{}') from unnest(free) as n where said ? n) as new
    from before where said is not null)
update members m
set attributes = (m.attributes - t.free) || t.new, changed_at = :now, arrived = (pg_current_xact_id()::text)::bigint
from telling t
where m.id = t.member_id and m.erased_at is null and m.attributes is distinct from (m.attributes - t.free) || t.new
""")


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a list of followers was read; `next` is LINE's word for the page to be read next, None: the first."""

    id: int
    started_at: datetime
    next: str | None
    pages: int
    followers: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A friend whose profile is to be asked for."""

    user: str
    member: int


def open_reading(connection: Connection, channel: str, now: datetime) -> Reading:
    """The reading that was broken off, or a new one."""
    connection.execute(_BEGIN, {"channel": channel, "now": now})
    return Reading(*connection.execute(_OPEN, {"channel": channel}).one())


def begin_anew(connection: Connection, reading: Reading, now: datetime) -> None:
    """From the first page: LINE no longer knows the page to go on with."""
    connection.execute(_ANEW, {"id": reading.id, "now": now})


def keep_page(
    connection: Connection, reading: Reading, users: Sequence[str], following: str | None, now: datetime
) -> tuple[int, int] | None:
    """Make members of those nobody knew, and friends of all; returns how many of each, None if another kept the page.

    Without a `following` page the reading is ended.
    """
    given = {"id": reading.id, "next": following, "count": len(users), "pages": reading.pages, "now": now}
    if connection.execute(_TURNED, given).first() is None:
        return None
    listed = [_stored(user) for user in users]
    made = create_unknown(connection, "line", _LISTED.bindparams(users=listed).columns(value=Text), now)
    friends = connection.execute(_FRIENDS, {"users": listed, "at": reading.started_at}).all()
    return made, len(friends)


def unasked(connection: Connection, above: int, before: datetime, most: int) -> list[Asked]:
    """Friends with a number `above` whose profiles were never asked for, or not since `before`."""
    rows = connection.execute(_UNASKED, {"above": above, "before": before, "most": most})
    return [Asked(row.user, row.member) for row in rows]


def keep_profiles(
    connection: Connection, told: Mapping[int, Mapping[str, str] | None], names: Sequence[str], now: datetime
) -> int:
    """Write profiles into the attributes `names`, by member; None: LINE has no profile. Returns how many it changed.

    A profile says only what nobody else has said: an attribute that a feed, a journey or a person set stays as it is,
    an empty one is filled, and one that still reads as the profile had it follows the profile, also when it says no
    more. So a name that a shop keeps is never replaced by a nickname.
    """
    said = [None if profile is None else _written(profile) for profile in told.values()]
    given = {"members": list(told), "said": said, "names": list(names), "now": now}
    return connection.execute(_DESCRIBE, given, execution_options={"preserve_rowcount": True}).rowcount


def _written(profile: Mapping[str, str]) -> str:
    return orjson.dumps({name: _stored(value) for name, value in profile.items()}).decode()


def _stored(value: str) -> str:
    """As Postgres takes it: without NUL and half pairs."""
    return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")

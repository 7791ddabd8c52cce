"""Clicks on links of our own, kept batch by batch: where each leads, its event and its tag; it answers nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import Enum

from sqlalchemy import ARRAY, BigInteger, Connection, cast, func, literal, select, text

from journey_engine.language.written import read_grant
from journey_engine.line.link_tokens import Token
from journey_engine.members import tags

# Who taps, goes back and taps again within this time has tapped once; all are kept, one becomes an event.
SAME_TAP = timedelta(minutes=30)
ERASED = "erased:"  # in place of where a link led that was a member's own

# Batches of several receivers go one after the other: else two would count the same tap. The clock comes with it.
_LOCK = text("""
select clock_timestamp() + coalesce((select "offset" from clock), interval '0') as now,
       pg_advisory_xact_lock(hashtextextended('clicks', 0))
""")
_FOLLOW = text("""
with given as (
    select * from unnest(cast(:places as int[]), cast(:links as bigint[]), cast(:intents as bigint[]),
                         cast(:ages as float[]), cast(:people as bool[]))
           as g (place, link_id, intent_id, age, person)),
known as (
    select g.place, g.link_id, i.id as intent_id, m.id as member_id, g.person, l.message, l.link, l.target, l.tag,
           i.step, cast(:now as timestamptz) - make_interval(secs => g.age) as at,
           substring(l.target from '^https?://(?:[^/?#@]*@)?([^/?#:]+)') as host
    from given g
    join links l on l.id = g.link_id
    left join intents i on i.id = nullif(g.intent_id, 0)
    left join members m on m.id = i.member_id and (m.erased_at is null or m.erased_at > :now)),
judged as (
    select k.*, k.person and k.member_id is not null
                and row_number() over (partition by k.intent_id, k.link_id, k.person order by k.place) = 1
                and not exists (select from clicks c
                                where c.counted and c.intent_id = k.intent_id and c.link_id = k.link_id
                                  and c.at > k.at - cast(:same as interval)) as counted
    from known k),
kept as (
    insert into clicks (link_id, intent_id, member_id, at, counted)
    select link_id, intent_id, member_id, at, counted from judged where person order by place),
told as (
    insert into events (member_id, name, at, "of", properties, source)
    select member_id, 'click', at, message,
           jsonb_strip_nulls(jsonb_build_object('step', step, 'link', link, 'host', host)), 'link'
    from judged where counted order by place)
select place, target, tag, message, case when counted then member_id end as member_id from judged order by place
""")
_KEYS = text("select number, key from link_keys")


class Nowhere(Enum):
    """Why a link leads nowhere."""

    UNKNOWN = "no such link"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Tap:
    """One request for a link. `person` False: a preview, which is led on and not kept. `came`: by the monotonic clock,
    so that one that had to wait for the database is dated when it was tapped."""

    token: Token
    person: bool
    came: float


@dataclass(frozen=True, slots=True)
class Followed:
    """Where each tap of a batch leads, and whose journeys have something to hear."""

    targets: list[str | Nowhere]
    members: list[int]


def keys(connection: Connection) -> dict[int, bytes]:
    """The keys that links are sealed with, by their numbers."""
    return {row.number: bytes(row.key) for row in connection.execute(_KEYS)}


def follow(connection: Connection, taps: Sequence[Tap], zone: Callable[[], str]) -> Followed:
    """Keep these taps, in the caller's transaction, with what follows: events for the journeys, tags.

    Repeated taps within half an hour are kept and are no event. A member who was erased is not named; `zone` gives the
    business's, for tags that last days. What is expired by the business clock leads nowhere and is not kept.
    """
    now, seen = connection.execute(_LOCK).one().now.astimezone(UTC), time.monotonic()
    targets: list[str | Nowhere] = [Nowhere.EXPIRED if tap.token.expired(now) else Nowhere.UNKNOWN for tap in taps]
    good = [place for place, target in enumerate(targets) if target is not Nowhere.EXPIRED]
    given = {
        "now": now,
        "same": SAME_TAP,
        "places": good,
        "links": [taps[place].token.link for place in good],
        "intents": [taps[place].token.intent for place in good],
        "ages": [max(0.0, seen - taps[place].came) for place in good],
        "people": [taps[place].person for place in good],
    }
    members: list[int] = []
    granted: dict[tuple[str, str], list[int]] = {}
    for row in connection.execute(_FOLLOW, given):
        targets[row.place] = Nowhere.EXPIRED if row.target.startswith(ERASED) else row.target
        if row.member_id is not None:
            members.append(row.member_id)
            if row.tag:
                granted.setdefault((row.tag, row.message), []).append(row.member_id)
    for (tag, message), whom in granted.items():
        theirs = select(func.unnest(cast(literal(whom), ARRAY(BigInteger))).label("id"))
        tags.grant(connection, theirs, read_grant(tag), f"click of {message}", zone(), now)
    return Followed(targets, list(dict.fromkeys(members)))

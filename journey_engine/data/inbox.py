"""What LINE sent: kept as it came, then taken into events, identities, friendships, set by set; it answers nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Text, bindparam, column, select, text

from journey_engine import clock
from journey_engine.data.members import create_unknown
from journey_engine.data.quarantine import SKEW

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # an escaped backslash before `u0000` is no NUL
# What a button or quick reply that `taps` carries: journeys:tap:MESSAGE:BUTTON.
TAP = r"^journeys:tap:([a-z][a-z0-9_]{0,29}):(.+)$"

# An event without LINE's id (or with one that no index could hold) is known by what it says.
_KEYED = """
    select case when length(said ->> 'webhookEventId') between 1 and 200 then said ->> 'webhookEventId'
                else 'sha256:' || encode(sha256(convert_to((said - 'deliveryContext')::text, 'UTF8')), 'hex')
           end as key, said, place
    from jsonb_array_elements(cast(:events as jsonb)) with ordinality as each (said, place)
"""

_STORE = text(f"""
    insert into inbox (webhook_event_id, body, received_at)
    select key, said, :now from ({_KEYED}) keyed order by place
    on conflict (source, webhook_event_id) do nothing
""")

# What was fetched from the sandbox before, or is delivered anew, is heard now: its reply token's minute begins again.
_STORE_LIVE = text(f"""
    insert into inbox (webhook_event_id, body, received_at, live, heard_at)
    select key, said, clock_timestamp() + coalesce((select "offset" from clock), interval '0'), true, clock_timestamp()
    from (select distinct on (key) key, said, place from ({_KEYED}) keyed order by key, place) once
    order by place
    on conflict (source, webhook_event_id) do update set live = true, heard_at = excluded.heard_at
    where not inbox.live or excluded.body -> 'deliveryContext' ->> 'isRedelivery' = 'true'
    returning id, taken_at
""")

# One row for each waiting event, with what it becomes. A time is milliseconds since 1970; one that is none, or that
# lies more than 5 minutes ahead, makes no event. `outcome` says what became of it, for ever.
_READ = text("""
    create temp table taking on commit drop as
    with waiting as (
        select id, webhook_event_id, body, body -> 'source' ->> 'userId' as line_user, body ->> 'type' as kind,
               case when body ->> 'timestamp' ~ '^[0-9]{1,14}$'
                    then timestamptz 'epoch' + (body ->> 'timestamp')::bigint * interval '1 millisecond' end as at,
               regexp_match(body -> 'postback' ->> 'data', :tap) as tap
        from inbox where taken_at is null
        order by id for update skip locked
    )
    select id, webhook_event_id, line_user, least(at, :now) as at,
           case when kind not in ('follow', 'unfollow', 'message', 'postback') or kind is null
                    then 'passed over: ' || coalesce(kind, 'no type')
                when coalesce(line_user, '') = '' then 'passed over: no user'
                when at is null then 'refused: no time'
                when at > :latest then 'refused: dated more than 5 minutes ahead'
                when tap is not null then 'click' else kind end as outcome,
           tap[1] as of,
           case when kind = 'message' then jsonb_build_object('text', body -> 'message' ->> 'text')
                when tap is not null then jsonb_build_object('button', tap[2])
                when kind = 'postback' then jsonb_build_object('data', body -> 'postback' ->> 'data')
                when kind = 'follow' then jsonb_build_object('source', body -> 'follow' ->> 'source')
                else '{}' end as properties
    from waiting
""")

_USER = column("line_user", Text)
_NEW = "('follow', 'unfollow', 'message', 'postback', 'click')"

_EVENTS = text(f"""
    with fresh as (
        insert into event_keys (source, key)
        select 'line', webhook_event_id from taking where outcome in {_NEW}
        on conflict do nothing returning key
    )
    insert into events (member_id, name, at, "of", properties, source)
    select i.member_id, t.outcome, t.at, t."of", jsonb_strip_nulls(t.properties), 'line'
    from taking t
    join fresh f on f.key = t.webhook_event_id
    join identities i on i.kind = 'line' and i.value = t.line_user
    order by t.id
""")

# The last word by its own time; of two in one millisecond the one that came later. An older word changes nothing.
_FRIENDSHIPS = text("""
    insert into friendships (member_id, status, changed_at)
    select distinct on (i.member_id) i.member_id, case t.outcome when 'follow' then 'friend' else 'blocked' end, t.at
    from taking t join identities i on i.kind = 'line' and i.value = t.line_user
    where t.outcome in ('follow', 'unfollow')
    order by i.member_id, t.at desc, t.id desc
    on conflict (member_id) do update set status = excluded.status, changed_at = excluded.changed_at
    where excluded.changed_at >= friendships.changed_at
""")

_DONE = text("update inbox set taken_at = :now, outcome = t.outcome from taking t where t.id = inbox.id")


def store(connection: Connection, events: Sequence[dict[str, Any]], now: datetime | None = None) -> int:
    """Keep webhook events (LINE's shape) as they came; returns how many were new.

    The same webhookEventId again (LINE delivers anew what it thinks was lost) is passed over. `now` is the business
    instant of arrival, by default what the business clock shows.
    """
    if not events:
        return 0
    said = {"events": _written(events), "now": now or clock.now(connection)}
    return connection.execute(_STORE, said).rowcount


def store_live(connection: Connection, requests: Sequence[Sequence[dict[str, Any]]]) -> list[int]:
    """Keep what came through the webhook, several requests' events at once; returns how many each brought.

    The instant of arrival is what the business clock shows. Events that were there already are not stored again.
    """
    events = [event for each in requests for event in each]
    if events:
        connection.execute(_STORE_LIVE, {"events": _written(events)})
    return [len(each) for each in requests]


def _written(events: Sequence[dict[str, Any]]) -> str:
    """As JSON that Postgres takes: a NUL and half a surrogate pair cannot stand in its text."""
    try:
        written = orjson.dumps(list(events)).decode()
    except TypeError:  # half a pair, or a number above 64 bits
        loose = json.dumps(list(events), ensure_ascii=False, allow_nan=False)
        written = loose.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _NUL.sub(r"\1\\ufffd", written) if "\\u0000" in written else written


def take(connection: Connection, now: datetime) -> dict[str, int]:
    """Turn what waits in the inbox into events, in the caller's transaction; returns how many by outcome.

    A LINE user nobody knows becomes a member. `follow` and `unfollow` set the friendship by their own time, whatever
    the order they came in; a postback of a button that taps is a `click` of its message. An event up to 5 minutes
    ahead of `now` gets `now`; later ones are refused and say so in the inbox.
    """
    said = {"now": now, "latest": now + SKEW, "tap": TAP}
    connection.execute(_READ.bindparams(bindparam("tap")), said)
    users = select(column("line_user", Text)).select_from(text("taking")).where(text(f"outcome in {_NEW}"))
    create_unknown(connection, "line", users, now)
    connection.execute(_EVENTS)
    connection.execute(_FRIENDSHIPS)
    connection.execute(_DONE, {"now": now})
    counts = connection.execute(text("select outcome, count(*) from taking group by 1 order by 1"))
    found = {str(outcome): int(number) for outcome, number in counts}
    connection.execute(text("drop table taking"))
    return found

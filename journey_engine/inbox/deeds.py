"""What waits in the inbox, read: which event each row becomes, of whom and when, or why none; it writes no event.

It fills the temporary table `taking`, a row for each row of the inbox, on which the steps of taking go on working.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from journey_engine.gate.quarantine import SKEW

# What a button or quick reply that `taps` carries: journeys:tap:MESSAGE:BUTTON.
TAP = r"^journeys:tap:([a-z][a-z0-9_]{0,29}):(.+)$"

# LINE's types of what a person does towards the account; the event each becomes. All others are passed over.
_DEEDS = """(values ('follow', 'follow'), ('unfollow', 'unfollow'), ('message', 'message'), ('postback', 'postback'),
    ('videoPlayComplete', 'video_watched'), ('beacon', 'beacon'), ('membership', 'membership_changed'))"""

# A time is milliseconds since 1970; one that is none, or that lies more than 5 minutes ahead, makes no event. What is
# said in a group or room is no member's word to the account: answering it would answer all who are there.
_READ_LINE = text(f"""
    insert into taking (id, source, key, kind, who, at, outcome, "of", properties, message_id)
    with waiting as (
        select id, webhook_event_id as key, body, body ->> 'type' as type, body -> 'source' ->> 'userId' as line_user,
               case when body ->> 'timestamp' ~ '^[0-9]{{1,14}}$'
                    then timestamptz 'epoch' + (body ->> 'timestamp')::bigint * interval '1 millisecond' end as at,
               regexp_match(body -> 'postback' ->> 'data', :tap) as tap
        from inbox
        where taken_at is null and source = 'line' and (cast(:ids as bigint[]) is null or id = any(:ids))
        order by id for update skip locked
    )
    select id, 'line', key, 'line', line_user, least(at, :now),
           case when type = 'unsend' then 'unsend'
                when deed.name is null then 'passed over: ' || coalesce(left(type, 100), 'no type')
                when body -> 'source' ->> 'type' in ('group', 'room') then 'passed over: said in a group'
                when coalesce(line_user, '') = '' then 'passed over: no user'
                when at is null then 'refused: no time'
                when at > :latest then 'refused: dated more than 5 minutes ahead'
                when tap is not null then 'click' else deed.name end,
           tap[1],
           jsonb_strip_nulls(case type
               when 'message' then jsonb_build_object('text', body -> 'message' ->> 'text')
               when 'postback' then case when tap is not null then jsonb_build_object(
                                             'button', tap[2], 'picked', coalesce(
                                                 body -> 'postback' -> 'params' ->> 'date',
                                                 body -> 'postback' -> 'params' ->> 'time',
                                                 body -> 'postback' -> 'params' ->> 'datetime'))
                                         else jsonb_build_object('data', body -> 'postback' ->> 'data') end
               when 'follow' then jsonb_build_object(
                   'source', body -> 'follow' ->> 'source',
                   'unblocked', case when body -> 'follow' -> 'isUnblocked' = 'true' then 'yes' end)
               when 'videoPlayComplete' then
                   jsonb_build_object('video', body -> 'videoPlayComplete' ->> 'trackingId')
               when 'beacon' then
                   jsonb_build_object('beacon', body -> 'beacon' ->> 'hwid', 'how', body -> 'beacon' ->> 'type')
               when 'membership' then jsonb_build_object(
                   'change', body -> 'membership' ->> 'type', 'plan', body -> 'membership' ->> 'membershipId')
               else '{{}}' end),
           case type when 'message' then body -> 'message' ->> 'id'
                     when 'unsend' then body -> 'unsend' ->> 'messageId' end
    from waiting left join {_DEEDS} as deed (type, name) using (type)
""")

# A shop's rows were checked and put into this form when they came in (receiver).
_READ_SHOP = text("""
    insert into taking (id, source, key, kind, who, at, outcome, value, properties, makes, twins, also)
    select id, 'shop', webhook_event_id, body ->> 'by', body ->> 'who', least((body ->> 'at')::timestamptz, :now),
           body ->> 'event', (body ->> 'value')::numeric, body -> 'properties',
           coalesce((body ->> 'makes')::boolean, false), body -> 'twins', body -> 'also'
    from inbox
    where taken_at is null and source = 'shop' and (cast(:ids as bigint[]) is null or id = any(:ids))
    order by id for update skip locked
""")

# `goes`: it is to become an event. `makes`: whoever is not known yet becomes a member.
_TAKING = text("""
    create temp table taking (
        id bigint, source text, key text, kind text, who text, member_id bigint, at timestamptz, outcome text,
        "of" text, value numeric, properties jsonb, makes boolean default true, twins jsonb, also jsonb,
        message_id text,
        goes boolean generated always as (outcome !~ '^(passed over|refused|unsend)') stored
    ) on commit drop
""")


def read(connection: Connection, now: datetime, ids: Sequence[int] | None) -> None:
    """Fill `taking` with the rows that wait (only these, where `ids` names some), locked until the caller commits."""
    connection.execute(_TAKING)
    numbers = bindparam("ids", type_=ARRAY(BigInteger))
    said = {"now": now, "latest": now + SKEW, "ids": None if ids is None else list(ids)}
    connection.execute(_READ_LINE.bindparams(numbers, bindparam("tap")), {**said, "tap": TAP})
    connection.execute(_READ_SHOP.bindparams(numbers), {key: said[key] for key in ("now", "ids")})

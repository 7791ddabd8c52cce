"""The reply tokens that came through the webhook, noted for the sender with the moment they were heard; it uses none.

LINE: a token works once, within a minute of its delivery (of a redelivery, too, but never 20 minutes after the event),
and not while another module answers (`mode: standby`). What was fetched from the sandbox has no moment, so no token.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

# A minute less than LINE's twenty, by the business clock, which is the event's. A redelivery begins the token's minute
# anew, unless it was used.
_NOTE = text("""
    insert into reply_tokens (token, member_id, event_id, issued_at)
    select distinct on (b.body ->> 'replyToken') b.body ->> 'replyToken', i.member_id, b.webhook_event_id, b.heard_at
    from inbox b
    join identities i on i.kind = 'line' and i.value = b.body -> 'source' ->> 'userId'
    where b.id = any(:ids) and b.live and b.source = 'line' and b.body ->> 'mode' = 'active'
      and b.body -> 'source' ->> 'type' = 'user' and length(b.body ->> 'replyToken') between 1 and 200
      and b.body ->> 'timestamp' ~ '^[0-9]{1,14}$'
      and b.heard_at + coalesce((select "offset" from clock), interval '0')
          - (timestamptz 'epoch' + (b.body ->> 'timestamp')::bigint * interval '1 millisecond')
          between interval '-5 minutes' and interval '19 minutes'
    order by b.body ->> 'replyToken', b.heard_at desc
    on conflict (token) do update set issued_at = excluded.issued_at
    where reply_tokens.used_at is null and reply_tokens.issued_at < excluded.issued_at
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def note(connection: Connection, inbox_ids: Sequence[int]) -> int:
    """Note the tokens of these rows of the inbox whose senders are members; returns how many are new or fresher."""
    if not inbox_ids:
        return 0
    return connection.execute(_NOTE, {"ids": list(inbox_ids)}).rowcount

"""What a member unsends is forgotten: the stored copy and the words in events, whichever came first; the deed stays.

LINE asks for it: "stop showing or using the message, and delete it from storage" (Messaging API, unsend event).
"""

from __future__ import annotations

from sqlalchemy import Connection, text

# In `taking` and before it: messages whose unsending is here, by LINE's number of the message.
_UNSENT = """
    select message_id from taking where outcome = 'unsend' and message_id is not null
    union
    select b.message_id from inbox b join taking t on t.message_id = b.message_id
    where t.outcome = 'message' and b.outcome = 'unsend'
"""
_WORDLESS = text(f"""
    update taking set properties = '{{}}' where outcome = 'message' and message_id in ({_UNSENT})
""")
_COPIES = text(f"""
    update inbox b set body = jsonb_set(b.body, '{{message}}', jsonb_build_object('id', b.message_id, 'type', 'unsent'))
    from ({_UNSENT}) u where b.message_id = u.message_id and b.body ->> 'type' = 'message'
""")
# The event has no name of its own in the inbox: it is known by whose it is, when it was, and its words.
_TAKEN = text(f"""
    with said as (
        select i.member_id, b.body -> 'message' ->> 'text' as words,
               timestamptz 'epoch' + (b.body ->> 'timestamp')::bigint * interval '1 millisecond' as at
        from inbox b
        join ({_UNSENT}) u on u.message_id = b.message_id
        join identities i on i.kind = 'line' and i.value = b.body -> 'source' ->> 'userId'
        where b.outcome = 'message' and b.body -> 'message' ->> 'text' is not null
    ), wordless as (
        update events e set properties = '{{}}'
        from said s
        where e.member_id = s.member_id and e.name = 'message' and e.source = 'line' and e.at <= s.at
          and e.at > s.at - interval '5 minutes' and e.properties ->> 'text' = s.words
        returning e.id, e.member_id
    ), entered as (
        update enrolments e set entry = e.entry - 'text' from wordless w
        where e.member_id = w.member_id and e.entry_ref = 'event:' || w.id
        returning e.id
    ), answers as (
        update events e set properties = e.properties - 'answer'
        from said s
        where e.member_id = s.member_id and e.name = 'answer' and e.source = 'surveys' and e.at <= s.at
          and e.at > s.at - interval '5 minutes' and strpos(s.words, e.properties ->> 'answer') > 0
        returning e.member_id, e.properties ->> 'into' as into_, s.words
    ), attributed as (
        update members m set attributes = m.attributes - a.into_, arrived = (pg_current_xact_id()::text)::bigint
        from answers a where m.id = a.member_id and strpos(a.words, m.attributes ->> a.into_) > 0
    ), kept as (
        update entrances e set entry = e.entry - 'text' from wordless w
        where e.member_id = w.member_id and e.entry_ref = 'event:' || w.id
    )
    update intents i set entry = i.entry - 'text' from entered e where i.enrolment_id = e.id
""")
_ANY = text("select exists (select from taking where message_id is not null)")


def forget_words(connection: Connection) -> None:
    """Forget the words of what rows of `taking` unsend, and of what they bring that was unsent before."""
    if connection.execute(_ANY).scalar_one():
        connection.execute(_TAKEN)
        connection.execute(_WORDLESS)


def forget_copies(connection: Connection) -> None:
    """The same for the copies in the inbox, once its rows know their messages' numbers."""
    if connection.execute(_ANY).scalar_one():
        connection.execute(_COPIES)

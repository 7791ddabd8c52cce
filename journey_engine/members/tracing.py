"""Finds an erased person where no row has her member's number: by her identities and their hashes; it knows no rule.

In the inbox, quarantine, held batches, the keys of events, and texts that name her by chance.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.data import staging
from journey_engine.language.project import Project
from journey_engine.members import erased, removals

_INBOX = f"""
with hers as (
    select b.id, b.source, b.webhook_event_id, b.body -> 'twins' as twins from inbox b
    where b.body <> '{{}}' and (
        b.source = 'line' and {erased.is_erased("'line'", "b.body -> 'source' ->> 'userId'")}
        or b.source = 'shop' and {erased.is_erased("b.body ->> 'by'", "b.body ->> 'who'")})),
keys as (
    delete from event_keys k using (
        select source, webhook_event_id as key from hers
        union all select twin ->> 0, twin ->> 1 from hers, jsonb_array_elements(coalesce(twins, '[]')) twin) gone
    where k.source = gone.source and k.key = gone.key)
update inbox b set body = '{{}}', webhook_event_id = 'erased:' || b.id, message_id = null,
    taken_at = coalesce(b.taken_at, :now), outcome = coalesce(b.outcome, '{erased.REFUSED}')
from hers where b.id = hers.id
"""
_CELL = erased.is_erased("cast(:kind as text)", "q.content ->> cast(:column as text)")
_QUARANTINE = f"""
update quarantine q set content = '{{}}', status = case q.status when 'open' then 'dropped' else q.status end
where q.feed = :feed and q.content <> '{{}}' and {_CELL}
"""
# A key of a feed's event is the event's name and its key columns: hers, where one of these holds her number, or where
# the first one is the number of an event of hers.
_KEYS_OF_NUMBER = text("""
delete from event_keys k using forgotten_values v
where k.source = :feed and v.kind = :kind and split_part(k.key, e'\\x1f', 1) = :event
  and split_part(k.key, e'\\x1f', :place) = v.value
""")
_KEYS_OF_EVENTS = text("""
delete from event_keys k using events e
where e.member_id in (select member_id from forgotten) and e.name = :event and k.source = e.source
  and split_part(k.key, e'\\x1f', 1) = e.name and split_part(k.key, e'\\x1f', 2) = e.properties ->> :property
""")
_SHORTEST = 6  # characters: a shorter number stands in texts by chance
_MENTIONED = """
select distinct v.value from (select value from forgotten_values union select member_key from forgotten) v
join (select distinct {column}::text as said from {table} where {column} is not null) t on strpos(t.said, v.value) > 0
where length(v.value) >= :shortest
"""
_STRIKE = """
update {table} set {column} = replace({column}::text, :value, '(erased)')::{type}
where strpos({column}::text, :value) > 0
"""


def forget_keys(connection: Connection, project: Project) -> None:
    """Take away the keys of her events that hold a number of hers: rows about her land no more, whatever their key."""
    for feed in project.feeds.values():
        columns = {feed.member.from_: feed.member.by}
        columns |= {column: kind for kind, column in (feed.members.identities if feed.members else {}).items()}
        for brings in feed.brings:
            for place, column in enumerate(brings.key or ((brings.one_per,) if brings.one_per else ()), 2):
                if column in columns:
                    given = {"feed": feed.feed, "event": brings.event, "kind": columns[column], "place": place}
                    connection.execute(_KEYS_OF_NUMBER, given)
    for name, kind in project.schema_.events.items():
        if kind.key:
            connection.execute(_KEYS_OF_EVENTS, {"event": name, "property": kind.key})


def empty(connection: Connection, project: Project, now: datetime) -> dict[str, int]:
    """Empty the inbox, quarantine and held batches of what erased people said or was said of them; rows by table."""
    known = erased.pads(connection)
    if known is None:
        return {}
    said = connection.execute(erased.bound(_INBOX), {**known, "now": now}).rowcount
    rows = 0
    for feed in project.feeds.values():
        further = feed.members.identities if feed.members else {}
        for kind, column in ((feed.member.by, feed.member.from_), *further.items()):
            told = {**known, "feed": feed.feed, "kind": kind, "column": column}
            rows += connection.execute(erased.bound(_QUARANTINE), told).rowcount
    held = text("select id, feed from batches where status = 'held' and feed = any(:feeds)")
    for batch, name in connection.execute(held, {"feeds": list(project.feeds)}).all():
        columns = staging.staged_columns(connection, batch)
        if columns:
            gone = erased.take_out(connection, project.feeds[name], staging.table_of(batch, columns))
            added = text("update batches set erased = erased + :gone where id = :batch")
            connection.execute(added, {"gone": gone, "batch": batch})
    return {"inbox": said, "quarantine": rows}


def strike_out(connection: Connection) -> None:
    """Take her numbers out of texts that belong to nobody: reasons of holds, names of files."""
    types: dict[str, str] = {"verdict": "jsonb", "counts": "jsonb", "words": "text[]", "reasons": "text[]"}
    for table, column in removals.MENTIONS:
        found = text(_MENTIONED.format(table=table, column=column))
        for value in connection.scalars(found, {"shortest": _SHORTEST}).all():
            statement = _STRIKE.format(table=table, column=column, type=types.get(column, "text"))
            connection.execute(text(statement), {"value": value})

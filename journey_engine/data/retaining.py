"""Takes away what is older than the policy keeps it, in bounded pieces with a commit each; it erases nobody.

What an open visit may still ask about, and what an experiment's windows still count, stays however old it is. The keys
of events stay for ever: an old file that comes again adds nothing. Bodies of requests go when messages are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from journey_engine.language.catalog import Policy

MOST = 20_000  # rows in one commit
# An open visit looks back to before it began by as much as its rules say; what let it in is its oldest own event.
_FLOOR = text("""
select least(cast(:cut as timestamptz), (select min(entered_at) from enrolments where ended_at is null),
             (select min(at) from exposures where until > :now))
""")
_FIND = {
    "events": "select id from events where at < :cut",
    "retracted_events": "select id from retracted_events where at < :cut",
    "inbox": "select id from inbox where taken_at < :cut",
    "quarantine": "select q.id from quarantine q join batches b on b.id = q.batch_id"
    " where q.content <> '{}' and b.now < :cut",
    "clicks": "select id from clicks where at < :cut and (member_id is not null or intent_id is not null)",
}
# A tap is counted still, of nobody. A row without its content cannot be mended any more.
_TAKE = {
    "events": "delete from events t using piece p where t.id = p.id",
    "retracted_events": "delete from retracted_events t using piece p where t.id = p.id",
    "inbox": "delete from inbox t using piece p where t.id = p.id",
    "quarantine": """update quarantine t set content = '{}',
        settled_at = case t.status when 'open' then cast(:now as timestamptz) else t.settled_at end,
        settled_by = case t.status when 'open' then 'retention' else t.settled_by end,
        status = case t.status when 'open' then 'dropped' else t.status end
        from piece p where t.id = p.id""",
    "clicks": "update clicks t set member_id = null, intent_id = null from piece p where t.id = p.id",
}
_NEXT = text("""
with taken as (delete from too_old where ctid = any(array(select ctid from too_old limit :most)) returning id)
insert into piece select id from taken
""")


def sweep(
    engine: Engine, policy: Policy, now: datetime, most: int = MOST, told: Callable[[str, int], None] | None = None
) -> dict[str, int]:
    """Take away what is too old at business `now`, at most `most` rows in a commit; how many rows of each table.

    Killed at any point, what was committed is gone and the next sweep goes on. `told` hears of each piece.
    """
    kept = policy.retention
    lengths = {
        "events": kept.events,
        "retracted_events": kept.events,
        "inbox": kept.inbox,
        "quarantine": kept.quarantine,
        "clicks": kept.clicks,
    }
    done: dict[str, int] = {}
    with engine.connect() as connection:
        for table, length in lengths.items():
            if length is None:
                continue
            cut = now - length.longest
            if table == "events":
                with connection.begin():
                    cut = connection.execute(_FLOOR, {"cut": cut, "now": now}).scalar_one()
            done[table] = _in_pieces(connection, table, cut, now, most, told or _unheard)
    return {table: rows for table, rows in done.items() if rows}


def _in_pieces(
    connection: Connection, table: str, cut: datetime, now: datetime, most: int, told: Callable[[str, int], None]
) -> int:
    """All rows of `table` before `cut`: found once, then taken piece by piece."""
    with connection.begin():
        connection.exec_driver_sql("create temp table if not exists too_old (id bigint)")
        connection.exec_driver_sql("create temp table if not exists piece (id bigint)")
        connection.exec_driver_sql("truncate too_old")
        connection.execute(text(f"insert into too_old {_FIND[table]} order by 1"), {"cut": cut})
    total = 0
    while True:
        with connection.begin():
            connection.exec_driver_sql("truncate piece")
            if not connection.execute(_NEXT, {"most": most}).rowcount:
                return total
            rows = connection.execute(text(_TAKE[table]), {"now": now} if ":now" in _TAKE[table] else {}).rowcount
        total += rows
        told(table, rows)


def _unheard(_table: str, _rows: int) -> None:
    """Nobody listens."""

"""After a restore from a backup: the channel stands still until a person says what may still go; it sends nothing.

What was due between the backup and the loss may have gone out, and nothing here knows of it. A restore shows in the
database's own marks: another cluster, another timeline (point-in-time recovery, a promoted standby), or tables made
anew (pg_restore). Files put back in place, and rows loaded into tables that stand, leave none: `journeys restored`
says it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.line.asking import Doubtful

_SAME = text("""
with mark as (
    select concat_ws(':', (select system_identifier from pg_control_system()),
                     (select timeline_id from pg_control_checkpoint()), 'requests'::regclass::oid) as home),
first as (insert into channels (channel, home) select :channel, home from mark on conflict (channel) do nothing),
known as (update channels c set home = mark.home from mark where c.channel = :channel and c.home is null)
select coalesce((select c.home = mark.home from channels c, mark where c.channel = :channel), true)
""")
_MOVED_IN = text("update channels set home = null where channel = :channel")
# Since the backup somebody may have sent it; a part of a split one is as old as the whole.
_DOUBT = text("""
update requests r set unclear = true, attempted_at = coalesce(r.attempted_at,
    (select whole.attempted_at from requests whole where whole.id = r.root_id), '-infinity')
where r.channel = :channel and r.status in ('ready', 'attempting')
""")
_HOLD = text("""
insert into holds (scope, name, reason, cure, since) select 'channel', :channel, :reason, :cure, :now
where not exists (select from holds where scope = 'channel' and name = :channel and reason = :reason
                  and released_at is null)
""")
_RELEASE = text("""
update channels set doubtful_to = :now, released_from = :start, released_to = :end where channel = :channel
""")
_LET_GO = text("""
update holds set released_at = :now, released_by = :by, release_reason = :why
where scope = 'channel' and name = :channel and reason = :reason and released_at is null
""")
_DOUBTFUL = text("""
select doubtful_to, released_from, released_to from channels where channel = :channel and doubtful_to is not null
""")
RESTORED = "The database was restored from a backup: what was due since then may have gone out before."


def notice(connection: Connection, channel: str, now: datetime) -> None:
    """Stop the channel if this is not the database that last sent through it."""
    if not connection.execute(_SAME, {"channel": channel}).scalar_one():
        connection.execute(_MOVED_IN, {"channel": channel})
        restored(connection, channel, now)


def restored(connection: Connection, channel: str, now: datetime) -> None:
    """Stop the channel, as one that was restored; requests that are owed an answer count as perhaps accepted."""
    connection.execute(_DOUBT, {"channel": channel})
    cure = f"Say which due times may go: journeys restored {channel} --release --from TIME --to TIME --by NAME"
    connection.execute(_HOLD, {"channel": channel, "reason": RESTORED, "cure": cure, "now": now})


def release(connection: Connection, channel: str, start: datetime, end: datetime, by: str, now: datetime) -> bool:
    """Let go what is due in [start, end], and what comes after `now`; all else that is due is skipped as `restored`.

    Also what a pass decides anew of the time before `now`. False if the channel was not held for a restore.
    """
    why = f"due from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    given = {"channel": channel, "now": now, "by": by, "why": why, "reason": RESTORED}
    if not connection.execute(_LET_GO, given).rowcount:
        return False
    connection.execute(_RELEASE, {"channel": channel, "now": now, "start": start, "end": end})
    return True


def doubtful(connection: Connection, channel: str) -> Doubtful | None:
    """What of the past may go after the last restore; None if there was none."""
    row = connection.execute(_DOUBTFUL, {"channel": channel}).one_or_none()
    return None if row is None else Doubtful(*row)

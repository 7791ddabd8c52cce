"""Profiles that were found to be one person's become one, all of a set in one commit; it finds none by itself.

What counts as found: one row (of a feed, or of what a shop sent) that carries identities of two members, both of kinds
the policy's `merge: {by: …}` names; or a person who says so. Never a name. A finding is a row of `merge_findings`,
written with what brought it; then `merge_found` does all that wait.

The rules. Who was made first is left, by her permanent key: holdout and arms were drawn from it. The other keeps a row
that points to her, and every number and identity leads there; pointers are never longer than one step.
- Attributes and zone: what was changed later stands, at one instant what the one who is left has; nothing is lost that
  only one of them had. Consents: by topic the later word, at one instant the one that withholds.
- All that happened to either happened to her, as if it had arrived late. So again: never, goals and caps count both.
- Visits: she is inside a journey (and key) once. Where both are, hers goes on, the other one ends as `merged` and what
  it had not sent yet is withdrawn; what it had sent is not sent again by the same step of hers. Where only the other is
  inside, that visit goes on, at the same place, with the same times, in its arm. The next pass looks at it with all
  that had happened to her. Visits count anew in the order of time, at one instant hers behind the other's.
- What is frozen for LINE goes to whom it was frozen for, once. Later messages go to the account followed last of those
  that are friends; she is a friend as long as one of her accounts is.
- Stages: the dated history of the one who is left stands; the other's ends and stays with the row it was written for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import Connection, Engine, text

from journey_engine.inbox import inbox
from journey_engine.language.project import Project
from journey_engine.line.deciding import lock_channel
from journey_engine.members import merging_people, merging_rows, merging_visits
from journey_engine.members.findings import KEY, say
from journey_engine.moving.superseding import ALONE
from journey_engine.store.conflicts import unless_others_write

_NO_LANDING = text(f"select pg_advisory_xact_lock({KEY})")
_NO_LANDING_NOW = text(f"select pg_try_advisory_xact_lock({KEY})")
# The takers of the inbox and of clicks, as their own locks have it (inbox/inbox.py, receiver/clicks.py).
_TAKERS = text("select pg_advisory_xact_lock(7402122), pg_advisory_xact_lock(hashtextextended('clicks', 0))")
_CHANNELS = text("select channel from channels order by channel")

_WAITS = text("select exists (select from merge_findings where merged_at is null)")
# Both ends of each finding as they are called by now; of one who was erased nothing follows.
_PAIRS = """
create temp table merging_pairs on commit drop as
select f.id as finding, f.by, f.reason, f.batch_id, a.id as a,
       case when a.erased_at is null and b.erased_at is null then b.id else a.id end as b
from merge_findings f
join members x on x.id = f.member_id join members a on a.id = coalesce(x.merged_into, x.id)
join members y on y.id = f.other_id join members b on b.id = coalesce(y.merged_into, y.id)
where f.merged_at is null
"""
# rank: the order in which they were made; label: the least rank known to be the same person.
_JOINED = (
    "create temp table merging_joined (member_id bigint primary key, rank bigint unique, label bigint) on commit drop",
    """
insert into merging_joined
select id, row_number() over w, row_number() over w from members
where id in (select a from merging_pairs where a <> b union select b from merging_pairs where a <> b)
window w as (order by created_at, id)
""",
    "analyze merging_pairs, merging_joined",
)
_SPREAD = """
update merging_joined j set label = least(nearest.label, beyond.label)
from (select p.a as member_id, min(o.label) as label
      from (select a, b from merging_pairs union all select b, a from merging_pairs) p
      join merging_joined o on o.member_id = p.b group by 1) nearest
join merging_joined near on near.member_id = nearest.member_id
join merging_joined beyond on beyond.rank = near.label
where j.member_id = nearest.member_id and least(nearest.label, beyond.label) < j.label
"""
_MERGING = (
    "create temp table merging (merged_id bigint primary key, survivor_id bigint, place bigint) on commit drop",
    """
insert into merging
select j.member_id, s.member_id, j.rank from merging_joined j join merging_joined s on s.rank = j.label
where j.rank <> j.label
""",
    "create temp table merging_counts (merged_id bigint, what text, number bigint) on commit drop",
    "analyze merging",
)
_DROP = text("drop table if exists merging_pairs, merging_joined, merging, merging_counts")
# Members first, by number; then what a sender or a caller holds, in the order in which they lock it themselves.
_LOCKS = (
    "select id from members where id in (select merged_id from merging union select survivor_id from merging)"
    " order by id for update",
    "select r.id from requests r where r.id in (select i.request_id from intents i join merging g"
    " on g.merged_id = i.member_id where i.status = 'frozen') order by r.id for update",
    "select i.id from intents i join merging g on g.merged_id = i.member_id"
    " where i.status in ('pending', 'frozen') order by i.id for update of i",
    "select c.id from calls c join merging g on g.merged_id = c.member_id"
    " where c.status in ('pending', 'calling') order by c.id for update of c",
    "select h.id from hand_offs h join merging g on g.merged_id = h.member_id"
    " where h.closed_at is null order by h.id for update of h",
)
_RUN = text("""
insert into runs (kind, name, now, ended_at, status) values ('merge', 'members', :now, clock_timestamp(), 'completed')
returning id
""")
_NOTE = text("""
with told as (
    select distinct on (merged_id) merged_id, by, reason, batch_id
    from (select a as merged_id, * from merging_pairs where a <> b
          union all select b, * from merging_pairs where a <> b) said
    order by merged_id, finding),
counted as (
    select merged_id, jsonb_object_agg(what, number) as counts from merging_counts where number > 0 group by 1)
insert into merges (survivor_id, merged_id, at, by, reason, batch_id, counts)
select g.survivor_id, g.merged_id, :now, t.by, t.reason, t.batch_id, coalesce(c.counts, '{}')
from merging g join told t using (merged_id) left join counted c using (merged_id)
order by g.place
""")
_COMPRESS = text("update merges m set survivor_id = g.survivor_id from merging g where m.survivor_id = g.merged_id")
_DONE = text("update merge_findings set merged_at = :now where id in (select finding from merging_pairs)")
_COUNTED = text("select what, sum(number)::bigint from merging_counts group by 1 order by 1")
_TOLD = text("update runs set counts = cast(:counts as jsonb) where id = :run")


_HERS = text("""
select m.survivor_id, s.member_key as survivor, o.member_key as merged, m.counts
from merges m join members s on s.id = m.survivor_id join members o on o.id = m.merged_id
where m.merged_id = any(cast(:both as bigint[])) order by m.id desc limit 1
""")


@dataclass(frozen=True, slots=True)
class Merged:
    """How many members were merged away, and what that moved: rows by table, visits that `ended`, intents withdrawn.

    Of two whom a person named, `survivor` and `merged` are their permanent keys.
    """

    members: int = 0
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    survivor: str = ""
    merged: str = ""


def merge_found(engine: Engine, now: datetime, *, patient: bool = True) -> Merged:
    """Merge all that were found to be one by now, in one transaction, at business `now` (aware).

    It waits until nobody is landing a batch, taking what came in, deciding what to send, or walking a journey; not
    `patient`, it leaves all as it is while a batch is being landed.
    """
    with engine.connect() as connection:
        if not connection.execute(_WAITS).scalar_one():
            return Merged()

    def work(connection: Connection) -> Merged:
        return _merge_waiting(connection, now) if be_alone(connection, patient) else Merged()

    return _in_one_transaction(engine, work)


def merge_two(engine: Engine, members: tuple[int, int], by: str, reason: str, now: datetime, *, dry: bool) -> Merged:
    """Merge two members because a person says so; `dry`: nothing stays, the figures are the real ones.

    None that was merged away already or was erased: nothing is to be done with them, and nobody is merged.
    """

    def work(connection: Connection) -> Merged:
        be_alone(connection, True)
        say(connection, *members, by, reason, now)
        done = _merge_waiting(connection, now)
        row = connection.execute(_HERS, {"both": list(members)}).one_or_none() if done.members else None
        if dry:
            connection.rollback()
        return Merged() if row is None else Merged(1, row.counts, row.survivor, row.merged)

    return _in_one_transaction(engine, work)


def take_and_merge(engine: Engine, now: datetime, project: Project | None = None) -> dict[str, int]:
    """Take what waits in the inbox, then merge whom it named; how many by outcome, with those `merged` away."""
    with engine.begin() as connection:
        taken = inbox.take(connection, now, project)
    merged = merge_found(engine, now, patient=False).members
    return taken | ({"merged": merged} if merged else {})


def _in_one_transaction(engine: Engine, work: Callable[[Connection], Merged]) -> Merged:
    def attempt() -> Merged:
        with engine.begin() as connection:
            return work(connection)

    return unless_others_write(attempt)


def _merge_waiting(connection: Connection, now: datetime) -> Merged:
    """All findings that wait; the caller is alone."""
    connection.execute(_DROP)
    for statement in (_PAIRS, *_JOINED):
        connection.exec_driver_sql(statement)
    while connection.exec_driver_sql(_SPREAD).rowcount:
        continue
    for statement in _MERGING:
        connection.exec_driver_sql(statement)
    number = connection.execute(text("select count(*) from merging")).scalar_one()
    counts = _merge(connection, now) if number else {}
    connection.execute(_DONE, {"now": now})
    connection.execute(_DROP)
    return Merged(number, counts)


def _merge(connection: Connection, now: datetime) -> dict[str, int]:
    """Everything of those in `merging`, in the order of the locks; events last, when all who write some have ended."""
    connection.exec_driver_sql("set local work_mem = '64MB'")
    for locked in _LOCKS:
        connection.exec_driver_sql(locked)
    run = connection.execute(_RUN, {"now": now}).scalar_one()
    merging_visits.merge_visits(connection, now, run)
    merging_people.merge_people(connection, now)
    merging_rows.move_rows(connection)
    merging_people.tell_other_accounts(connection)
    connection.execute(_COMPRESS)
    connection.execute(_NOTE, {"now": now})
    counts = {str(what): int(number) for what, number in connection.execute(_COUNTED)}
    connection.execute(_TOLD, {"run": run, "counts": orjson.dumps(counts).decode()})
    return counts


def be_alone(connection: Connection, patient: bool) -> bool:
    """In this order always: landings, takers, deciders, passes. Whoever holds one of them waits for none before it."""
    if patient:
        connection.execute(_NO_LANDING)
    elif not connection.execute(_NO_LANDING_NOW).scalar_one():
        return False
    connection.execute(_TAKERS)
    for channel in connection.execute(_CHANNELS).scalars().all():
        lock_channel(connection, channel)
    connection.execute(ALONE)
    return True

"""Visits of profiles that become one: which goes on, which ends as `merged`, what that withdraws; it walks nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Connection, column, select, table, text

from journey_engine.line import coupons
from journey_engine.moving.waking import look_at_visits

# Of the open visits to one journey with one key the first goes on: that of who is left, else the one begun first.
_OPEN = text("""
create temp table merging_ended on commit drop as
select id, member_id, journey, version from (
    select e.*, row_number() over (
               partition by coalesce(g.survivor_id, e.member_id), e.journey, e.entry_key
               order by g.merged_id is not null, e.entered_at, g.merged_id, e.visit) as nth
    from enrolments e left join merging g on g.merged_id = e.member_id
    where e.ended_at is null
      and e.member_id in (select merged_id from merging union all select survivor_id from merging)) open
where nth > 1
""")
# Nobody reaches one goal twice: a visit that ends for this is not measured any longer.
_END = text("""
update enrolments e set ended_at = greatest(cast(:now as timestamptz), e.entered_at), end_reason = 'merged',
    goal_until = case when e.goal_at is not null then e.goal_until end
from merging_ended d where e.id = d.id
""")
_GO_OUT = text("delete from inside i using merging_ended d where i.enrolment_id = d.id")
_WAKE_UP = text("delete from waiting w using merging_ended d where w.enrolment_id = d.id")
_REMEMBER = text("""
insert into moves (run_id, enrolment_id, journey, member_id, version, now, path)
select :run, id, journey, member_id, version, :now,
       jsonb_build_array(jsonb_build_object('step', '(leave)', 'at', cast(:now as timestamptz), 'outcome', 'merged'))
from merging_ended
""")
_COUNT = text("""
insert into step_counts as c (journey, step, outcome, day, part, members)
select journey, '(leave)', 'merged', cast(cast(:now as timestamptz) at time zone coalesce(
           (select body ->> 'zone' from definitions where kind = 'policy' and replaced_at is null), 'UTC') as date),
       -1, count(*)
from merging_ended group by 1
on conflict (journey, step, outcome, day, part) do update set members = c.members + excluded.members
""")
_NOTE_ENDED = text("""
insert into merging_counts select g.merged_id, 'visits ended', count(*)
from merging_ended d join merging g on g.merged_id = d.member_id group by 1
""")
# Withdrawn without an event: her other visit goes on, and nothing was skipped in it.
_WITHDRAW = text("""
update intents i set status = 'skipped', reason = 'merged', settled_at = :now
from merging_ended d where i.enrolment_id = d.id and i.status = 'pending'
returning i.id, i.member_id
""")
_NOTE_WITHDRAWN = text("""
insert into merging_counts
select i.member_id, 'intents withdrawn', count(*) from intents i join merging g on g.merged_id = i.member_id
where i.id = any(cast(:ids as bigint[])) group by 1
""")
_HANG_UP = text("""
update calls c set status = 'dropped', reason = 'merged', settled_at = :now, lease_until = null, next_attempt_at = null
from merging_ended d where c.enrolment_id = d.id and c.status in ('pending', 'calling')
""")
# Of each journey and key all visits anew in the order of time, at one instant hers behind the other's, the open one
# last: rules ask for the last one. No number of a row tells which was first, as it depends on when a pass came.
_PLACES = text("""
create temp table merging_places on commit drop as
select id, owner, hers, row_number() over (
           partition by owner, journey, entry_key order by ended_at is null, entered_at, hers, merged_id, was) as visit
from (select e.id, e.journey, e.entry_key, e.ended_at, e.entered_at, g.merged_id is null as hers, g.merged_id,
             e.visit as was,
             coalesce(g.survivor_id, e.member_id) as owner,
             bool_or(g.merged_id is not null) over (
                 partition by coalesce(g.survivor_id, e.member_id), e.journey, e.entry_key) as shared
      from enrolments e left join merging g on g.merged_id = e.member_id
      where e.member_id in (select merged_id from merging union all select survivor_id from merging)) visits
where shared
""")
_NOTE_VISITS = text("""
insert into merging_counts select g.merged_id, 'enrolments', count(*)
from merging_places p join enrolments e on e.id = p.id join merging g on g.merged_id = e.member_id group by 1
""")
# Below zero first: the numbers of both would meet on the way.
_MOVE = text("""
update enrolments e set member_id = p.owner, visit = -p.visit,
    arrived = case when p.hers then e.arrived else (pg_current_xact_id()::text)::bigint end
from merging_places p where e.id = p.id
""")
_NUMBER = text("update enrolments e set visit = -e.visit from merging_places p where e.id = p.id")
# What happened to who is left was seen before it was hers: the next pass looks at the visits that became hers, those
# that are over but may have reached their goal, too.
_CAME = select(column("id", BigInteger)).select_from(table("merging_places")).where(~column("hers", Boolean))
_INSIDE = text("update inside i set member_id = g.survivor_id from merging g where i.member_id = g.merged_id")
_DROP = text("drop table if exists merging_ended, merging_places")


def merge_visits(connection: Connection, now: datetime, run: int) -> None:
    """End the visits of those in `merging` that would be second ones, at business `now`, and give all to who is left.

    `run`: the row of runs under which the ends stand in their paths.
    """
    at = {"now": now}
    connection.execute(_DROP)
    connection.execute(_OPEN)
    connection.execute(_END, at)
    connection.execute(_GO_OUT)
    connection.execute(_WAKE_UP)
    connection.execute(_REMEMBER, {**at, "run": run})
    connection.execute(_COUNT, at)
    connection.execute(_NOTE_ENDED)
    withdrawn = [row.id for row in connection.execute(_WITHDRAW, at)]
    if withdrawn:
        connection.execute(_NOTE_WITHDRAWN, {"ids": withdrawn})
        coupons.give_back(connection, withdrawn)
    connection.execute(_HANG_UP, at)
    connection.execute(_PLACES)
    connection.execute(_NOTE_VISITS)
    connection.execute(_MOVE)
    connection.execute(_NUMBER)
    look_at_visits(connection, _CAME, now)
    connection.execute(_INSIDE)
    connection.execute(_DROP)

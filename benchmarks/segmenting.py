"""The ten segments by us beside the best statements written by hand: made anew, and brought forward by a night."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import floors, segments, world
from benchmarks.measuring import Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import Ground, populate
from benchmarks.world import FOLLOWED
from journey_engine.lifecycle.segments import refresh

_NIGHT = FOLLOWED + timedelta(days=1)
# One look at the events that count, one row a member, cut points, and the rows of all stays: as who knows these ten
# rules would write it.
BY_HAND = (
    "set local work_mem = '256MB'",
    """create temp table wide on commit drop as
select m.id as member_id, m.attributes ->> 'tier' = 'gold' as gold, last_purchase, last_click, followed, p90, s90, p30,
       c30, o14, of_store, (last_day at time zone 'Asia/Taipei')::date as day
from members m left join (
    select member_id,
           max(at) filter (where name = 'purchase') as last_purchase,
           max(at) filter (where name = 'purchase' and at > :d90) as last_day,
           max(at) filter (where name = 'click') as last_click,
           max(at) filter (where name = 'follow') as followed,
           count(*) filter (where name = 'purchase' and at > :d90) as p90,
           sum(value) filter (where name = 'purchase' and at > :d90) as s90,
           count(*) filter (where name = 'purchase' and at > :d30) as p30,
           count(*) filter (where name = 'click') as c30,
           count(*) filter (where name = 'open') as o14,
           count(*) filter (where name = 'purchase' and at > :d90 and properties ->> 'store' = 's7') as of_store
    from events
    where at <= :at and (name = 'purchase' or name = 'click' and at > :d30 or name in ('open', 'follow') and at > :d14)
    group by member_id) e on e.member_id = m.id
where m.erased_at is null and m.merged_into is null""",
    """create temp table points on commit drop as
select (select day from wide where day is not null order by day desc limit 1 offset
            (select ceil(0.4 * count(day))::bigint - 1 from wide)) as recent,
       (select p90 from wide where p90 > 0 order by p90 desc limit 1 offset
            (select ceil(0.4 * count(*) filter (where p90 > 0))::bigint - 1 from wide)) as frequent,
       (select s90 from wide where s90 is not null order by s90 desc limit 1 offset
            (select ceil(0.1 * count(s90))::bigint - 1 from wide)) as tenth""",
    """insert into floor.segment_members (id, segment, member_id, joined_at)
select nextval(pg_get_serial_sequence('public.segment_members', 'id')), v.segment, w.member_id, :at
from wide w cross join points c
cross join lateral (values
    ('loyal', day >= c.recent and p90 >= c.frequent),
    ('lapsed', last_purchase > :d90 and last_purchase <= :d30),
    ('big_spenders', s90 >= 3000),
    ('frequent', p30 >= 3),
    ('curious', c30 >= 5 and (last_purchase is null or last_purchase <= :d30)),
    ('of_one_store', of_store >= 2),
    ('readers', o14 >= 3 and (last_click is null or last_click <= :d14)),
    ('best_tenth', s90 >= c.tenth),
    ('newcomers', followed > :d14 and last_purchase is null),
    ('golden_coffee', gold and last_purchase > :d60 and w.member_id in (
        select member_id from tags where tag = 'coffee' and granted_at <= :at
        and (expires_at is null or expires_at > :at)))) v (segment, holds)
where v.holds""",
)
# What a night costs at the least by the events alone.
SCAN = (
    """select count(*) filter (where name = 'purchase' and at > :d30), sum(value) filter (where name = 'purchase')
from events""",
)


def segmenting(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """A first refresh beside the same by hand, then a day's events, and the night's beside one scan of the events.

    After the night the stays are compared with what the statements by hand find anew.
    """
    whole = Comparison("rebuild of 10 segments", "the best by hand, stays and all", BY_HAND, 1.5, 1.1, members)
    night = Comparison("nightly refresh of 10 segments", "one scan of the events, 2 aggregates", SCAN, 3, 1.9, members)
    for _ in range(repetitions):
        with ground.lent() as engine:
            populate(engine, members, spread=True)
            floors.like(engine, "segment_members")
            ours = meter.of(lambda: _refresh(engine, FOLLOWED))[0]
            whole.add(ours, meter.of(lambda: _by_hand(engine, FOLLOWED))[0])
            expect("stays after the rebuild", _present(engine, "public"), _present(engine, "floor"))
            world.another_day(engine, 1)
            ours = meter.of(lambda: _refresh(engine, _NIGHT))[0]
            night.add(ours, meter.of(lambda: floors.run(engine, SCAN, _bounds(_NIGHT)))[0])
            _forget(engine)
            _by_hand(engine, _NIGHT)
            expect("stays after the night", _present(engine, "public"), _present(engine, "floor"))
    return [whole, night]


def _refresh(engine: Engine, at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(text("set local jit = off"))
        changed = refresh(connection, segments.project(), at)
    expect("segments", sorted(changed), sorted(segments.RULES))


def _by_hand(engine: Engine, at: datetime) -> None:
    floors.run(engine, BY_HAND, _bounds(at))


def _bounds(at: datetime) -> dict[str, Any]:
    return {"at": at, **{f"d{days}": at - timedelta(days=days) for days in (14, 30, 60, 90)}}


def _forget(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("truncate floor.segment_members"))


def _present(engine: Engine, schema: str) -> list[tuple[Any, ...]]:
    """How many are in each segment, and a sum over hashes of who they are."""
    asked = f"""
select segment, count(*), sum(hashint8extended(member_id, 7)::numeric) from {schema}.segment_members
where left_at is null group by 1 order by 1"""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(asked)).all()]

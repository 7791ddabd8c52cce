"""The people the benchmarks work on and what they did in 90 days, drawn in SQL by hash; it knows no journey.

Every figure of a member follows from her number and a seed (the same on the same major version of Postgres). On
average she made 3 purchases, 8 clicks, 8 opens and one follow (15, 40, 40 and 5 %), and has 3 tags. How active she is
is drawn from a gamma distribution of shape 1/2 (the square of a normal): most do little, few do much.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from journey_engine.lifecycle.feature_sets import SCHEMA as FEATURES
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import metadata

FOLLOWED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Taipei
DAYS = 90  # of history, up to FOLLOWED
SOURCE = "history"  # of every event and tag of it
STORES, TAGS = 50, ("coffee", "tea", "bread", "fish", "fruit", "milk", "baby", "pet")
# What stands between two runs; all else is emptied. In the order in which they are filled.
LASTING = ("members", "identities", "friendships", "events", "tags", "coverage")
NUMBERED = ("members", "events", "tags")

# Uniform in (0, 1), by number and purpose.
_UNIFORM = "((((hashint8extended({of}, {purpose}) & 9007199254740991) + 0.5::float8) / 9007199254740992))"
_STAND = "create schema world; create table world.stands (members bigint, {numbers})".format(
    numbers=", ".join(f"{table} bigint" for table in NUMBERED if table != "members")
)


def uniform(of: str, purpose: int) -> str:
    """SQL: a number drawn for that number and purpose."""
    return _UNIFORM.format(of=of, purpose=purpose)


_MEMBERS = f"""
insert into members (member_key, attributes, created_at, changed_at)
select 'm' || n, jsonb_build_object(
           'name', 'n' || n, 'tier', (array['gold', 'blue', 'none'])[1 + n % 3], 'points', (n % 500)::text,
           'birthday', (date '1950-01-01' + ({uniform("n", 1)} * 20000)::int)::text,
           'nps', floor({uniform("n", 2)} * 11)::text),
       '2025-11-01Z', '2025-11-01Z'
from generate_series(1, :count) n
"""
_REST_OF_THEM = (
    "insert into identities (kind, value, member_id) select 'line', 'U' || md5(member_key), id from members",
    "insert into identities (kind, value, member_id) select 'customer_number', member_key, id from members",
    "insert into friendships (member_id, status, changed_at) select id, 'friend', '2025-11-01Z' from members",
    # The orders of all days are there: no branch has to wait for them.
    "insert into coverage (feed, covered_to) values ('orders', '2027-01-01Z')",
)
# The square of a normal number has mean 1: how often each kind happens is that times its mean, rounded by chance.
_ACTIVE = f"""
select id as member_id, -2 * ln({uniform("id", 3)}) * cos(2 * pi() * {uniform("id", 4)}) ^ 2 as activity from members
"""
_KINDS = (("purchase", 3, 11), ("click", 8, 12), ("open", 8, 13))
_EVENTS = f"""
insert into events (member_id, name, at, of, value, properties, source)
select member_id, name, at,
       case when name = 'click' then (array['hello', 'story', 'thanks', 'nudge'])[1 + (draw & 3)] end,
       case when name = 'purchase' then 50 + (draw & 1023) end,
       case when name = 'purchase'
            then jsonb_build_object('order_id', :batch || '-' || draw,
                                    'store', 's' || ((draw >> 10) & 1048575) % {STORES})
            else '{{}}' end, '{SOURCE}'
from (
    select member_id, name, hashint8extended(member_id * 8192 + turn, seed + :seed) & 9223372036854775807 as draw,
           cast(:until as timestamptz) - :days * interval '1 day'
           * {uniform("member_id * 8192 + turn", "seed + 100 + :seed")} as at
    from ({_ACTIVE}) a
    cross join (values {", ".join(f"('{name}', {mean / DAYS}, {seed})" for name, mean, seed in _KINDS)})
         k (name, mean, seed)
    cross join lateral generate_series(
        1, floor(activity * mean * :days + {uniform("member_id", "seed + 200 + :seed")})::int) turn
) drawn
order by at
"""
_TAGS = f"""
insert into tags (member_id, tag, granted_at, expires_at, source)
select id, (array[{", ".join(f"'{tag}'" for tag in TAGS)}])[1 + floor(8 * {uniform("id * 4 + turn", 21)} ^ 2)::int],
       granted, case when id % 2 = 0 then granted + interval '60 days' end, '{SOURCE}'
from (
    select id, turn, cast(:until as timestamptz) - interval '{DAYS} days' * {uniform("id * 4 + turn", 22)} as granted
    from members, generate_series(1, 3) turn
) drawn
"""


def make(engine: Engine, count: int) -> None:
    """Fill empty tables with `count` members, their tags and what they did before FOLLOWED, but for the follow."""
    with engine.begin() as connection:
        connection.execute(text("set local work_mem = '512MB'; set local maintenance_work_mem = '1GB'"))
        people(connection, count)
        connection.execute(text("analyze members"))
        _bulk(connection)
        connection.execute(text(_TAGS), {"until": FOLLOWED})
        _note(connection, count)
    _vacuum(engine)


def people(connection: Connection, count: int) -> None:
    """Fill empty tables with `count` members who did nothing."""
    connection.execute(text(_MEMBERS), {"count": count})
    for statement in _REST_OF_THEM:
        connection.execute(text(statement))


def another_day(engine: Engine, day: int) -> None:
    """What happened in the 24 hours before FOLLOWED + `day` days, as a night's data bring it."""
    with engine.begin() as connection:
        _happen(connection, 1, day)
    _vacuum(engine, "events")


def stands(engine: Engine) -> int:
    """How many members there are that `make` made; 0 if it made none."""
    with engine.connect() as connection:
        if connection.execute(text("select to_regclass('world.stands')")).scalar_one() is None:
            return 0
        return connection.execute(text("select members from world.stands")).scalar_one()


def restore(engine: Engine) -> None:
    """Take away all rows that came after `make`. Rows of its own have to be as they were."""
    others = [table.name for table in metadata.sorted_tables if table.name not in LASTING]
    changed: list[str] = []
    with engine.begin() as connection:
        last = connection.execute(text("select * from world.stands")).mappings().one()
        for table in NUMBERED:
            if connection.execute(text(f"delete from {table} where id > :last"), {"last": last[table]}).rowcount:
                changed.append(table)
            connection.execute(text(f"alter table {table} alter id restart with {last[table] + 1}"))
        _truncate(connection, others)  # after all: what changes may be noted there
        _drop_features(connection)
    if changed:
        _vacuum(engine, *changed)


def empty(engine: Engine) -> None:
    """All tables without rows or bloat."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists world cascade"))
        _truncate(connection, [table.name for table in metadata.sorted_tables])
        _drop_features(connection)


def _drop_features(connection: Connection) -> None:
    asked = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = :schema"
    for table in connection.execute(text(asked), {"schema": FEATURES}).scalars().all():
        connection.execute(text(f"drop table {table}"))


def _truncate(connection: Connection, tables: Sequence[str]) -> None:
    """Those of them that have rows: each costs files of its own."""
    asked = "select name from unnest(cast(:tables as text[])) name where pg_relation_size(name::regclass) > 0"
    filled = connection.execute(text(asked), {"tables": list(tables)}).scalars().all()
    if filled:
        connection.execute(text(f"truncate {', '.join(filled)} restart identity cascade"))


def _bulk(connection: Connection) -> None:
    """The indexes are built once, after 19 rows a member."""
    for index in events.indexes:
        index.drop(connection)
    _happen(connection, DAYS, 0)
    for index in events.indexes:
        index.create(connection)


def _happen(connection: Connection, days: int, day: int) -> None:
    until = FOLLOWED + timedelta(days=day)
    values: dict[str, Any] = {"until": until, "days": days, "seed": day * 1000, "batch": f"d{day}"}
    connection.execute(text(_EVENTS), values)


def _note(connection: Connection, count: int) -> None:
    connection.execute(text(_STAND))
    last = ", ".join(f"(select coalesce(max(id), 0) from {table})" for table in NUMBERED if table != "members")
    connection.execute(text(f"insert into world.stands values ({count}, {last})"))


def _vacuum(engine: Engine, *tables: str) -> None:
    """These tables; none named: all."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"vacuum analyze {', '.join(tables)}"))

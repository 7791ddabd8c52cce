"""The journey the benchmarks run, the databases they run on, and who follows when; the people are those of `world`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import keeping, world
from benchmarks.world import FOLLOWED
from journey_engine.language.project import Project
from journey_engine.settings import Settings
from journey_engine.store import database, migrate

REST = 3  # days
_MINUTE = timedelta(minutes=1)

# Enter, branch, tag or tag, split, send or send, wait; on the fourth day branch, send or send, wait again.
JOURNEY: dict[str, Any] = {
    "journey": "bench",
    "title": "bench",
    "status": "live",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "bought": {
            "branch": [
                {"if": "purchase within 30 days", "do": {"known": {"tag": "buyer"}}},
                {"otherwise": True, "do": {"fresh": {"tag": "newcomer"}}},
            ]
        },
        "half": {
            "split": {
                "one": {"share": "50%", "do": {"greet": {"send": "hello"}}},
                "two": {"share": "50%", "do": {"tell": {"send": "story"}}},
            }
        },
        "rest": {"wait": f"{REST} days"},
        "still": {
            "branch": [
                {"if": "purchase within 30 days", "do": {"thank": {"send": "thanks"}}},
                {"otherwise": True, "do": {"remind": {"send": "nudge"}}},
            ]
        },
        "pause": {"wait": "30 days"},
    },
}
_ATTRIBUTES = {
    "name": {"type": "text"},
    "tier": {"type": "text"},
    "points": {"type": "number"},
    "birthday": {"type": "date"},
    "nps": {"type": "number"},
}
_SAY = {"hello": "{name}，您好", "story": "我們的故事", "thanks": "謝謝", "nudge": "好久不見"}
PEOPLE: dict[str, Any] = {
    "feed": "people",
    "from": {"file": "people.csv"},
    "suite": "people",
    "member": {"by": "customer_number", "from": "customer", "create": "yes"},
    "members": {
        "attributes": {"name": "name", "tier": "tier", "points": "points"},
        "identities": {"line": "line"},
        "consents": {"promotion": "promotion"},
    },
}
ORDERS: dict[str, Any] = {
    "feed": "orders",
    "from": {"file": "orders.csv"},
    "covers": {"to": "end of day", "zone": "Asia/Taipei"},
    "suite": "orders",
    "member": {"by": "customer_number", "from": "customer"},
    "brings": [
        {
            "event": "purchase",
            "at": {"from": "at", "zone": "Asia/Taipei"},
            "key": "order_id",
            "value": "amount",
            "properties": {"store": "store"},
        }
    ],
}
_FOLLOWS = """
insert into events (member_id, name, at, source)
select id, 'follow', cast(:at as timestamptz) + case
           when :groups = 0 then interval '0'
           when id <= :groups * :each then (1 + (id - 1) / :each) * cast(:apart as interval)
           else interval '1 day' end, 'bench'
from members
"""
_SPREAD = f"""
insert into events (member_id, name, at, source)
select id, 'follow', cast(:at as timestamptz) - interval '{world.DAYS} days' * {world.uniform("id", 31)}, 'bench'
from members
"""
# What has arrived so far was read: the passes of the nights before saw it.
_CLOCK = """
insert into journey_clocks (journey, live_since, last_now, seen, snapshot)
values ('bench', '2026-03-01Z', '2026-03-01Z', pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        pg_current_snapshot()::text)
"""


@cache
def project() -> Project:
    """The project that all benchmarks run; one value, so that its journey is compiled once, as a worker does."""
    return Project.model_validate(written())


def written() -> dict[str, Any]:
    """The same as the files of a project say it."""
    messages = {
        name: {"message": name, "title": name, "topic": "promotion", "say": [{"text": words}]}
        for name, words in _SAY.items()
    }
    return {
        "schema": {
            "attributes": _ATTRIBUTES,
            "events": {
                "purchase": {"value": "money", "key": "order_id", "properties": {"store": "text"}},
                "open": {},
            },
        },
        "policy": {"zone": "Asia/Taipei"},
        "stages": {"stages": [{"stage": "acquire", "otherwise": True}]},
        "journeys": {"bench": JOURNEY},
        "messages": messages,
        "feeds": {"people": PEOPLE, "orders": ORDERS},
    }


class Ground:
    """Lends migrated databases of its own, made when needed and dropped at the end: `with Ground(...) as ground`.

    With `keep` the people of `world` are made once for that many members, kept as a database of the server, and copied
    from there in later runs too.
    """

    def __init__(self, settings: Settings, keep: int | None = None) -> None:
        self._settings = settings
        self._keep = keep
        self._made = ExitStack()
        self._free: list[Engine] = []

    def __enter__(self) -> Ground:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    @contextmanager
    def lent(self) -> Generator[Engine]:
        """A database; whose it was before has left it as it was: `populate` it, or `empty` it."""
        engine = self._free.pop() if self._free else self._make()
        _no_floor(engine)
        yield engine
        self._free.append(engine)

    def _make(self) -> Engine:
        kept, self._keep = self._keep, None  # one copy: who needs another database wants it for few members
        template = None if kept is None else keeping.kept(self._settings, kept)
        engine = self._made.enter_context(database.temporary_engine(self._settings, template))
        migrate.upgrade(engine)
        with engine.begin() as connection:  # parallel workers' CPU would not be the backends'
            name = engine.url.database
            connection.execute(text(f'alter database "{name}" set max_parallel_workers_per_gather = 0'))
        engine.dispose()
        return engine


def populate(
    engine: Engine, count: int, groups: int = 0, each: int = 0, spread: bool = False, apart: timedelta = _MINUTE
) -> None:
    """`count` members with their history, none of whom is in a journey; they all followed at FOLLOWED.

    With `groups`, the first `groups * each` of them followed `apart`, twice that, … later, `each` at a time, and all
    others a day later; with `spread` at any time of the 90 days before. Other tables are emptied.
    """
    if world.stands(engine) == count:
        world.restore(engine)
    else:
        empty(engine)
        world.make(engine, count)
    _no_floor(engine)
    with engine.begin() as connection:
        connection.execute(text(_CLOCK))
    with engine.begin() as connection:  # a transaction of its own: only these are new to the first pass
        connection.execute(
            text(_SPREAD if spread else _FOLLOWS),
            {"at": FOLLOWED} if spread else {"groups": groups, "each": max(each, 1), "at": FOLLOWED, "apart": apart},
        )
    analyze(engine, "events")


def empty(engine: Engine) -> None:
    """All tables without rows or bloat, and no floor."""
    _no_floor(engine)
    world.empty(engine)


def analyze(engine: Engine, *tables: str) -> None:
    """What autovacuum would have told the planner by then, of these tables or of all."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"analyze {', '.join(tables)}"))


def _no_floor(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists floor cascade; create schema floor"))

"""The members, their events and the journey that the benchmarks work on; every row follows from its number."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, text

from journey_engine.language.project import Project
from journey_engine.settings import Settings
from journey_engine.store import database, migrate
from journey_engine.store.tables.metadata import metadata

FOLLOWED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Taipei
REST = 3  # days

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
_MEMBERS = """
insert into members (member_key, attributes, created_at, changed_at)
select 'm' || n, jsonb_build_object('name', 'n' || n, 'tier', (array['gold', 'blue', 'none'])[1 + n % 3]),
       '2026-01-01Z', '2026-01-01Z'
from generate_series(1, :count) n
"""
_REST_OF_THEM = (
    "insert into identities (kind, value, member_id) select 'line', 'U' || md5(member_key), id from members",
    "insert into identities (kind, value, member_id) select 'customer_number', member_key, id from members",
    "insert into friendships (member_id, status, changed_at) select id, 'friend', '2026-01-01Z' from members",
    # The orders of all days are there: no branch has to wait for them.
    "insert into coverage (feed, covered_to) values ('orders', '2027-01-01Z')",
    # Each member bought or visited twice; every third one bought, the last time ten days before they followed.
    "insert into events (member_id, name, at, value, source)"
    " select id, case when id % 3 = 0 then 'purchase' else 'visit' end,"
    " timestamptz '2026-02-20Z' - n * interval '20 d', 10 + id % 90, 'bench' from members, generate_series(0, 1) n",
)
_FOLLOWS = """
insert into events (member_id, name, at, source)
select id, 'follow', cast(:at as timestamptz) + case
           when :groups = 0 then interval '0'
           when id <= :groups * :each then (1 + (id - 1) / :each) * interval '1 min'
           else interval '1 day' end, 'bench'
from members
"""
_CLOCK = """
insert into journey_clocks (journey, live_since, last_now, seen)
values ('bench', '2026-03-01Z', '2026-03-01Z', 0)
"""


@cache
def project() -> Project:
    """The project that all benchmarks run; one value, so that its journey is compiled once, as a worker does."""
    messages = {
        name: {"message": name, "title": name, "topic": "promotion", "say": [{"text": words}]}
        for name, words in _SAY.items()
    }
    return Project.model_validate(
        {
            "schema": {
                "attributes": {"name": {"type": "text"}, "tier": {"type": "text"}, "points": {"type": "number"}},
                "events": {
                    "purchase": {"value": "money", "key": "order_id", "properties": {"store": "text"}},
                    "visit": {},
                },
            },
            "policy": {"zone": "Asia/Taipei"},
            "stages": {"stages": [{"stage": "acquire", "otherwise": True}]},
            "journeys": {"bench": JOURNEY},
            "messages": messages,
            "feeds": {"people": PEOPLE, "orders": ORDERS},
        }
    )


class Ground:
    """Lends migrated databases of its own, made when needed and dropped at the end: `with Ground(...) as ground`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made = ExitStack()
        self._free: list[Engine] = []

    def __enter__(self) -> Ground:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    @contextmanager
    def lent(self) -> Generator[Engine]:
        """A database whose tables are empty."""
        engine = self._free.pop() if self._free else self._make()
        empty(engine)
        yield engine
        self._free.append(engine)

    def _make(self) -> Engine:
        engine = self._made.enter_context(database.temporary_engine(self._settings))
        migrate.upgrade(engine)
        with engine.begin() as connection:  # parallel workers' CPU would not be the backends'
            name = engine.url.database
            connection.execute(text(f'alter database "{name}" set max_parallel_workers_per_gather = 0'))
        engine.dispose()
        return engine


def populate(engine: Engine, count: int, groups: int = 0, each: int = 0) -> None:
    """Empty all tables and fill in `count` members, who all followed at FOLLOWED.

    With `groups`, the first `groups * each` of them followed 1, 2, … minutes later, `each` at a time, and all others a
    day later.
    """
    empty(engine)
    with engine.begin() as connection:
        connection.execute(text(_MEMBERS), {"count": count})
        for statement in _REST_OF_THEM:
            connection.execute(text(statement))
        connection.execute(text(_FOLLOWS), {"groups": groups, "each": max(each, 1), "at": FOLLOWED})
        connection.execute(text(_CLOCK))
    analyze(engine)


def empty(engine: Engine) -> None:
    """All tables without rows or bloat, and no floor."""
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists floor cascade"))
        connection.execute(text("create schema floor"))
        connection.execute(text(f"truncate {names} restart identity cascade"))


def analyze(engine: Engine) -> None:
    """What autovacuum would have told the planner by then."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))

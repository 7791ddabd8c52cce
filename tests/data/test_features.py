"""Refreshes from features give what asking every event gives, whatever came late, was changed, merged or erased."""

from __future__ import annotations

import os
import random
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, literal, select, text

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.ranks import cut_points, ranking
from journey_engine.data import erasing, features, merging, personas, retaining, segments, stages
from journey_engine.data.feature_proof import differences
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members

START = datetime(2026, 2, 20, 18, tzinfo=UTC)
MEMBERS = 40
SEEDS = int(os.environ.get("FEATURES_SEEDS", "2"))
RULES = (
    "purchase", "no purchase", "purchase within 3 days", "no purchase within 40 hours",
    "purchase at least 2 times within 5 days", "purchase at least 3 times", "purchase this week",
    "purchase at most 1 times this month", "purchase where store = 'north'",
    "no purchase within 6 days where value >= 30",
    "purchase at least 2 times within 4 days where (store in ('north', 'east') or value > 50)",
    "sum of purchase.value within 6 days >= 100", "sum of purchase.value between 20 and 200",
    "sum of purchase.points within 1 month > 4", "days since last purchase between 2 and 6",
    "days since last purchase where store = 'north' >= 1", "days since last click of hello < 4",
    "click of hello within 9 days",
    "click at least 2 times within 1 week", "message hello was sent", "is friend", "not is friend and purchase",
    "top 20% by purchase within 8 days", "top 30% by sum of purchase.value", "rfm recency >= 4", "rfm frequency <= 2",
    "rfm monetary between 2 and 4", "score fondness >= 3", "score warmth > 1", "tier = 'gold'", "points >= 50",
    "points != 10", "city contains '北'", "city is known", "birthday within next 10 days", "birthday in this month",
    "birthday is today", "tag vip", "tag vip strength > 1", "in segment s0", "stage is grow", "persona is loyal",
    "purchase within 4 days and (tier = 'gold' or click within 2 days) and not tag vip",
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "attributes": {
        "tier": {"type": "text"}, "points": {"type": "number"}, "city": {"type": "text"}, "birthday": {"type": "date"},
    },
    "events": {"purchase": {"value": "money", "properties": {"store": "text", "points": "number"}}},
    "tags": {"vip": {"half_life": "3 days"}},
    "rfm": {"event": "purchase", "within": "7 days"},
    "scores": {
        "fondness": {
            "gives": [
                {"on": "purchase where store = 'north'", "points": 2, "at_most": 6}, {"on": "click", "points": 1},
            ],
        },
        "warmth": {"gives": [{"on": "click", "points": 1}], "half_life": "2 days"},
    },
}  # fmt: skip
PERSONAS = {
    "choose": "first",
    "personas": [
        {"persona": "loyal", "if": "purchase at least 3 times within 9 days"},
        {"persona": "reader", "if": "click within 5 days"},
    ],
}
STAGES = [
    {"stage": "grow", "if": "sum of purchase.value within 5 days >= 120"},
    {"stage": "engage", "if": "purchase within 3 days or click at least 2 times within 4 days"},
    {"stage": "acquire", "otherwise": True},
]
ORDERS = {
    "feed": "orders", "from": {"file": "data/*"}, "covers": {"to": "end of day", "zone": "Asia/Taipei"},
    "suite": "orders", "member": {"by": "customer_number", "from": "customer"},
    "brings": [{"event": "purchase", "at": {"from": "at", "zone": "Asia/Taipei"}, "key": "order_id"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def few() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "FEW", 0)
        patch.setattr(features, "LARGE", 0)  # of forty members any few are many
        yield


def project_of(rules: list[str], zone: str, *, keeps: str | None = None) -> Project:
    return Project.model_validate(
        {
            "schema": SCHEMA,
            "policy": {"zone": zone, "retention": {"events": keeps} if keeps else {}},
            "stages": {"stages": STAGES},
            "personas": PERSONAS,
            "segments": {f"s{n}": {"segment": f"s{n}", "title": "s", "is": rule} for n, rule in enumerate(rules)},
            "messages": {"hello": {"message": "hello", "title": "h", "topic": "promotion", "say": [{"text": "h"}]}},
            "feeds": {"orders": ORDERS},
        }
    )


class Life:
    """Forty members and what befalls them, from a seed."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self.chance = engine, random.Random(seed)
        rules = ["purchase within 2 days", *self.chance.sample(RULES, 16)]
        self.project = project_of(rules, self.chance.choice(["Asia/Taipei", "Europe/Berlin"]), keeps="20 days")
        self.now = START
        with engine.begin() as connection:
            self._members(connection, MEMBERS)
            self._events(connection, 150, timedelta(days=18))

    def _members(self, connection: Connection, count: int) -> None:
        for _ in range(count):
            birthday = self.now.date() - timedelta(days=9000 + self.chance.randrange(400))
            made = {"tier": self.chance.choice(["gold", "blue"]), "points": str(self.chance.choice([10, 60, "x"]))}
            made |= {"birthday": self.chance.choice([str(birthday), "2024-02-29", "soon"])}
            made |= self.chance.choice([{"city": "台北"}, {"city": "台南"}, {}])
            connection.execute(
                text(
                    "insert into members (member_key, attributes, created_at, changed_at)"
                    " values (gen_random_uuid()::text, cast(:made as jsonb), :now, :now)"
                ),
                {"made": str(made).replace("'", '"'), "now": self.now},
            )

    def _events(self, connection: Connection, count: int, back: timedelta) -> None:
        rows = [
            {
                "place": self.chance.randrange(MEMBERS),
                "name": self.chance.choice(["purchase"] * 4 + ["click", "click", "accepted", "follow", "unfollow"]),
                "at": self.now - back * self.chance.random() ** 2 + timedelta(hours=self.chance.choice([0, 0, 0, 9])),
                "value": self.chance.choice([None, 5, 30.5, 80]),
                "properties": self.chance.choice(['{"store": "north", "points": "3"}', '{"store": "east"}', "{}"]),
            }
            for _ in range(count)
        ]
        connection.execute(
            text("""
                insert into events (member_id, name, at, of, value, properties, source)
                select id, :name, :at, case when :name in ('click', 'accepted') then 'hello' end,
                       case when :name = 'purchase' then cast(:value as numeric) end, cast(:properties as jsonb), 'test'
                from members where erased_at is null and merged_into is null order by id offset :place limit 1"""),
            rows,
        )

    def pick(self, connection: Connection, count: int) -> list[int]:
        ids = connection.execute(
            text("select id from members where erased_at is null and merged_into is null")
        ).scalars()
        return self.chance.sample(sorted(ids), count)

    def day(self) -> None:
        """A day's events, late ones among them, and now and then something that changes what was there."""
        self.now += timedelta(hours=self.chance.choice([24, 24, 24, 13, 50]))
        with self.engine.begin() as connection:
            self._events(connection, 25, timedelta(days=1))
            self._events(connection, 4, timedelta(days=12))
            if self.chance.random() < 0.4:
                self._members(connection, 2)
            for member in self.pick(connection, 3):
                connection.execute(
                    text("""update members set attributes = attributes || '{"tier": "gold", "points": "70"}',
                            changed_at = :now, arrived = pg_current_xact_id()::text::bigint where id = :member"""),
                    {"now": self.now, "member": member},
                )
            connection.execute(
                text("insert into tags (member_id, tag, granted_at, source) values (:member, 'vip', :now, 'test')"),
                {"member": self.pick(connection, 1)[0], "now": self.now},
            )
            if self.chance.random() < 0.5:
                connection.execute(
                    text("delete from events where id % 17 = :rest"), {"rest": self.chance.randrange(17)}
                )
            if self.chance.random() < 0.3:
                connection.execute(text("update events set properties = '{}' where id % 23 = 3"))
            pair, gone = self.pick(connection, 2), self.pick(connection, 1)
            covered = self.now - timedelta(hours=self.chance.choice([0, 3, 30]))
            connection.execute(
                text("insert into coverage values ('orders', :to) on conflict (feed) do update"
                     " set covered_to = greatest(coverage.covered_to, excluded.covered_to)"), {"to": covered},
            )  # fmt: skip
        if self.chance.random() < 0.4:
            merging.merge_two(self.engine, (pair[0], pair[1]), "test", "one person", self.now, dry=False)
        if self.chance.random() < 0.2:
            erasing.forget(self.engine, self.project, gone, "test", "asked", self.now)
        if self.chance.random() < 0.3:
            retaining.sweep(self.engine, self.project.policy, self.now)


def refreshed(life: Life) -> dict[tuple[str, str], datetime]:
    """A night; what was worked out (scope and name), with the instant."""
    asked = text("select scope, name, refreshed_to from refreshes")
    with life.engine.begin() as connection:
        before = {(scope, name): at for scope, name, at in connection.execute(asked)}
        segments.refresh(connection, life.project, life.now)
        stages.refresh(connection, life.project, life.now)
        personas.refresh(connection, life.project, life.now)
        rows = connection.execute(asked)
        return {(scope, name): at for scope, name, at in rows if before.get((scope, name)) != at}


def inside(connection: Connection, name: str) -> list[int]:
    query = text("select member_id from segment_members where segment = :name and left_at is null order by 1")
    return list(connection.execute(query, {"name": name}).scalars())


def reached(connection: Connection) -> datetime:
    return connection.execute(text("select refreshed_to from refreshes where name = 's0'")).scalar_one()


def asked(connection: Connection, project: Project, rule: Any, at: datetime) -> list[int]:
    holds = condition_sql(project, rule, members.c.id, literal(at, INSTANT))
    return list(connection.execute(select(members.c.id).where(alive(members), holds).order_by(members.c.id)).scalars())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_night_the_stays_are_those_for_whom_the_rules_hold(database: Engine, seed: int) -> None:
    life = Life(database, seed)
    compared = 0
    for _ in range(6):
        life.day()
        # What a rule names of other segments, stages and personas is what stood when it was worked out.
        told = refreshed(life)
        with database.connect() as connection:
            for (scope, name), at in told.items():
                compared += _holds(connection, life.project, scope, name, at)
    with database.connect() as connection:
        assert set(differences(connection, life.project).values()) == {0}
    assert compared > 50


def test_a_row_that_tells_something_else_than_the_events_is_found(database: Engine) -> None:
    life = Life(database, 5)
    life.project = project_of(["tier = 'gold'", "purchase"], "Asia/Taipei")
    life.day()
    refreshed(life)
    with database.connect() as connection:
        assert differences(connection, life.project) == {"persona:loyal": 0, "persona:reader": 0, "s0": 0, "s1": 0}
        count = text("select count(*) from members where attributes ->> 'tier' = 'gold'")
        gold = connection.execute(count).scalar_one()
        [name] = connection.execute(text("select name from feature_sets where feeds = '{}'")).scalars()
        connection.execute(text(f'update derived."{name}" set f1 = false'))
        assert differences(connection, life.project)["s0"] == gold > 0
        assert differences(connection, life.project)["s1"] == 0


def test_a_changed_rule_a_lost_table_and_an_emptied_one_are_made_anew(database: Engine) -> None:
    life = Life(database, 6)
    life.project = project_of(["purchase at least 2 times within 9 days"], "Asia/Taipei")
    for rule in ("purchase at least 3 times within 9 days", "purchase at least 3 times within 9 days", "purchase"):
        life.day()
        refreshed(life)
        with database.begin() as connection:
            assert inside(connection, "s0") == asked(
                connection, life.project, life.project.segments["s0"].is_.condition, reached(connection)
            )
            [name] = connection.execute(text("select name from feature_sets where cardinality(feeds) = 1")).scalars()
            connection.execute(text(f'truncate derived."{name}"' if "3" in rule else f'drop table derived."{name}"'))
        life.project = project_of([rule], "Asia/Taipei")


def test_of_an_erased_member_no_feature_is_left_and_she_leaves_what_she_was_in(database: Engine) -> None:
    life = Life(database, 7)
    life.project = project_of(["purchase"], "Asia/Taipei")
    life.day()
    refreshed(life)
    with database.connect() as connection:
        her = inside(connection, "s0")[0]
    erasing.forget(database, life.project, [her], "test", "asked", life.now)
    with database.connect() as connection:
        for name in connection.execute(text("select name from feature_sets")).scalars().all():
            found = text(f'select count(*) from derived."{name}" where member_id = :her')
            assert connection.execute(found, {"her": her}).scalar_one() == 0
    life.now += timedelta(days=2)
    with database.begin() as connection:
        connection.execute(text("update coverage set covered_to = :now"), {"now": life.now})
    refreshed(life)
    with database.connect() as connection:
        assert her not in inside(connection, "s0")


def _holds(connection: Connection, project: Project, scope: str, name: str, at: datetime) -> int:
    """How many comparisons were made."""
    if scope == "stages":
        taken: set[int] = set()
        for stage in project.stages.stages[:2]:
            assert stage.if_ is not None
            hers = set(asked(connection, project, stage.if_.condition, at)) - taken
            query = text("select member_id from stages join members m on m.id = member_id where stage = :name"
                         " and left_at is null and m.erased_at is null")  # fmt: skip
            assert set(connection.execute(query, {"name": stage.stage}).scalars()) == hers
            taken |= hers
        return 1
    if scope == "persona":
        assert project.personas is not None
        rule = project.personas.rules()[name]
        assert inside(connection, f"persona:{name}") == asked(connection, project, rule, at)
        return 1
    told = project.segments[name].is_
    for rank in ranks_in(told.condition):
        ranked = ranking(project, rank)
        anew = connection.execute(cut_points(project, ranked, literal(at, INSTANT))).one()
        kept = text("select cuts, members from cuts where rank = :rank and as_of = :at")
        assert connection.execute(kept, {"rank": ranked.rank, "at": at}).one() == anew
    if any(word in told.text for word in ("segment", "stage", "persona")):
        return 0  # these stand as they did when it was worked out
    assert inside(connection, name) == asked(connection, project, told.condition, at), told.text
    return 1

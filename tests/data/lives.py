"""Forty members and what befalls them day by day, drawn from a seed; it refreshes nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from journey_engine.data import retaining
from journey_engine.language.project import Project
from journey_engine.members import erasing, merging
from tests.alike import alike

START = datetime(2026, 2, 20, 18, tzinfo=UTC)
MEMBERS = 40
HAPPEN = ["purchase"] * 4 + ["visit", "click"] * 2 + ["accepted", "follow", "unfollow"]
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
    "visit within 3 days", "days since last visit >= 2", "sum of visit.value within 1 week > 60", "top 30% by visit",
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "attributes": {
        "tier": {"type": "text"}, "points": {"type": "number"}, "city": {"type": "text"}, "birthday": {"type": "date"},
    },
    "events": {"purchase": {"value": "money", "properties": {"store": "text", "points": "number"}},
               "visit": {"value": "money"}},
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


VISITS = {
    "feed": "visits", "from": {"file": "data/*"}, "suite": "orders",
    "member": {"by": "customer_number", "from": "customer"},
    "brings": [{"event": "visit", "at": {"from": "at", "zone": "Asia/Taipei"}, "key": "visit_id"}],
}  # fmt: skip


@alike
def project_of(rules: list[str], zone: str, *, keeps: str | None = None) -> Project:
    return Project.model_validate(
        {
            "schema": SCHEMA,
            "policy": {"zone": zone, "retention": {"events": keeps} if keeps else {}},
            "stages": {"stages": STAGES},
            "personas": PERSONAS,
            "segments": {f"s{n}": {"segment": f"s{n}", "title": "s", "is": rule} for n, rule in enumerate(rules)},
            "messages": {"hello": {"message": "hello", "title": "h", "topic": "promotion", "say": [{"text": "h"}]}},
            "feeds": {"orders": ORDERS, "visits": VISITS},
        }
    )


class Life:
    """Forty members and what befalls them, from a seed."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self.chance = engine, random.Random(seed)
        # What rests on visits waits for them, now and then for days.
        visits = ["visit at least 2 times within 5 days", "visit within 4 days and not tag vip"]
        rules = ["purchase within 2 days", *visits, *self.chance.sample(RULES, 14)]
        self.project = project_of(rules, self.chance.choice(["Asia/Taipei", "Europe/Berlin"]), keeps="20 days")
        self.now = START
        with engine.begin() as connection:
            self._members(connection, MEMBERS)
            self.happens(connection, 150, timedelta(days=18))

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

    def happens(self, connection: Connection, count: int, back: timedelta) -> None:
        """So many events in the time before now, some of them a little after it."""
        rows = [
            {
                "place": self.chance.randrange(MEMBERS),
                "name": self.chance.choice(HAPPEN),
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
                       case when :name in ('purchase', 'visit') then cast(:value as numeric) end,
                       cast(:properties as jsonb), 'test'
                from members where erased_at is null and merged_into is null order by id offset :place limit 1"""),
            rows,
        )

    def _tags(self, connection: Connection) -> None:
        """Some are granted, now or later, some for a while only; and one is taken away."""
        grant = text("insert into tags (member_id, tag, granted_at, expires_at, source)"
                     " values (:member, 'vip', :at, :until, 'test')")  # fmt: skip
        for member in self.pick(connection, 3):
            at = self.now + timedelta(hours=self.chance.choice([-30, 0, 0, 7, 40]))
            until = self.chance.choice([None, None, at + timedelta(days=2)])
            connection.execute(grant, {"member": member, "at": at, "until": until})
        take = text("""update tags set removed_at = :now, arrived = pg_current_xact_id()::text::bigint
                       where id = (select min(id) from tags where removed_at is null and granted_at <= :now)""")
        connection.execute(take, {"now": self.now})

    def pick(self, connection: Connection, count: int) -> list[int]:
        ids = connection.execute(
            text("select id from members where erased_at is null and merged_into is null")
        ).scalars()
        return self.chance.sample(sorted(ids), count)

    def day(self) -> None:
        """A day's events, late ones among them, and now and then something that changes what was there."""
        self.now += timedelta(hours=self.chance.choice([24, 24, 24, 13, 50]))
        with self.engine.begin() as connection:
            self.happens(connection, 25, timedelta(days=1))
            self.happens(connection, 4, timedelta(days=12))
            if self.chance.random() < 0.4:
                self._members(connection, 2)
            for member in self.pick(connection, 3):
                connection.execute(
                    text("""update members set attributes = attributes || '{"tier": "gold", "points": "70"}',
                            changed_at = :now, arrived = pg_current_xact_id()::text::bigint where id = :member"""),
                    {"now": self.now, "member": member},
                )
            self._tags(connection)
            if self.chance.random() < 0.5:
                connection.execute(
                    text("delete from events where id % 17 = :rest"), {"rest": self.chance.randrange(17)}
                )
            if self.chance.random() < 0.3:
                connection.execute(text("update events set properties = '{}' where id % 23 = 3"))
            pair, gone = self.pick(connection, 2), self.pick(connection, 1)
            for feed in ["orders", *(["visits"] if self.chance.random() < 0.4 else [])]:
                covered = self.now - timedelta(hours=self.chance.choice([0, 3, 30]))
                connection.execute(
                    text("insert into coverage values (:feed, :to) on conflict (feed) do update"
                         " set covered_to = greatest(coverage.covered_to, excluded.covered_to)"),
                    {"feed": feed, "to": covered},
                )  # fmt: skip
        if self.chance.random() < 0.4:
            merging.merge_two(self.engine, (pair[0], pair[1]), "test", "one person", self.now, dry=False)
        if self.chance.random() < 0.2:
            erasing.forget(self.engine, self.project, gone, "test", "asked", self.now)
        if self.chance.random() < 0.3:
            retaining.sweep(self.engine, self.project.policy, self.now)

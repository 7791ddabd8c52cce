"""Who is which persona, as of the instant the data reaches: the first that holds, or all that do."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from journey_engine.language.persona import Personas
from journey_engine.language.project import Project
from journey_engine.lifecycle import personas, segments, stages
from tests.orders_shop import HEADER, Shop

RULES = [
    {"persona": "whale", "title": "大戶", "if": "sum of purchase.value within 30 days >= 50"},
    {"persona": "regular", "title": "常客", "if": "purchase at least 2 times within 30 days"},
    {"persona": "newcomer", "if": "in segment buyers and stage is acquire"},
]


class Nights:
    def __init__(self, shop: Shop, choose: str) -> None:
        self.shop = shop
        shop.segments = {"buyers": "purchase"}
        shop.stages = [{"stage": "grow", "if": "purchase at least 9 times"}, {"stage": "acquire", "otherwise": True}]
        self.personas = Personas.model_validate({"choose": choose, "personas": RULES})

    @property
    def project(self) -> Project:
        return self.shop.project.model_copy(update={"personas": self.personas})

    def night(self, day: int, *bought: tuple[str, int]) -> dict[str, tuple[int, int, int]]:
        """Import a day's purchases (customer, amount), and refresh in the night after it."""
        rows = [f"{day}-{n},{who},2026-03-{day:02} 10:00,{amount},x\n" for n, (who, amount) in enumerate(bought)]
        self.shop.file(f"{day}.csv", HEADER + "".join(rows))
        now = datetime(2026, 3, day, 18, tzinfo=UTC)
        self.shop.load(f"{day}.csv", now=now, day=date(2026, 3, day))
        with self.shop.engine.begin() as connection:
            segments.refresh(connection, self.project, now)
            stages.refresh(connection, self.project, now)
            return personas.refresh(connection, self.project, now)

    def who(self) -> list[tuple[str, str]]:
        return self.shop.rows(
            "select value, segment from segment_members join identities using (member_id)"
            " where left_at is null and segment like 'persona:%' order by 1, 2"
        )


@pytest.mark.parametrize(
    ("choose", "who"),
    [
        ("first", [("A", "persona:whale"), ("B", "persona:regular"), ("C", "persona:newcomer")]),
        (
            "all",
            [("A", "persona:newcomer"), ("A", "persona:regular"), ("A", "persona:whale"), ("B", "persona:newcomer"),
             ("B", "persona:regular"), ("C", "persona:newcomer")],
        ),
    ],
)  # fmt: skip
def test_a_member_is_the_first_persona_whose_rule_holds_or_all_of_them(shop: Shop, choose: str, who: list[str]) -> None:
    nights = Nights(shop, choose)
    nights.night(1, ("A", 30), ("A", 30), ("B", 5), ("B", 5), ("C", 5))
    assert nights.who() == who


def test_each_night_counts_who_became_one_and_who_is_none_any_more_and_keeps_the_history(shop: Shop) -> None:
    nights = Nights(shop, "first")
    assert nights.night(1, ("A", 60), ("B", 5)) == {"whale": (1, 0, 1), "regular": (0, 0, 0), "newcomer": (1, 0, 1)}
    assert nights.night(2, ("B", 5)) == {"whale": (0, 0, 1), "regular": (1, 0, 1), "newcomer": (0, 1, 0)}
    kept = "select name, counts->'size' from refresh_history where scope = 'persona' order by as_of, name"
    assert shop.rows(kept) == [
        ("newcomer", 1), ("regular", 0), ("whale", 1), ("newcomer", 0), ("regular", 1), ("whale", 1),
    ]  # fmt: skip


def test_while_the_feed_stands_still_personas_do_too_and_a_project_without_any_has_none(shop: Shop) -> None:
    nights = Nights(shop, "all")
    nights.night(1, ("A", 60))
    with shop.engine.begin() as connection:
        assert personas.refresh(connection, nights.project, datetime(2026, 3, 9, tzinfo=UTC)) == {}
        assert personas.refresh(connection, shop.project, datetime(2026, 3, 9, tzinfo=UTC)) == {}


def test_a_condition_asks_who_was_which_persona_at_the_instant(shop: Shop) -> None:
    from sqlalchemy import literal, select

    from journey_engine.compiler.conditions import condition_sql
    from journey_engine.language.grammar import parse_condition
    from journey_engine.store.tables.metadata import INSTANT
    from journey_engine.store.tables.people import members

    nights = Nights(shop, "first")
    nights.night(1, ("A", 60), ("B", 5))
    nights.night(2, ("B", 5))

    def count(text: str, when: datetime) -> int:
        holds = condition_sql(nights.project, parse_condition(text), members.c.id, literal(when, INSTANT))
        with shop.engine.connect() as connection:
            return len(connection.execute(select(members.c.id).where(holds)).all())

    first, second = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    assert [count("persona is newcomer", at) for at in (first, second)] == [1, 0]
    assert [count("persona is not newcomer", at) for at in (first, second)] == [1, 2]
    assert [count("persona is whale or persona is regular", at) for at in (first, second)] == [1, 2]

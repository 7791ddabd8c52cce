"""Scores from behaviour on literal rows: points, half-life, bounds, and what is counted."""

from decimal import Decimal

import pytest
from sqlalchemy import literal, select

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.scores import value
from journey_engine.language.grammar import parse_condition
from journey_engine.language.project import Project
from journey_engine.store.tables.people import members
from tests.compiler.rows import at, event, member, world

PLAIN = world()
SCORES = {
    "plain": {"gives": [{"on": "purchase", "points": "5"}, {"on": "visit where page = 'sale'", "points": "1"}]},
    "fading": {"gives": [{"on": "purchase", "points": "8"}], "half_life": "10 days"},
    "bounded": {
        "gives": [{"on": "purchase", "points": "5"}, {"on": "visit", "points": "1", "at_most": "3"},
                  {"on": "refund", "points": "-4", "at_most": "6"}],
        "cap": "11",
    },
}  # fmt: skip
PROJECT = Project.model_validate(
    {**PLAIN.model_dump(by_alias=True), "schema": {**PLAIN.schema_.model_dump(by_alias=True), "scores": SCORES}}
)


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def score(connection, name: str, when: str) -> dict[str, Decimal]:
    asked = select(members.c.member_key, value(Scope(PROJECT, members.c.id, literal(at(when), INSTANT)), name))
    return {row[0]: row[1] for row in connection.execute(asked)}


def test_each_event_gives_its_points_from_its_own_instant_on_and_nobody_is_without_a_score(connection):
    one, _ = member(connection, "one"), member(connection, "none")
    event(connection, one, "purchase", "2026-03-02 10:00", value="10")
    event(connection, one, "visit", "2026-03-02 11:00", page="sale")
    event(connection, one, "visit", "2026-03-02 12:00", page="home")
    assert score(connection, "plain", "2026-03-02 09:59") == {"one": 0, "none": 0}
    assert score(connection, "plain", "2026-03-02 10:00") == {"one": 5, "none": 0}
    assert score(connection, "plain", "2026-03-09 00:00") == {"one": 6, "none": 0}


def test_points_are_halved_by_whole_local_days_and_rounded_to_four_decimals(connection):
    one = member(connection, "one")
    event(connection, one, "purchase", "2026-03-01 23:59")
    assert score(connection, "fading", "2026-03-01 23:59") == {"one": 8}
    assert score(connection, "fading", "2026-03-02 00:00") == {"one": Decimal("7.4643")}  # 8 · 2^(-1/10)
    assert score(connection, "fading", "2026-03-11 12:00") == {"one": 4}
    event(connection, one, "purchase", "2026-03-11 08:00")
    assert score(connection, "fading", "2026-03-21 08:00") == {"one": 6}
    assert score(connection, "fading", "2046-03-21 08:00") == {"one": 0}


def test_a_rule_gives_and_takes_no_more_than_its_bound_and_the_whole_stays_between_0_and_the_cap(connection):
    keen, sorry, mixed = (member(connection, key) for key in ("keen", "sorry", "mixed"))
    for hour in range(5):
        event(connection, keen, "visit", f"2026-03-02 1{hour}:00")
        event(connection, keen, "purchase", f"2026-03-02 1{hour}:30")
        event(connection, sorry, "refund", f"2026-03-02 1{hour}:00")
        event(connection, mixed, "refund", f"2026-03-02 1{hour}:00")
        event(connection, mixed, "visit", f"2026-03-02 1{hour}:00")
    event(connection, mixed, "purchase", "2026-03-02 16:00")
    assert score(connection, "bounded", "2026-03-03 00:00") == {"keen": 11, "sorry": 0, "mixed": 5 + 3 - 6}


def test_a_condition_on_a_score_and_its_opposite_are_all_members(connection):
    one, two = member(connection, "one"), member(connection, "two")
    event(connection, one, "purchase", "2026-03-02 10:00")

    def who(text: str) -> list[str]:
        asked = condition_sql(PROJECT, parse_condition(text), members.c.id, literal(at("2026-03-03 00:00"), INSTANT))
        return sorted(connection.execute(select(members.c.member_key).where(asked)).scalars())

    assert (one, two) != (two, one)
    assert who("score plain >= 5") == ["one"]
    assert who("not score plain >= 5") == ["two"]
    assert who("score plain = 0") == ["two"]
    assert who("score plain between 1 and 5") == ["one"]


def test_what_a_score_rests_on_must_have_arrived_like_any_other_event():
    assert PROJECT.event_names(parse_condition("score bounded > 1")) == {"purchase", "visit", "refund"}

"""Refreshes from features give what asking every event gives, whatever came late, was changed, merged or erased."""

from __future__ import annotations

import os
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, literal, select, text

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.features import Trait
from journey_engine.compiler.ranks import cut_points, ranking
from journey_engine.language.grammar import parse_condition
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import features, personas, segments, stages
from journey_engine.lifecycle.feature_proof import differences
from journey_engine.lifecycle.feature_sets import set_for
from journey_engine.members import erasing
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members
from tests.data.lives import Life, project_of

SEEDS = int(os.environ.get("FEATURES_SEEDS", "2"))


@pytest.fixture(autouse=True)
def few() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "FEW", 0)
        patch.setattr(features, "LARGE", 0)  # of forty members any few are many
        yield


def refreshed(life: Life, *, mixed: bool = False) -> dict[tuple[str, str], datetime]:
    """A night; what was worked out (scope and name), with the instant."""
    asked = text("select scope, name, refreshed_to from refreshes")
    with life.engine.begin() as connection:
        before = {(scope, name): at for scope, name, at in connection.execute(asked)}
        if mixed:  # a transaction that writes events itself asks the events
            life.happens(connection, 2, timedelta(days=3))
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
    for night in range(6):
        life.day()
        # What a rule names of other segments, stages and personas is what stood when it was worked out.
        told = refreshed(life, mixed=night < 5 and life.chance.random() < 0.2)
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
        column = set_for(life.project).parts[frozenset()].columns[Trait(parse_condition("tier = 'gold'"))]
        connection.execute(text(f"update derived.features set {column} = false"))
        assert differences(connection, life.project)["s0"] == gold > 0
        assert differences(connection, life.project)["s1"] == 0


def test_a_changed_rule_a_lost_table_and_an_emptied_one_are_made_anew(database: Engine) -> None:
    life = Life(database, 6)
    life.project = project_of(["purchase at least 2 times within 9 days"], "Asia/Taipei")
    for rule in ("purchase at least 3 times within 9 days", "purchase at least 3 times within 9 days", "purchase"):
        life.day()
        with database.begin() as connection:
            connection.execute(text("update coverage set covered_to = :now"), {"now": life.now})
        refreshed(life)
        with database.begin() as connection:
            assert inside(connection, "s0") == asked(
                connection, life.project, life.project.segments["s0"].is_.condition, reached(connection)
            )
            connection.execute(text(f"{'truncate' if '3' in rule else 'drop table'} derived.features"))
        life.project = project_of([rule], "Asia/Taipei")


def test_what_waits_for_its_feeds_stays_as_of_its_instant_beside_what_goes_on(database: Engine) -> None:
    life = Life(database, 8)
    rules = ["purchase", "visit within 3 days", "purchase and visit", "click within 2 days"]
    life.project = project_of(rules, "Asia/Taipei")
    covered = text("insert into coverage values (:feed, :now) on conflict (feed) do update set covered_to = :now")
    nights: list[dict[str, datetime]] = []
    for arrived in (["orders", "visits"], ["orders"], ["orders", "visits"]):
        life.now += timedelta(days=1)
        with database.begin() as connection:
            life.happens(connection, 60, timedelta(days=1))
            for feed in arrived:
                connection.execute(covered, {"feed": feed, "now": life.now})
        told = refreshed(life)
        with database.connect() as connection:
            asked_at = text("select array_to_string(feeds, '+'), as_of from feature_sets")
            nights.append(dict(connection.execute(asked_at).tuples().all()))
            assert connection.execute(text("select count(distinct relation) from feature_sets")).scalar_one() == 1
            assert sum(_holds(connection, life.project, *named, at) for named, at in told.items()) == len(told)
    first, second, third = nights
    last = life.now
    assert third == dict.fromkeys(["", "orders", "visits", "orders+visits"], last)
    late = dict.fromkeys(["visits", "orders+visits"], last - timedelta(days=2))
    assert second == {"": last - timedelta(days=1), "orders": last - timedelta(days=1), **late}
    assert first == dict.fromkeys(third, last - timedelta(days=2))


def test_of_an_erased_member_no_feature_is_left_and_she_leaves_what_she_was_in(database: Engine) -> None:
    life = Life(database, 7)
    life.project = project_of(["purchase"], "Asia/Taipei")
    life.day()
    refreshed(life)
    with database.connect() as connection:
        her = inside(connection, "s0")[0]
    erasing.forget(database, life.project, [her], "test", "asked", life.now)
    with database.connect() as connection:
        found = text("select count(*) from derived.features where member_id = :her")
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

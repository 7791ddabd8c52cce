"""A journey against its holdout, whether its lots fall as they should, and what it spent: literal rows and passes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine import planning
from journey_engine.commands.status import status
from journey_engine.measures import proportions
from journey_engine.measures.lift import Lift, lift, lifts
from journey_engine.measures.night import night
from journey_engine.measures.ratio import Ratio, ratio, ratios, warnings
from journey_engine.measures.spans import Span
from journey_engine.measures.telling import night_page
from journey_engine.settings import Settings
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown

TAIPEI = "Asia/Taipei"


def journey(**more: Any) -> dict[str, Any]:
    goal = {"if": "purchase since entry", "within": "5 days", "then": "stay"}
    return {
        "journey": "win", "enter": {"on": "visit", "again": "after exit"}, "goal": goal, "holdout": "20%",
        "steps": {"greet": {"send": "hello"}, "rest": {"wait": "2 days"}}, **more,
    }  # fmt: skip


def entered(stage: Stage, when: str, arm: str, members: int, goals: int, name: str = "win", **more: Any) -> None:
    """So many first visits in an arm, of whom so many reach the goal a day later."""
    rows = text("""
        with born as (
            insert into members (member_key, created_at, changed_at)
            select :arm || '-' || n || '-' || :at || :name, :at, :at from generate_series(1, :members) n returning id)
        insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm, goal_until,
                                goal_at, end_reason)
        select :name, id, 1, :version, :at, 'event:' || id, '{}', :arm, :until,
               case when row_number() over (order by id) <= :goals then :at + interval '1 day' end, :end
        from born
    """)
    values = {"arm": arm, "members": members, "goals": goals, "at": at(when), "name": name, "version": 1, "end": None}
    values["until"] = at(when) + timedelta(days=5)
    with stage.engine.begin() as connection:
        connection.execute(rows, values | more)
        connection.execute(text("update journey_clocks set last_now = :now"), {"now": at("2026-04-01 00:00")})


def look(stage: Stage, now: str = "2026-03-20 00:00", within: Span | None = None) -> Lift:
    with stage.engine.connect() as connection:
        return lift(connection, stage.project, "win", at(now), within)


def held_out(key: str, share: int, salt: str = "win") -> bool:
    """The lot as the design has it, in plain Python."""
    return int(hashlib.sha256(f"{salt}|holdout|{key}".encode()).hexdigest()[:8], 16) % 10_000 < share


def test_the_lift_is_newcombes_example_with_the_p_of_a_pooled_z_test(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    entered(stage, "2026-03-02 10:00", "journey", 70, 56)
    entered(stage, "2026-03-02 10:00", "holdout", 80, 48)
    found = look(stage)
    assert (found.state, found.treated.count, found.treated.of, found.held_out.count) == ("read", 56, 70, 48)
    # Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, example (a), method 10.
    assert found.difference == pytest.approx(0.2)
    assert found.difference_interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.p == pytest.approx(0.00804508, abs=1e-7)
    assert found.relative == pytest.approx(1 / 3)
    low, high = found.relative_interval or (0, 0)
    assert 0 < low < 1 / 3 < high
    assert found.extra_goals == pytest.approx(14)
    assert found.extra_goals_interval == pytest.approx((0.0524 * 70, 0.3339 * 70), abs=0.01)
    assert not found.is_small


def test_the_detectable_difference_is_found_in_four_of_five_trials() -> None:
    """Against a simulation in numpy: the pooled z test of shares 20 % and 20 % + detectable."""
    import numpy as np

    more = proportions.detectable(800, 40, 200)
    assert more is not None
    drawn = np.random.default_rng(7)
    treated, held = drawn.binomial(800, 0.2 + more, 40_000), drawn.binomial(200, 0.2, 40_000)
    pooled = (treated + held) / 1_000
    z = (treated / 800 - held / 200) / np.sqrt(pooled * (1 - pooled) * (1 / 800 + 1 / 200))
    assert np.mean(np.abs(z) > 1.959964) == pytest.approx(0.8, abs=0.02)
    assert proportions.detectable(5, 199, 200) is None


def test_who_still_has_time_counts_for_nobody_and_it_is_said_until_when(database: Engine) -> None:
    stage = Stage(database, world(journey(), feeds={"till": "purchase"}))
    entered(stage, "2026-03-02 10:00", "journey", 40, 20)
    entered(stage, "2026-03-02 10:00", "holdout", 40, 10)
    entered(stage, "2026-03-06 10:00", "journey", 30, 30)
    stage.covered("till", "2026-03-07 09:59")
    early = look(stage)
    assert (early.state, early.treated.of, early.still_open, early.p) == ("early", 0, 110, None)
    assert shown(early.readable_at) == "2026-03-11 10:00"
    stage.covered("till", "2026-03-08 00:00")
    assert (look(stage).state, look(stage).treated.of, look(stage).still_open) == ("read", 40, 30)
    stage.covered("till", "2026-03-12 00:00")
    assert (look(stage).treated.of, look(stage).still_open) == (70, 0)
    assert (
        look(stage, "2026-03-10 00:00").treated.of == 40
    )  # whatever arrived since, ten days are not over on the tenth


def test_members_count_once_by_their_first_visit_and_by_the_span_they_entered_in(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    entered(stage, "2026-03-02 10:00", "journey", 3, 0)
    entered(stage, "2026-03-02 10:00", "holdout", 2, 1)
    with stage.engine.begin() as connection:
        connection.execute(text("""
            insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm, goal_until,
                                    goal_at)
            select journey, member_id, 2, 1, entered_at + interval '8 days', 'again:' || id, '{}', arm,
                   goal_until + interval '8 days', entered_at + interval '9 days' from enrolments"""))  # fmt: skip
    assert (look(stage).treated.count, look(stage).treated.of, look(stage).held_out.count) == (0, 3, 1)
    later = Span("later", at("2026-03-05 00:00"), at("2026-03-20 00:00"))
    assert (look(stage, within=later).treated.count, look(stage, within=later).treated.of) == (3, 3)
    assert look(stage, within=later).is_small


def test_a_visit_that_a_merge_ended_is_not_a_second_member(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    entered(stage, "2026-03-02 10:00", "journey", 4, 2)
    entered(stage, "2026-03-02 10:01", "journey", 1, 0, end="merged")
    entered(stage, "2026-03-02 10:00", "holdout", 1, 0)
    assert look(stage).treated.of == 4


@pytest.mark.parametrize(
    ("project", "state"),
    [(world(journey(goal=None)), "no goal"), (world(journey(holdout="0%")), "no holdout"), (world(journey()), "empty")],
)
def test_there_is_no_lift_without_goal_holdout_or_members(database: Engine, project: Any, state: str) -> None:
    stage = Stage(database, project)
    if state != "empty":
        entered(stage, "2026-03-02 10:00", "journey", 4, 2)
    assert (look(stage).state, look(stage).difference) == (state, None)


def test_nobody_or_everybody_reaching_it_breaks_nothing(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    entered(stage, "2026-03-02 10:00", "journey", 40, 40)
    entered(stage, "2026-03-02 10:00", "holdout", 40, 0)
    found = look(stage)
    assert (found.difference, found.relative, found.relative_interval) == (1.0, None, None)
    assert found.is_small is False
    assert proportions.difference_interval(0, 40, 0, 40)[0] < 0


def test_passes_and_lots_of_the_engine_give_the_counts_of_plain_python(database: Engine) -> None:
    stage = Stage(database, world(journey(), feeds={"till": "purchase"}, global_holdout="10%"))
    keys = [f"m{number}" for number in range(120)]
    for number, key in enumerate(keys):
        stage.event("2026-03-02 10:00", "visit", key=key)
        if number % 3 == 0:
            stage.event(f"2026-03-0{3 + number % 5} 10:00", "purchase", key=key, value="10")
    stage.run("2026-03-02 10:01")
    stage.covered("till", "2026-03-12 00:00")
    stage.run("2026-03-12 00:00")
    out = {key for key in keys if held_out(key, 2_000) or held_out(key, 1_000, "global")}
    bought = {key for number, key in enumerate(keys) if number % 3 == 0}
    found = look(stage)
    assert (found.treated.of, found.treated.count) == (120 - len(out), len(bought - out))
    assert (found.held_out.of, found.held_out.count) == (len(out), len(bought & out))
    with database.connect() as connection:
        drawn = ratio(connection, stage.project, "win")
        assert drawn is not None
        assert [each.members for each in drawn.drawn] == [120 - len(out), len(out)]
        assert drawn.drawn[1].expected == pytest.approx(120 * 0.28)  # 1 - 0.8 x 0.9
        assert not drawn.is_broken
        assert lifts(connection, stage.project, at("2026-03-20 00:00")) == (found,)


def broken(stage: Stage) -> tuple[Ratio, ...]:
    with stage.engine.connect() as connection:
        return ratios(connection, stage.project, at("2026-03-20 00:00"))


def test_a_holdout_that_does_not_fit_its_share_cries_out(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    assert broken(stage) == ()
    entered(stage, "2026-03-02 10:00", "journey", 790, 1)
    entered(stage, "2026-03-02 10:00", "holdout", 210, 1)
    [fits] = broken(stage)
    assert (fits.is_broken, fits.p) == (False, pytest.approx(0.4292, abs=1e-4))  # chi-square 0.625, one degree
    entered(stage, "2026-03-03 10:00", "holdout", 60, 1)
    [found] = broken(stage)
    assert found.is_broken
    [said] = warnings((fits, found))
    assert "holdout 270 人（應約 212）" in said.zh
    assert "win, the holdout: the lots do not fall by their shares: journey 790 (expected 848)" in said.en


def test_each_visit_is_held_against_the_share_of_its_own_day(database: Engine) -> None:
    """The share goes from 20 % to 50 %: as applied there is nothing wrong, by today's share alone there would be."""
    project = world(journey())
    stage = Stage(database, project.model_copy(update={"journeys": {}}))
    for when, share in (("2026-03-01 00:00", "20%"), ("2026-03-10 00:00", "50%")):
        stage.project = world(journey(holdout=share))
        with database.begin() as connection:
            planning.apply(connection, planning.plan(connection, stage.project, at(when)), by="a test")
    entered(stage, "2026-03-02 10:00", "journey", 810, 1)
    entered(stage, "2026-03-02 10:00", "holdout", 190, 1)
    entered(stage, "2026-03-12 10:00", "journey", 95, 1, version=2)
    entered(stage, "2026-03-12 10:00", "holdout", 105, 1, version=2)
    [found] = broken(stage)
    assert found.drawn[1].expected == pytest.approx(300)
    assert not found.is_broken


def test_the_night_and_the_status_cry_out_about_broken_lots(
    database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    project = world(journey(), language="zh-TW")
    with database.begin() as connection:
        planning.apply(connection, planning.plan(connection, project, at("2026-03-01 00:00")), by="a test")
    stage = Stage(database, project.model_copy(update={"journeys": {}}))
    entered(stage, "2026-03-02 10:00", "journey", 500, 1)
    entered(stage, "2026-03-02 10:00", "holdout", 500, 1)
    with database.connect() as connection:
        seen = night(connection, at("2026-03-02 00:00"), at("2026-03-03 00:00"), project)
    said = "旅程 win 的對照組分流比例不對：journey 500 人（應約 800）、holdout 500 人（應約 200）"
    assert f"⚠ {said}" in night_page(seen, TAIPEI, "zh-TW")
    assert "the lots do not fall by their shares" in night_page(seen, TAIPEI, "en")
    status(settings=Settings(Path.cwd(), database_url=database.url.render_as_string(hide_password=False)))
    assert f"BROKEN LOTS     {said}" in capsys.readouterr().out

"""Experiments: exposures written with the split, read once, when the sample is full and its time over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine import planning
from journey_engine.commands.results import NoSuchJourney, results
from journey_engine.measures import proportions
from journey_engine.measures.experiments import Reading, read
from journey_engine.measures.readings import results_page
from journey_engine.settings import Settings
from journey_engine.store.tables.experiments import exposures
from tests.compiler.rows import at, world
from tests.moving.stage import Stage, shown


def journey(sample: int = 1000, within: str = "2 days", **arms: str) -> dict[str, Any]:
    shares = arms or {"coupon": "50%", "story": "50%"}
    return {
        "journey": "trial",
        "title": "試用",
        "enter": {"on": "visit", "again": "after exit"},
        "steps": {
            "offer": {
                "split": {
                    arm: {"share": share, "do": {f"to_{arm}": {"send": "hello"}}} for arm, share in shares.items()
                },
                "experiment": {"measure": "purchase where value >= 100", "within": within, "sample": sample},
            }
        },
    }


def look(stage: Stage, now: str) -> Reading:
    with stage.engine.begin() as connection:
        [reading] = read(connection, stage.project, "trial", at(now))
    return reading


def expose(stage: Stage, when: str, **arms: tuple[int, int]) -> None:
    """Of each arm so many members, of whom so many buy an hour later."""
    rows = text("""
        with born as (
            insert into members (member_key, created_at, changed_at)
            select :arm || '-' || n || '-' || :at, :at, :at from generate_series(1, :count) n returning id),
        shown as (
            insert into exposures (journey, step, member_id, enrolment_id, arm, version, at, until)
            select 'trial', 'offer', id, id, :arm, 1, :at, cast(:at as timestamptz) + interval '2 days' from born)
        insert into events (member_id, name, at, value, source)
        select id, 'purchase', cast(:at as timestamptz) + interval '1 hour', 100, 'test' from born
        order by id limit :did
    """)
    with stage.engine.begin() as connection:
        for arm, (count, did) in arms.items():
            connection.execute(rows, {"arm": arm, "count": count, "did": did, "at": at(when)})


def test_who_takes_a_split_is_written_down_once_with_her_time(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    for day in ("2026-03-02", "2026-03-05"):
        stage.event(f"{day} 10:00", "visit")
        stage.run(f"{day} 10:01")
    assert len(stage.ends()) == 2
    e = exposures.c
    [(arm, when, until)] = stage.rows(exposures.select().with_only_columns(e.arm, e.at, e.until))
    assert (shown(when), shown(until)) == ("2026-03-02 10:00", "2026-03-04 10:00")
    assert f"2026-03-02 10:00 offer {arm}" in stage.path()


def test_who_is_passed_by_is_not_in_the_experiment(database: Engine) -> None:
    asked = journey()
    asked["steps"]["offer"]["if"] = "tier = '金卡'"
    stage = Stage(database, world(asked))
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert stage.rows(exposures.select()) == []


def test_who_is_held_out_is_not_in_the_experiment(database: Engine) -> None:
    goal = {"if": "purchase", "within": "1 day", "then": "stay"}
    stage = Stage(database, world({**journey(), "holdout": "100%", "goal": goal}))
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert stage.path() == ["2026-03-02 10:00 (enter) holdout"]
    assert stage.rows(exposures.select()) == []


def test_a_pass_over_days_fills_the_sample_like_a_pass_each_hour(two_databases: Any) -> None:
    stages = [Stage(database, world(journey())) for database in two_databases]
    for stage in stages:
        for number in range(6):
            stage.event(f"2026-03-02 1{number % 3}:00", "visit", key=f"m{number}")
    stages[0].tick_through("2026-03-02 09:30", "2026-03-02 13:30", timedelta(hours=1))
    stages[1].tick("2026-03-02 13:30")
    e = exposures.c
    orders = [
        stage.rows(exposures.select().with_only_columns(e.at, e.arm, e.member_id).order_by(e.id)) for stage in stages
    ]
    assert orders[0] == orders[1]
    assert len(orders[0]) == 6


def test_nothing_is_read_before_the_sample_is_full_and_it_is_said_when(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=400)))
    assert look(stage, "2026-03-02 10:00").readable_at is None
    expose(stage, "2026-03-02 10:00", coupon=(60, 30), story=(40, 1))
    reading = look(stage, "2026-03-04 10:00")

    assert (reading.state, reading.members, reading.outcomes) == ("filling", 100, ())
    assert shown(reading.readable_at) == "2026-03-12 10:00"  # 50 a day: six days more, then two to wait
    page = results_page("trial", "試用", [reading], "Asia/Taipei", "zh-TW")
    assert "樣本 100 / 400 人，還不能看結果；照目前的速度約 2026-03-12 可以看。" in page
    assert "| coupon | 50% | 60 | 60.0% |" in page
    assert "30" not in page.replace("2026", "")  # who leads is nobody's business yet


def test_a_full_sample_waits_for_its_last_member_and_for_the_data(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=200), feeds={"orders": "purchase"}))
    expose(stage, "2026-03-02 10:00", coupon=(100, 30), story=(100, 20))

    assert look(stage, "2026-03-04 09:59").state == "running"
    stage.covered("orders", "2026-03-04 00:00")
    assert look(stage, "2026-03-04 10:00").state == "late"
    stage.covered("orders", "2026-03-05 00:00")
    assert look(stage, "2026-03-05 01:00").state == "final"


def test_a_final_result_compares_each_arm_with_the_first_and_stays(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=150)))
    expose(stage, "2026-03-02 10:00", coupon=(80, 48), story=(70, 56))
    expose(stage, "2026-03-03 10:00", coupon=(50, 50), story=(50, 0))  # too late to count
    reading = look(stage, "2026-03-09 10:00")

    coupon, story = reading.outcomes
    assert (coupon.members, coupon.did, story.members, story.did) == (80, 48, 70, 56)
    # Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, example (a), method 10.
    assert story.difference == pytest.approx(0.2)
    assert story.difference_interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert story.p == pytest.approx(0.00804508, abs=1e-7)
    assert coupon.interval == pytest.approx((0.49045, 0.70038), abs=5e-5)
    page = results_page("trial", "試用", [reading], "Asia/Taipei", "en")
    assert "Final since 2026-03-04 10:00: nobody later is counted." in page
    assert "| story | 70 | 56 | 80.0% (69.2 to 87.7) | +20.0 points (+5.2 to +33.4) | 0.008 |" in page


@pytest.mark.parametrize(
    ("minute", "value", "counts"),
    [("10:00", "100", 0), ("10:01", "99", 0), ("10:01", "100", 1)],
)
def test_the_measure_counts_after_the_draw_and_as_it_is_written(
    database: Engine, minute: str, value: str, counts: int
) -> None:
    stage = Stage(database, world(journey(sample=1)))
    stage.event("2026-03-02 10:00", "visit")
    stage.event(f"2026-03-02 {minute}", "purchase", value=value)
    stage.run("2026-03-02 10:02")

    assert sum(outcome.did for outcome in look(stage, "2026-03-09 10:00").outcomes) == counts


def test_the_last_instant_of_the_window_counts_and_the_next_does_not(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=2)))
    for key, when in (("in", "2026-03-04 10:00"), ("out", "2026-03-04 10:00:01")):
        stage.event("2026-03-02 10:00", "visit", key=key)
        stage.event(when, "purchase", key=key, value="500")
    stage.run("2026-03-02 10:02")

    assert sum(outcome.did for outcome in look(stage, "2026-03-09 10:00").outcomes) == 1


def test_a_split_that_does_not_fit_its_shares_cries_out(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=5000)))
    expose(stage, "2026-03-02 10:00", coupon=(520, 1), story=(480, 1))
    assert not look(stage, "2026-03-02 11:00").is_broken  # p = 0.206
    expose(stage, "2026-03-02 12:00", coupon=(120, 1), story=(0, 0))
    reading = look(stage, "2026-03-02 13:00")

    assert reading.is_broken
    assert reading.ratio_p is not None
    assert reading.ratio_p < 0.001
    assert "⚠ 分流比例不對（p < 0.001）" in results_page("trial", "試用", [reading], "Asia/Taipei", "zh-TW")


def test_several_arms_are_compared_with_care(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=300, none="34%", coupon="33%", story="33%")))
    expose(stage, "2026-03-02 10:00", none=(100, 20), coupon=(100, 35), story=(100, 30))
    reading = look(stage, "2026-03-09 10:00")

    alone = [proportions.difference_p(did, 100, 20, 100) for did in (35, 30)]
    assert [outcome.p for outcome in reading.outcomes] == [None, *(pytest.approx(p) for p in (2 * alone[0], alone[1]))]
    assert "2 comparisons; their p values are adjusted by Holm." in results_page("t", "t", [reading], "UTC", "en")


def test_an_arm_with_nobody_or_in_which_nobody_did_it_breaks_nothing(database: Engine) -> None:
    stage = Stage(database, world(journey(sample=20)))
    expose(stage, "2026-03-02 10:00", coupon=(20, 0))
    coupon, story = look(stage, "2026-03-09 10:00").outcomes
    assert (coupon.rate, story.rate, story.p) == (0.0, None, None)
    assert proportions.difference_p(0, 10, 0, 10) == 1.0
    assert proportions.ratio_p([3, 4], [0.5, 0.5]) is None


def test_the_command_shows_the_experiments_of_what_is_applied(
    database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    project = world(journey(sample=200), {**journey(), "journey": "plain", "steps": {"greet": {"send": "hello"}}})
    with database.begin() as connection:
        planning.apply(connection, planning.plan(connection, project, at("2026-03-01 00:00")), by="a test")
    expose(Stage(database, project.model_copy(update={"journeys": {}})), "2026-03-02 10:00", coupon=(60, 6))
    settings = Settings(Path.cwd(), database_url=database.url.render_as_string(hide_password=False))

    results("trial", settings=settings)
    told = capsys.readouterr().out
    assert "# 試用（trial）的實驗" in told
    assert "| coupon | 50% | 60 | 100.0% |" in told
    results("plain", settings=settings)
    assert "這個旅程沒有實驗。" in capsys.readouterr().out
    with pytest.raises(NoSuchJourney, match="Did you mean “trial”"):
        results("trail", settings=settings)

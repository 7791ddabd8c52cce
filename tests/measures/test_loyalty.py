"""NPS, CSAT and touchpoints: against literal rows, plain pandas, and the trinomial written out."""

from __future__ import annotations

from datetime import UTC, datetime
from math import sqrt
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine.measures.nps import Asked, Csat, Nps, asked, figure
from journey_engine.measures.spans import span
from journey_engine.measures.touchpoints import kinds, touchpoints
from tests.compiler import rows
from tests.compiler.rows import at, world
from tests.moving.stage import Stage
from tests.real_years import Year

TAIPEI = "Asia/Taipei"
NOW = "2026-06-01 00:00"


def answer(stage: Stage, key: str, when: str, score: str | None, question: str = "nps", **more: Any) -> None:
    kind = more.get("kind", question)
    words = {"question": question, "kind": kind, "answer": score or "?"} | ({"score": score} if score else {})
    stage.event(when, "answer", key=key, of=more.get("of", "quarter"), value=score, **words)


def look(stage: Stage, name: str = "2026Q1", now: str = NOW) -> tuple[Asked, ...]:
    with stage.engine.connect() as connection:
        return asked(connection, stage.project, at(now), span(name, TAIPEI))


def test_nps_is_promoters_less_detractors_with_the_interval_of_a_trinomial() -> None:
    found = figure("nps", {10: 50, 9: 10, 8: 15, 7: 10, 6: 5, 3: 8, 0: 2})
    assert isinstance(found, Nps)
    assert (found.promoters, found.passives, found.detractors, found.answers) == (60, 25, 15, 100)
    assert found.nps == pytest.approx(45)
    half = 100 * 1.959964 * sqrt((0.6 + 0.15 - 0.45**2) / 99)
    assert found.interval == pytest.approx((45 - half, 45 + half), abs=1e-4)
    assert not found.is_small
    few = figure("nps", {9: 28, 2: 1})
    assert isinstance(few, Nps)
    assert few.is_small
    assert few.interval is not None
    assert few.interval[1] <= 100
    assert figure("nps", {9: 3}) == Nps(3, 0, 0, 100.0, None)


def test_csat_is_the_share_of_four_and_five_by_wilson() -> None:
    found = figure("csat", {1: 1, 3: 4, 4: 3, 5: 12})
    assert isinstance(found, Csat)
    assert (found.scores, found.mean) == ((1, 0, 4, 3, 12), pytest.approx(4.25))
    assert (found.satisfied.count, found.satisfied.of) == (15, 20)
    # Wilson's interval of 15 of 20, as Newcombe's calculator has it.
    assert found.satisfied.interval == pytest.approx((0.5313, 0.8881), abs=1e-4)


def test_a_member_counts_once_by_her_last_answer_and_outside_the_scale_is_none(database: Engine) -> None:
    stage = Stage(database, world())
    answer(stage, "a", "2026-02-01 10:00", "3")
    answer(stage, "a", "2026-03-01 10:00", "10")
    answer(stage, "a", "2026-03-02 10:00", "11")  # no answer: the ten before it stays
    answer(stage, "b", "2026-02-03 10:00", "7")
    answer(stage, "c", "2026-02-04 10:00", None)
    answer(stage, "d", "2026-02-04 10:00", "-1")
    answer(stage, "e", "2026-02-04 10:00", "8.5")
    answer(stage, "f", "2025-12-31 23:59", "0")  # of another quarter
    answer(stage, "g", "2026-04-01 00:00", "0")
    [found] = look(stage)
    assert found.figure == Nps(1, 1, 0, 50.0, found.figure.interval)
    assert [(month.name, month.figure.nps) for month in found.months] == [
        ("2026-02", 0 - 50.0), ("2026-03", 100.0),
    ]  # fmt: skip
    [early] = look(stage, now="2026-02-15 00:00")
    assert early.figure == Nps(0, 1, 1, -50.0, early.figure.interval)


def test_answers_are_told_by_survey_question_segment_and_stage(database: Engine) -> None:
    stage = Stage(database, world())
    for key, score in (("a", "9"), ("b", "2"), ("c", "10")):
        answer(stage, key, "2026-02-01 10:00", score)
        answer(stage, key, "2026-02-01 10:01", "5", question="taste", kind="csat")
    answer(stage, "a", "2026-02-02 10:00", "4", question="nps", of="other")
    with database.begin() as connection:
        rows.segment(connection, stage.ids["a"], "vip", "2026-01-01 00:00")
        rows.segment(connection, stage.ids["b"], "vip", "2026-01-01 00:00")
        rows.segment(connection, stage.ids["c"], "vip", "2026-01-01 00:00", "2026-01-05 00:00")
        rows.stage(connection, stage.ids["c"], "grow", "2026-01-01 00:00")
    other, nps, taste = look(stage)
    assert [(each.survey, each.question, each.kind) for each in (other, nps, taste)] == [
        ("other", "nps", "nps"), ("quarter", "nps", "nps"), ("quarter", "taste", "csat"),
    ]  # fmt: skip
    assert [(part.name, part.figure.answers) for part in nps.segments] == [("vip", 2)]
    assert [(part.name, part.figure.nps) for part in nps.stages] == [("grow", 100.0)]
    assert isinstance(taste.figure, Csat)
    assert taste.figure.scores == (0, 0, 0, 0, 3)
    stage.erase("2026-02-10 00:00", key="b")
    assert [each.figure.answers for each in look(stage)[:2]] == [1, 2]


def test_touchpoints_of_a_quarter_are_those_of_pandas(grocer: Year) -> None:
    quarter = span("2017Q4", "America/New_York")
    found = grocer.ask(touchpoints, grocer.now, quarter)
    frame = grocer.frame[(grocer.frame["at"] >= quarter.since) & (grocer.frame["at"] < quarter.until)]
    each = frame.groupby("who").size().reindex(grocer.frame["who"].unique(), fill_value=0)
    bought = found.kinds[3]
    assert (found.members, bought.kind, bought.touches, bought.members) == (
        len(each), "bought", len(frame), int((each > 0).sum()),
    )  # fmt: skip
    assert (bought.median, bought.p90) == (each.median(), pytest.approx(each.quantile(0.9)))
    wanted = each.clip(upper=10).value_counts()
    assert bought.histogram == tuple(int(wanted.get(count, 0)) for count in range(11))
    assert [(kind.touches, kind.p90, kind.histogram[0]) for kind in found.kinds if kind.kind != "bought"] == [
        (0, 0, len(each))
    ] * 4


def test_each_kind_counts_its_events_of_members_who_were_there(database: Engine) -> None:
    stage = Stage(database, world())
    for name in (
        "accepted",
        "click",
        "postback",
        "message",
        "purchase",
        "visit",
        "beacon",
        "follow",
        "refund",
        "skipped",
    ):
        stage.event("2026-03-02 10:00", name, key="a")
    stage.event("2026-03-03 10:00", "accepted", key="a")
    stage.event("2026-02-28 23:59", "accepted", key="b")
    stage.member("late", born="2026-04-02 00:00")
    stage.member("gone")
    stage.erase("2026-03-02 00:00", key="gone")
    with database.connect() as connection:
        found = touchpoints(
            connection, stage.project, datetime(2026, 5, 1, tzinfo=UTC), span("2026-03", TAIPEI), upto=2
        )
    assert found.members == 2
    assert [(kind.kind, kind.touches, kind.histogram) for kind in found.kinds] == [
        ("sent", 2, (1, 0, 1)), ("tapped", 2, (1, 0, 1)), ("replied", 1, (1, 1, 0)), ("bought", 1, (1, 1, 0)),
        ("visited", 2, (1, 0, 1)),
    ]  # fmt: skip
    assert (found.kinds[0].median, found.kinds[0].p90) == (1.0, pytest.approx(1.8))
    assert "refund" not in kinds(stage.project)


def test_nobody_is_there_yet(database: Engine) -> None:
    with database.connect() as connection:
        found = touchpoints(connection, world(), datetime(2026, 5, 1, tzinfo=UTC), span("2026-03", TAIPEI))
        assert asked(connection, world(), datetime(2026, 5, 1, tzinfo=UTC), span("2026-03", TAIPEI)) == ()
    assert found.members == 0
    assert all((kind.touches, kind.median) == (0, 0) for kind in found.kinds)

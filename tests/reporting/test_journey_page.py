"""A journey's page: what it came to in three sentences, what it changed and whether that is sure, the same in CSV."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from journey_engine.language.words import Language
from journey_engine.measures import daily, experiments
from journey_engine.measures.rates import rate
from journey_engine.reporting.contents import Page, Sentence, Table, tables
from journey_engine.reporting.happenings import days
from journey_engine.reporting.journey_figures import JourneyFigures
from journey_engine.reporting.journey_page import journey_page
from journey_engine.reporting.page import html
from tests.reporting.figures import BROKEN, NOW, journey_figures, project, read

pytestmark = pytest.mark.usefixtures("undrawn")


def made(figures: JourneyFigures, language: Language = "zh-TW") -> Page:
    return journey_page(figures, project(), language)


def sentences(page: Page, section: str) -> list[str]:
    (found,) = [each for each in page.sections if each.name == section]
    return [block.words.zh for block in found.blocks if isinstance(block, Sentence)]


def table(page: Page, name: str) -> Table:
    (found,) = [each for each in tables(page) if each.name == name]
    return found


def test_a_journey_comes_to_three_sentences() -> None:
    assert sentences(made(journey_figures()), "summary") == [
        "從 2017-10-30 起，169 人次進入，143 人次已結束，26 人還在裡面；LINE 收下 168 則訊息，被點按 91 次。",
        "進入的人 20.0% 達成目標，對照組 12.0%，相差 +8.0 個百分點（95% 區間 +0.3 到 +15.0）：旅程讓更多人達成目標。",
        "花費 82.00 TWD，41 次達成目標，每次 2.00。",
    ]


@pytest.mark.parametrize(
    ("lift", "said"),
    [
        ({"difference_interval": (-0.02, 0.15)}, "還分不出是旅程的效果，還是偶然。"),
        ({"difference": -0.08, "difference_interval": (-0.15, -0.01)}, "旅程反而讓達成的人變少。"),
        ({"state": "early", "readable_at": NOW}, "（最晚到 2018-01-08 07:00）。"),
        ({"state": "no holdout"}, "這個旅程沒有對照組（holdout），不能知道沒有它會怎樣。"),
        ({"state": "no goal"}, "這個旅程沒有寫目標（goal），不能量成效。"),
    ],
)
def test_nothing_is_said_to_work_before_that_is_sure(lift: dict[str, Any], said: str) -> None:
    assert sentences(made(journey_figures(lift=replace(read(), **lift))), "summary")[1].endswith(said)


def test_a_broken_lot_is_told_before_everything_else() -> None:
    page = made(journey_figures(ratio=BROKEN))

    assert sentences(page, "summary")[0].startswith("分組比例不對（p < 0.001）：journey 300（應約 360）")
    assert '<p class="alarm">⚠ 分組比例不對' in html(page, "zh-TW")


def test_without_prices_no_cost_is_made_up() -> None:
    free = replace(journey_figures().cost, cost=None, per_goal=None)
    page = made(journey_figures(cost=free))

    assert sentences(page, "summary")[2] == "policy.yaml 沒有寫 prices，所以不知道花了多少錢。"
    assert table(page, "cost").rows[0][1] is None


def test_a_journey_that_nobody_came_into_says_so() -> None:
    empty = replace(journey_figures().standing, entered=0, ended={}, sends={}, refused={}, inside=0, goals=0)
    page = made(journey_figures(standing=empty, days=(), responses=(), cost=None, since=None))

    assert sentences(page, "summary")[0] == "還沒有人進入這個旅程。"
    assert sentences(page, "funnel") == ["還沒有人進入。"]
    assert "days" not in {section.name for section in page.sections}


def test_each_step_has_its_visits_and_the_ways_they_took() -> None:
    rows = table(made(journey_figures()), "funnel").rows

    assert [str(row[0]).strip() for row in rows][:3] == ["say_hello", "interested", "likes_deals"]
    assert rows[1][2] == 149
    assert rows[1][4].said("en") == ("a tap on welcome_hello (button is “offers”) 17; none of them within 1 day 132")


def test_what_an_experiment_came_to_stands_on_the_page() -> None:
    split = next(iter(project().journeys["welcome"].steps.values()))
    assert split is not None  # the repository's journeys have no experiment: the reading is written out
    asked = experiments.Experiment.model_validate({"measure": "purchase", "within": "7 days", "sample": 400})
    shown = (experiments.Shown("coupon", asked_share(0.5), 200), experiments.Shown("story", asked_share(0.5), 200))
    outcomes = (
        experiments.Outcome("coupon", 200, 60, 0.3, (0.24, 0.37)),
        experiments.Outcome("story", 200, 40, 0.2, (0.15, 0.26), -0.1, (-0.18, -0.02), 0.02),
    )
    reading = experiments.Reading("welcome", "first_offer", asked, "final", shown, journey_figures().now, 1.0, outcomes)
    page = made(journey_figures(readings=(reading,)), "en")

    assert table(page, "experiment-first-offer").rows[1][5] == 0.02
    assert "Final since 2018-01-08 07:00" in html(page, "en")


def asked_share(share: float) -> object:
    from decimal import Decimal

    return Decimal(str(share))


def test_more_than_two_months_are_told_by_week() -> None:
    first = date(2017, 1, 2)  # a Monday
    counted = [daily.Day(first + timedelta(days=n), 1, 0, 0, 0) for n in range(70)]
    (found,) = [block for block in days(counted, "en") if isinstance(block, Table)]

    assert found.rows[0] == (first, 7, 0, 0, 0)
    assert len(found.rows) == 10


def test_days_on_which_nothing_happened_are_there_with_nothing() -> None:
    counted = [daily.Day(date(2017, 1, 2), 1, 0, 0, 0), daily.Day(date(2017, 1, 4), 2, 0, 0, 0)]
    (found,) = [block for block in days(counted, "en") if isinstance(block, Table)]

    assert found.rows == (
        (date(2017, 1, 2), 1, 0, 0, 0),
        (date(2017, 1, 3), 0, 0, 0, 0),
        (date(2017, 1, 4), 2, 0, 0, 0),
    )


def test_the_stages_of_those_let_in_stand_beside_those_held_out() -> None:
    page = made(journey_figures())

    assert sentences(page, "stages") == ["到 2018-01-08 00:00，進入的 300 人有 73.3% 換了階段，對照組 100 人有 70.0%。"]
    rows = {str(row[0].zh): row[1:] for row in table(page, "stages").rows}
    assert (rows["新客"][0], rows["新客"][1], rows["互動"][2], rows["互動"][3]) == (0.6, 160 / 300, 0, 0.3)
    assert rows["互動"][4].value == pytest.approx(120 / 300 - 30 / 100)
    assert [tuple(map(str, row[2:])) for row in table(page, "moves").rows] == [
        ("20", str(20 / 300), "0", "0.0"),
        ("120", str(120 / 300), "30", "0.3"),
        ("60", str(60 / 300), "30", "0.3"),
        ("100", str(100 / 300), "40", "0.4"),
    ]


def test_without_a_holdout_the_stages_are_told_and_nothing_is_compared() -> None:
    alone = replace(journey_figures().moved, held_out={})
    page = made(journey_figures(moved=alone))

    assert sentences(page, "stages")[0].endswith("300 人裡有 220 人換了階段；沒有對照組可以比。")
    assert table(page, "stages").rows[0][5] is None


def test_before_the_stages_were_worked_out_the_page_has_no_such_part() -> None:
    page = made(journey_figures(moved=replace(journey_figures().moved, as_of=None)))
    assert "stages" not in {section.name for section in page.sections}


def test_a_rate_of_nobody_stays_empty() -> None:
    nobody = replace(journey_figures().responses[0], bought=rate(0, 0))
    assert table(made(journey_figures(responses=(nobody,))), "responses").rows[0][4] is None

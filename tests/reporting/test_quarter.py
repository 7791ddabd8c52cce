"""The quarter's review: what changed against the one before, every figure with its interval, and no figure made up."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from journey_engine.language.words import Language
from journey_engine.reporting.contents import Page, Sentence, Spread, Table, tables
from journey_engine.reporting.glossary import glossary
from journey_engine.reporting.markdown import markdown
from journey_engine.reporting.page import html
from journey_engine.reporting.quarter import quarter_page
from journey_engine.reporting.quarter_figures import QuarterFigures
from journey_engine.reporting.sheets import write_sheets
from tests.reporting.figures import BROKEN, NOW, WORTH, project, quarter_figures

pytestmark = pytest.mark.usefixtures("undrawn")


def made(figures: QuarterFigures | None = None, language: Language = "zh-TW") -> Page:
    return quarter_page(figures or quarter_figures(), project(), language)


def table(page: Page, name: str) -> Table:
    (found,) = [each for each in tables(page) if each.name == name]
    return found


def sentences(page: Page, section: str, tone: str = "plain") -> list[str]:
    (found,) = [each for each in page.sections if each.name == section]
    return [block.words.zh for block in found.blocks if isinstance(block, Sentence) and block.tone == tone]


def test_a_quarter_comes_to_three_sentences() -> None:
    assert sentences(made(), "summary") == [
        "2017Q4 期末有 2,469 位會員、2,441 位好友；664 次加入好友，28 次封鎖。",
        "900 位會員購買 3,033 次，平均每次 29.67；60 位是第一次。",
        "LINE 收下 422 則訊息；確定有效的旅程：新好友歡迎旅程。",
    ]


def test_what_changed_against_the_quarter_before_is_told_figure_by_figure() -> None:
    changes = table(made(), "changes")

    assert [column.head.zh for column in changes.columns] == ["指標", "2017Q3", "2017Q4", "變化"]
    assert {row[0].zh: row[1:] for row in changes.rows} == {
        "會員（期末）": (2409, 2469, pytest.approx(0.0249, abs=1e-4)),
        "好友（期末）": (1805, 2441, pytest.approx(0.3524, abs=1e-4)),
        "加入好友": (932, 664, pytest.approx(-0.2876, abs=1e-4)),
        "封鎖": (0, 28, None),
        "LINE 收下的訊息": (0, 422, None),
        "購買": (2500, 3033, pytest.approx(0.2132, abs=1e-4)),
        "購買的會員": (850, 900, pytest.approx(0.0588, abs=1e-4)),
        "第一次購買的會員": (75, 60, pytest.approx(-0.2)),
        "購買金額": (Decimal("75000.00"), Decimal("90001.50"), pytest.approx(Decimal("0.20002"))),
    }


def test_every_estimate_carries_its_interval() -> None:
    page = made()

    assert table(page, "lift").rows[0][5] == Spread(0.08, 0.003, 0.15)
    assert table(page, "repurchase").rows[0][2].low == pytest.approx(0.861, abs=1e-3)
    assert table(page, "loyalty-recommend").rows[0][5] == Spread(36.4, 26.0, 46.0)
    assert "+36<small>+26 到 +46</small>" in html(page, "zh-TW")


def test_a_projection_stands_beside_its_own_error() -> None:
    assert sentences(made(), "lifetime", "hint") == [
        "驗證：留下最後 90 天不看，預測每人 310.20，實際 298.10；平均誤差 88.40，偏差 +12.10，"
        "比「照過去花」準（101.70）。"
    ]
    worse = replace(WORTH, tested=replace(WORTH.tested, naive_mae=80.0))
    assert "請不要拿來做決定" in sentences(made(quarter_figures(lifetime=worse)), "lifetime", "alarm")[0]


def test_a_broken_lot_and_a_short_quota_are_alarms() -> None:
    page = made(quarter_figures(ratios=(BROKEN,)))

    assert len(sentences(page, "journeys", "alarm")) == 1
    assert sentences(page, "costs", "alarm") == ["sandbox 2018-01 的額度 3,000 則，剩 100 則。"]


def test_what_nobody_knows_has_no_section() -> None:
    bare = quarter_figures(cohorts=None, rfm=None, repurchase=None, lifetime=None, upsells=(), asked=(), months=())
    page = made(replace(bare, this=replace(bare.this, bought=None), last=replace(bare.last, bought=None)))

    names = {section.name for section in page.sections}
    assert names & {"buying", "cohorts", "rfm", "repurchase", "lifetime", "upsell"} == set()
    assert sentences(page, "answers", "hint") == ["這段時間沒有問卷回答。"]
    assert [row[0].en for row in table(page, "changes").rows][-1] == "messages LINE took"


def test_a_quarter_under_way_is_not_compared_as_if_it_were_over() -> None:
    page = made(quarter_figures(is_over=False, within=replace(quarter_figures().within, until=NOW)))

    assert page.subtitle.zh.endswith("，還沒過完")
    assert table(page, "changes").note.zh == "這一期還沒過完，和上一期不能直接比。"
    assert sentences(page, "summary")[0].startswith("2017Q4 到目前有 2,469 位會員")


def test_every_table_is_a_file_of_its_own(tmp_path: Path) -> None:
    page = made()
    files = write_sheets(page, tmp_path, "quarter-2017q4", "zh-TW")

    assert len(files) == len({each.name for each in tables(page)}) == len(list(tables(page)))
    with (tmp_path / "quarter-2017q4-cohorts.csv").open(encoding="utf-8-sig", newline="") as read:
        assert list(csv.reader(read))[2] == ["2017-11", "10", "1.0", "0.5", "", "10"]


def test_an_artifact_has_the_same_figures_as_the_page() -> None:
    told = markdown(made(), "zh-TW")

    for figure in ("| 2017-10 | 40 | 100.0% | 50.0% | 25.0% |", "20.0% (15.9 到 24.9)", "| 數量為 0 | 7,521 |"):
        assert figure in told


def test_a_term_that_nobody_explained_is_an_error() -> None:
    with pytest.raises(KeyError):
        glossary(["arpu"])

"""Journeys as pictures: the terminal's tree, the SVG's boxes, a page in a real browser, mermaid without counts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from journey_engine import cli
from journey_engine.drawing.boxes import WIDTH, Sheet, place_row, wrapped
from journey_engine.drawing.mermaid import flowchart
from journey_engine.drawing.parts import parts
from journey_engine.drawing.svg import page, svg
from journey_engine.drawing.tree import tree
from journey_engine.language.graph import graph
from journey_engine.language.journey import VERBS
from journey_engine.language.project import Project
from journey_engine.language.read import load_project
from journey_engine.saying.titles import Titles
from tests.conftest import ROOT
from tests.sandbox.browser import CHROMIUM, Browser
from tests.saying.conftest import journey, titles

PROJECT: Project = load_project(ROOT)
NAMES = sorted(PROJECT.journeys)

# Every verb, every way on, a way that ends and a way without steps.
EVERYTHING: dict[str, Any] = {
    "hello": {"send": "hello", "quiet": "skip"},
    "look": {
        "wait": {"first_of": [{"until": "purchase", "do": {"out": {"stop": "買了"}}}, {"until": "click of hello"}]},
        "at_most": "1 day",
    },
    "day": {
        "wait": {"date": "birthday"},
        "do": {"cheer": {"send": "hello"}},
        "otherwise": {"do": {"ask": {"hand_off": "客服"}}},
    },
    "kind": {
        "branch": [
            {"if": "is friend", "do": {"keep": {"set": {"tier": "金卡"}}}},
            {"otherwise": "", "do": {"drop": {"untag": "vip", "if": "tag vip"}, "tell": {"call": "crm"}}},
        ]
    },
    "draw": {"split": {"a": {"share": "50%", "do": {"mark": {"tag": "vip"}}}, "b": {"share": "50%"}}},
    "on": {"go_to": "other", "if": "purchase"},
}
WHOLE = journey({"on": "follow", "again": "never"}, EVERYTHING)


def test_the_tree_shows_where_each_way_leads_and_comes_together_again() -> None:
    assert tree(WHOLE, titles(WHOLE), "zh-TW").splitlines() == [
        "● 加入好友的當下",
        "│",
        "✉ hello  傳送「歡迎」，碰到不打擾時段就不傳",
        "│",
        "◷ look  等下面任一件事發生，最多 1 天",
        "├─ 結帳",
        "│  │",
        "│  ■ out  到此結束：買了",
        "├─ 點了「歡迎」 → day",
        "├─ 1 天內都沒有 → day",
        "│",
        "◷ day  等到「生日」",
        "├─ 日子到了",
        "│  │",
        "│  ✉ cheer  傳送「歡迎」",
        "│  ╰→ kind",
        "├─ 日期已經過了，或沒有日期",
        "│  │",
        "│  ☎ ask  轉給「客服」處理",
        "│  ╰→ kind",
        "│",
        "◆ kind  看是哪一種情況，走第一個符合的",
        "├─ 是好友",
        "│  │",
        "│  = keep  把會員的「會員等級」設為「金卡」",
        "│  ╰→ draw",
        "├─ 其他情況",
        "│  │",
        "│  # drop  如果有標籤 vip，就撕下標籤 vip",
        "│  │",
        "│  ↗ tell  呼叫外部系統 crm，最多等 1 天",
        "│  ├─ 有回應 → draw",
        "│  ├─ 呼叫失敗或沒有回應 → draw",
        "│  ╰→ draw",
        "│",
        "⚂ draw  隨機分成 2 組",
        "├─ a（50%）",
        "│  │",
        "│  # mark  貼上標籤 vip",
        "│  ╰→ on",
        "├─ b（50%） → on",
        "│",
        "» on  如果有結帳，就轉進旅程「other」，這個旅程到此結束",
        "│",
        "○ 結束",
    ]


def test_the_example_has_every_verb() -> None:
    drawn = {verb for node in graph(WHOLE).nodes for verb, kind in VERBS.items() if isinstance(node.step, kind)}
    assert drawn == set(VERBS) - {"survey"}  # drawn as the question it sends and the wait for the answers


@pytest.mark.parametrize("name", NAMES)
def test_no_box_lies_on_another(name: str) -> None:
    sheet = Sheet()
    place_row(sheet, parts(PROJECT.journeys[name], Titles(PROJECT)), 0, 0, "zh-TW")

    over = [
        (one.name, other.name)
        for one, other in combinations(sheet.boxes, 2)
        if abs(one.x - other.x) < WIDTH and one.y < other.y + other.height and other.y < one.y + one.height
    ]
    assert over == []
    assert [box.name for box in sheet.boxes] == [node.name for node in graph(PROJECT.journeys[name]).nodes]


def test_text_is_broken_where_a_reader_would_break_it() -> None:
    assert wrapped("等下面任一件事發生，最多 1 天", 20) == ("等下面任一件事發生，", "最多 1 天")
    assert wrapped("send welcome_hello, not at all in quiet hours", 20) == (
        "send welcome_hello,",
        "not at all in quiet",
        "hours",
    )
    assert wrapped("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)
    assert wrapped("日期已經過了，或沒有日期", 22) == ("日期已經過了，或沒", "有日期")
    assert wrapped("") == ()


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_picture_is_well_formed_and_names_every_step(language: Any) -> None:
    drawn = ET.fromstring(svg(WHOLE, titles(WHOLE), language))
    names = [element.text for element in drawn.iter() if element.get("class") == "name"]

    assert names == [node.name for node in graph(WHOLE).nodes]


def test_what_a_marketer_wrote_is_text_and_never_markup() -> None:
    odd = journey({"on": "follow", "again": "never"}, {"end": {"stop": "<script>alert(1)</script> & ]]>"}})

    assert "<script" not in page(odd, titles(odd), "zh-TW")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_in_a_browser_no_line_runs_out_of_its_box(tmp_path: Path, language: Any) -> None:
    file = tmp_path / "whole.html"
    file.write_text(page(WHOLE, titles(WHOLE), language), encoding="utf-8")
    out_of_their_boxes = """[...document.querySelectorAll('g')].flatMap(g => {
        const box = g.querySelector('rect').getBBox();
        return [...g.querySelectorAll('text')].filter(t => { const b = t.getBBox();
            return b.x < box.x || b.x + b.width > box.x + box.width || b.y + b.height > box.y + box.height })
            .map(t => t.textContent) })"""
    with Browser(1200, 1600) as browser:
        browser.open(file.as_uri())

        assert browser.run(out_of_their_boxes) == []
        assert browser.run("document.querySelectorAll('g').length") == len(graph(WHOLE).nodes)
        assert browser.complaints == []
        assert browser.fetched == [file.as_uri()]


def test_mermaid_without_counts_has_every_way() -> None:
    lines = flowchart(WHOLE, "zh-TW").splitlines()

    assert '  s_look -->|"purchase"| s_out' in lines
    assert '  s_look -->|"逾時"| s_day' in lines
    assert '  s_day -->|"沒有日期"| s_ask' in lines
    assert "  s_out --> end_" in lines
    assert '  s_on[/"<b>on</b><br/>go_to other"/]' in lines


def test_the_commands_draw_read_and_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["show", "welcome", "--project", str(ROOT)]) == 0
    assert "✉ say_hello  傳送" in capsys.readouterr().out
    drawn = tmp_path / "welcome.svg"
    assert cli.run(["show", "welcome", "--svg", str(drawn), "--project", str(ROOT)]) == 0
    assert capsys.readouterr().out == f"{drawn}\n"
    assert drawn.read_text(encoding="utf-8").startswith("<svg ")
    assert cli.run(["show", "welcome", "--mermaid", "--project", str(ROOT)]) == 0
    assert capsys.readouterr().out.startswith("flowchart TD")
    assert cli.run(["read", "welcome", "--language", "en", "--project", str(ROOT)]) == 0
    assert "Send welcome_hello." in capsys.readouterr().out

    assert cli.run(["read", "welcom", "--project", str(ROOT)]) == 2
    assert capsys.readouterr().err == "journeys  沒有叫「welcom」的旅程。 是否要寫「welcome」？\n"
    assert cli.run(["show", "welcome", "--svg", str(tmp_path / "gone" / "x.svg"), "--project", str(ROOT)]) == 2
    assert "Name a file in a folder that exists." in capsys.readouterr().err

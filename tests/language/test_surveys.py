"""Surveys as written: what a question is sent as, what a step that asks is made of, and what an answer is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from journey_engine.language.check import check
from journey_engine.language.conditions import All, Compare, EventCount, Known, Not, Property
from journey_engine.language.grammar import parse_condition
from journey_engine.language.journey import Branch, FirstOf, Send, Wait
from journey_engine.language.project import Project
from journey_engine.language.survey import Given, Question, Survey, tapped, written
from journey_engine.planning.definitions import assembled
from journey_engine.planning.definitions import written as definitions
from journey_engine.saying.conditions import said
from journey_engine.saying.titles import Titles

FILES = {
    "policy": "zone: Asia/Taipei\n",
    "schema": "attributes: {liking: {type: number}}\nevents: {bought: {live: yes}}\n",
    "stages": "stages: [{stage: all, otherwise: yes}]\n",
    "messages/thanks": "message: thanks\ntitle: 謝謝\ntopic: service\nsay: [{text: 謝謝}]\n",
    "surveys/nps": """
survey: nps
title: 滿意度
questions:
  recommend: {nps: 推薦嗎？, into: liking, tags: {promoter: fan}}
  why: {text: 為什麼？, skip: 略過}
thanks: thanks
""",
    "asks": """
journey: asks
title: 問
status: live
enter: {on: bought, again: never}
steps:
  ask: {survey: nps, at_most: 3 days, answered: {do: {happy: {tag: done}}}, otherwise: {do: {sad: {tag: silent}}}}
""",
}


def brand(root: Path, **instead: str) -> Path:
    for name, text in {**FILES, **{key.replace("__", "/"): text for key, text in instead.items()}}.items():
        path = root / "journeys" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return root


def project(root: Path, **instead: str) -> Project:
    checked = check(brand(root, **instead))
    assert checked.project is not None, checked.findings
    assert checked.findings == ()
    return checked.project


def test_a_question_is_a_message_with_quick_replies(tmp_path: Path) -> None:
    asked = project(tmp_path).messages["nps_recommend"]

    assert (asked.title, asked.topic) == ("滿意度（recommend）", "service")
    assert [(each.label, each.taps) for each in asked.quick_replies] == [(str(n), f"score_{n}") for n in range(11)]


def test_a_step_that_asks_sends_the_first_question_and_waits_for_the_last_answer(tmp_path: Path) -> None:
    steps = project(tmp_path).journeys["asks"].steps

    assert list(steps) == ["ask_sent", "ask"]
    assert isinstance(steps["ask_sent"], Send)
    assert steps["ask_sent"].send == "nps_recommend"
    wait = steps["ask"]
    assert isinstance(wait, Wait)
    assert isinstance(wait.wait, FirstOf)
    assert wait.otherwise is not None
    assert [until.until.text for until in wait.wait.first_of] == ["answer of nps where done = 'yes'"]
    assert (list(wait.wait.first_of[0].do), list(wait.otherwise.do), str(wait.at_most)) == (
        ["happy"],
        ["sad"],
        "3 days",
    )


@pytest.mark.parametrize(
    ("cool_down", "if_", "arm", "own"),
    [
        ("cool_down: 90 days\n", "", "no accepted of nps_recommend within 90 days", None),
        ("", ", if: liking is known", "liking is known", None),
        (
            "cool_down: 90 days\n",
            ", if: liking is known",
            "no accepted of nps_recommend within 90 days",
            "liking is known",
        ),
    ],
)
def test_a_cool_down_or_a_condition_passes_both_by(
    tmp_path: Path, cool_down: str, if_: str, arm: str, own: str | None
) -> None:
    survey, journey = (
        f"{FILES['surveys/nps']}{cool_down}",
        FILES["asks"].replace("at_most: 3 days", f"at_most: 3 days{if_}"),
    )
    steps = project(tmp_path, surveys__nps=survey, asks=journey).journeys["asks"].steps

    assert list(steps) == ["ask_due"]
    branch = steps["ask_due"]
    assert isinstance(branch, Branch)
    assert [each.if_ and each.if_.text for each in branch.branch] == [arm, None]
    assert list(branch.branch[0].do) == ["ask_sent", "ask"]
    assert (branch.if_ and branch.if_.text) == own


def test_steps_keep_their_names_when_the_survey_changes(tmp_path: Path) -> None:
    before = project(tmp_path / "a").journeys["asks"]
    more = FILES["surveys/nps"].replace("  why:", "  staff: {csat: 店員？}\n  why:")
    after = project(tmp_path / "b", surveys__nps=more).journeys["asks"]

    assert before == after  # who waits for the rest of it goes on waiting


def test_what_is_applied_reads_back_to_the_same_project(tmp_path: Path) -> None:
    whole = project(tmp_path)
    kept = assembled(tuple((each.kind, each.name, each.body) for each in definitions(whole)))

    assert kept == whole
    assert kept.surveys["nps"].questions["recommend"].tags["promoter"].tag == "fan"


def test_a_rule_of_the_same_name_is_told(tmp_path: Path) -> None:
    rules = "replies: [{reply: nps, says: 推薦, answer: thanks}]\n"

    assert [str(each) for each in check(brand(tmp_path, replies=rules)).findings] == [
        "journeys/surveys/nps.yaml:1:9  replies.yaml 有一條規則也叫「nps」。請替其中一個改名。"
    ]


# ---- answers ------------------------------------------------------------------------------------------------------
def question(**written: Any) -> Question:
    return Question.model_validate(written)


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter"), (10, "promoter")],
)
def test_promoters_passives_and_detractors(score: int, band: str) -> None:
    assert tapped(question(nps="?"), f"score_{score}") == Given(str(score), score, band)


@pytest.mark.parametrize(
    ("score", "band"), [(1, "dissatisfied"), (2, "dissatisfied"), (3, "neutral"), (4, "satisfied"), (5, "satisfied")]
)
def test_satisfied_are_the_upper_two_of_five(score: int, band: str) -> None:
    assert tapped(question(csat="?"), f"score_{score}") == Given(str(score), score, band)


@pytest.mark.parametrize(
    ("kind", "words", "given"),
    [
        ("nps", "10", Given("10", 10, "promoter")),
        ("nps", "０分", Given("０分", 0, "detractor")),
        ("nps", "11", Given("11", counts=False)),
        ("nps", "-1", None),
        ("nps", "9.5", None),
        ("nps", "給 9 分", None),
        ("csat", "0", Given("0", counts=False)),
        ("csat", "5", Given("5", 5, "satisfied")),
        ("text", " 很好 ", Given("很好")),
        ("text", "  ", None),
    ],
)
def test_what_words_answer(kind: str, words: str, given: Given | None) -> None:
    assert written(question(**{kind: "?"}), words) == given


def test_points_fall_into_the_highest_band_they_reach() -> None:
    quiz = {"quiz": "?", "options": {"a": {"label": "甲", "points": 0}, "b": {"label": "乙", "points": 9}}}
    bands = {"high": {"from": 5}, "low": {"from": 0}}
    survey = Survey.model_validate({"survey": "s", "title": "s", "questions": {"q": quiz}, "bands": bands})

    assert [survey.band(total) for total in (-1, 0, 4, 5, 99)] == [None, "low", "low", "high", "high"]


# ---- conditions ---------------------------------------------------------------------------------------------------
def test_an_answer_is_asked_for_by_its_question() -> None:
    asked = parse_condition("answer of nps.recommend >= 9 since entry")
    assert isinstance(asked, EventCount)
    assert asked == parse_condition("answer of nps since entry where (question = 'recommend' and score >= 9)")


def test_an_answer_that_is_none_is_not_meant() -> None:
    asked = parse_condition("answer of nps.recommend")

    assert isinstance(asked, EventCount)
    assert asked.query.where == All(
        (Property("question", Compare("=", "recommend")), Not(Property("outside", Known())))
    )


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        ("answer of nps.recommend is promoter", "有對{}recommend 的回答（推薦者）", "“recommend” of nps (promoter)"),
        ("answer of nps.why within 9 days", "9 天內有對{}why 的回答", "“why” of nps in the last 9 days"),
        ("answer of nps where kind = 'nps'", "答了問卷{}（kind 是「nps」）", "nps (kind is “nps”)"),
    ],
)
def test_conditions_on_answers_are_said(tmp_path: Path, condition: str, zh: str, en: str) -> None:
    told = said(parse_condition(condition), Titles(project(tmp_path)))

    assert (told.zh, told.en) == (zh.format("「滿意度」"), f"there was an answer to {en}")

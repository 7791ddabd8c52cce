"""Whole journeys in words: triggers, waits, steps, ways; every file of the repository can be read aloud."""

from __future__ import annotations

from typing import Any

import pytest

from journey_engine.language.journey import VERBS
from journey_engine.language.read import load_project
from journey_engine.language.triggers import TRIGGERS
from journey_engine.saying.journeys import told, written
from journey_engine.saying.schedules import cron
from journey_engine.saying.steps import does, way
from journey_engine.saying.titles import Titles
from journey_engine.saying.triggers import entering
from journey_engine.saying.values import spaced
from tests.conftest import ROOT
from tests.saying.conftest import journey, titles

END: dict[str, Any] = {"end": {"stop": "好了"}}

ENTERING = [
    (
        {"on": "follow", "again": "never"},
        "加入好友的當下；每人只進入一次",
        "at the moment of a follow; everyone enters only once",
    ),
    (
        {"joins": "lapsed", "again": "after 90 days", "existing": "include", "pace": "5000 per day"},
        "進入分群「久未回購」時；距離上次進入滿 90 天才能再次進入；"
        "上線時已經在裡面的人也會進入；每天最多放 5,000 人進入，其餘排到隔天",
        "on joining the segment lapsed; again 90 days after the last entry; who is there already when it goes live "
        "enters too; at most 5,000 enter a day, the others wait for the next one",
    ),
    (
        {"every": {"cron": "0 10 * * 1", "of": "lapsed"}, "again": "after exit"},
        "每週一 10:00，當時在分群「久未回購」裡的所有人；離開後可以再次進入",
        "every Mon at 10:00, all who are in the segment lapsed then; again once they are out",
    ),
    (
        {"at": {"time": "2026-12-05 10:00", "to": "lapsed"}, "again": "never"},
        "2026-12-05（週六）10:00 一次，當時在分群「久未回購」裡的所有人；每人只進入一次",
        "once, on Sat 2026-12-05 at 10:00, all who are in the segment lapsed then; everyone enters only once",
    ),
    (
        {"date": {"of": "birthday", "offset": "-3 days", "at": "10:00", "every": "year"}, "again": "once a year"},
        "每年「生日」前 3 天的 10:00（會員當地時間）；太晚才知道日期的不補；每個日曆年最多進入一次",
        "every year 3 days before birthday at 10:00 (their own time); not at all if the date becomes known too late; "
        "at most once a calendar year",
    ),
    (
        {"stage": "retain", "again": "never"},
        "進入階段「留存」時；每人只進入一次",
        "on reaching the stage retain; everyone enters only once",
    ),
    (
        {"after": "other", "again": "never"},
        "走完旅程「other」時；每人只進入一次",
        "on finishing the journey other; everyone enters only once",
    ),
    (
        {"by": "api", "again": "per order_id"},
        "其他系統透過 API 送進來時；每個 order_id 各走各的，同一個 order_id 只進入一次",
        "when another system sends them in by the API; each order_id has a journey of its own, "
        "once for the same order_id",
    ),
    (
        {"on": "purchase", "if": "no purchase before entry", "again": "never", "restart": "on new event"},
        "結帳的當下，而且當時進入前沒有結帳；每人只進入一次；在第一步等候時又發生一次，就重新等起",
        "at the moment of a purchase, if then there was no purchase before entry; everyone enters only once; if it "
        "happens again during the first wait, that wait begins anew",
    ),
]


@pytest.mark.parametrize(("enter", "zh", "en"), ENTERING, ids=[next(iter(enter)) for enter, _, _ in ENTERING])
def test_who_enters_is_said(enter: dict[str, Any], zh: str, en: str) -> None:
    sentences = entering(journey(enter, END), titles())

    assert "；".join(spaced(words).zh for words in sentences) == zh
    assert "; ".join(words.en for words in sentences) == en


def test_every_trigger_is_said() -> None:
    assert {next(word for word in enter if word in TRIGGERS) for enter, _, _ in ENTERING} == set(TRIGGERS)


STEPS = [
    ({"send": "hello"}, "傳送「歡迎」", "send hello"),
    (
        {"send": "hello", "expires": "2 hours", "quiet": "skip"},
        "傳送「歡迎」，2 小時內送不出去就作罷，碰到不打擾時段就不傳",
        "send hello, not later than 2 hours after that, not at all in quiet hours",
    ),
    ({"wait": "1 day", "until": "10:00"}, "等 1 天，再到下一個 10:00", "wait 1 day, then until the next 10:00"),
    (
        {"wait": "3 days", "on": "workdays", "count": "since entry"},
        "等 3 天，限工作日，遇到其他日子順延，從進入旅程時算起",
        "wait 3 days, only on workdays, else the next of them, counted from entry",
    ),
    (
        {"wait": "11:00", "on": ["mon", "thu"]},
        "等到下一個 11:00，限週一或週四，遇到其他日子順延",
        "wait until the next 11:00, only on Mon or Thu, else the next of them",
    ),
    (
        {"wait": {"window": "10:00-20:00", "on": "weekdays"}},
        "等到 10:00–20:00 之間（正在這段時間就直接往下），限平日（週一到週五），遇到其他日子順延",
        "wait for the hours 10:00–20:00 (go on at once within them), only on weekdays, else the next of them",
    ),
    (
        {"wait": {"date": "entry.starts_at", "offset": "-2 hours"}},
        "等到進入時的 starts_at 前 2 小時",
        "wait until 2 hours before starts_at of the entry",
    ),
    (
        {"wait": {"date": "birthday", "at": "10:00", "every": "year", "late": "now"}},
        "等到今年或明年的「生日」的 10:00；已經過了就馬上繼續",
        "wait until the coming birthday at 10:00; go on at once if it has passed",
    ),
    (
        {"wait": {"first_of": [{"until": "purchase"}], "at_most": "3 days"}},
        "等結帳，最多 3 天",
        "wait for a purchase, at most 3 days",
    ),
    (
        {"branch": [{"if": "purchase"}, {"otherwise": ""}]},
        "看是哪一種情況，走第一個符合的",
        "the first of these that holds",
    ),
    (
        {
            "split": {"a": {"share": "50%"}, "b": {"share": "50%"}},
            "experiment": {"measure": "purchase", "within": "14 days", "sample": "4000"},
        },
        "隨機分成 2 組；實驗：各組收滿共 4,000 人後，比較 14 天內結帳的比例",
        "a random choice of 2; an experiment: with 4,000 members in all, "
        "compare the share with a purchase within 14 days",
    ),
    (
        {"tag": "skincare +2 for 90 days"},
        "貼上標籤「愛保養」（強度 +2、保留 90 天）",
        "give the tag skincare (strength +2, for 90 days)",
    ),
    ({"untag": "vip"}, "撕下標籤 vip", "take away the tag vip"),
    (
        {"set": {"tier": "金卡", "points": "entry.value"}},
        "把會員的「會員等級」設為「金卡」、「點數」設為進入時的 value",
        "set tier to “金卡”, points to value of the entry",
    ),
    ({"call": "crm", "at_most": "2 hours"}, "呼叫外部系統 crm，最多等 2 小時", "call crm, waiting at most 2 hours"),
    ({"hand_off": "客服", "note": "請回電"}, "轉給「客服」處理：請回電", "hand off to 客服: 請回電"),
    ({"go_to": "other"}, "轉進旅程「other」，這個旅程到此結束", "hand on to the journey other, and end here"),
    ({"stop": "好了"}, "到此結束：好了", "end here: 好了"),
]


@pytest.mark.parametrize(("step", "zh", "en"), STEPS, ids=[zh for _, zh, _ in STEPS])
def test_what_a_step_does_is_said(step: dict[str, Any], zh: str, en: str) -> None:
    words = does(journey({"on": "follow", "again": "never"}, {"one": step}).steps["one"], titles())

    assert (spaced(words).zh, words.en) == (zh, en)


def test_every_verb_is_said() -> None:
    said = {verb for step, _, _ in STEPS for verb in step if verb in VERBS}
    assert said == set(VERBS) - {"survey"}  # told as the question it sends and the wait for the answers


@pytest.mark.parametrize(
    ("schedule", "zh"),
    [
        ("0 10 * * *", "每天 10:00"),
        ("5 9 * * MON,THU", "每逢週一或週四 09:05"),
        ("0 8 * * 1-5", "每逢平日（週一到週五） 08:00"),
        ("0 8 * * 0", "每週日 08:00"),
        ("30 20 15 * *", "每月 15 日 20:30"),
        ("*/5 * * * *", "依時間表「*/5 * * * *」"),
        ("0 10 1 1 *", "依時間表「0 10 1 1 *」"),
    ],
)
def test_a_schedule_is_said_if_it_is_plain_and_else_shown(schedule: str, zh: str) -> None:
    assert cron(schedule).zh == zh


def test_a_whole_journey_is_read_step_by_step_with_its_ways() -> None:
    steps: dict[str, Any] = {
        "look": {
            "wait": {"first_of": [{"until": "click of hello", "do": {"mark": {"tag": "keen"}}}, {"until": "purchase"}]},
            "at_most": "1 day",
            "otherwise": {"do": {"nudge": {"send": "hello", "if": "is friend"}}},
        },
        "birthday": {
            "wait": {"date": "birthday", "late": "skip"},
            "do": {"cheer": {"send": "hello"}},
            "otherwise": {"do": {"later": {"hand_off": "客服"}}},
        },
        "ask": {"call": "crm", "failed": {"do": {"sorry": {"stop": "沒有回應"}}}},
    }
    goal = {"if": "purchase", "within": "14 days", "then": "leave"}
    welcome = journey(
        {"on": "follow", "again": "never"}, steps, leave={"if": "purchase since entry"}, goal=goal, holdout="10%"
    )

    assert written(told(welcome, titles(welcome)), "zh-TW").splitlines() == [
        "迎新（welcome）",
        "  上線中，優先順序 50。",
        "  誰會進入：加入好友的當下；每人只進入一次。",
        "  隨時離開：一旦進入後有結帳就離開；封鎖帳號就離開。",
        "  目標：進入後 14 天內，有結帳；達成就離開旅程。",
        "  對照組：10% 的人什麼都不收，用來比較成效。",
        "  一步一步：",
        "    1. 等下面任一件事發生，最多 1 天：  [look]",
        "      · 點了「歡迎」：",
        "        1. 貼上標籤 keen。  [mark]",
        "      · 結帳：直接往下。",
        "      · 1 天內都沒有：",
        "        1. 如果是好友，就傳送「歡迎」。  [nudge]",
        "    2. 等到「生日」：  [birthday]",
        "      · 日子到了：",
        "        1. 傳送「歡迎」。  [cheer]",
        "      · 日期已經過了，或沒有日期：",
        "        1. 轉給「客服」處理。  [later]",
        "    3. 呼叫外部系統 crm，最多等 1 天：  [ask]",
        "      · 有回應：直接往下。",
        "      · 呼叫失敗或沒有回應：",
        "        1. 到此結束：沒有回應。  [sorry]",
    ]


def test_who_is_handed_on_from_other_journeys_is_said() -> None:
    first = journey({"on": "follow", "again": "never"}, {"on": {"go_to": "second"}}, name="first")
    second = journey({"joins": "lapsed", "again": "never"}, END, name="second")

    assert entering(second, titles(first, second))[-1].zh == "從旅程「迎新」轉來的人也照同樣的規則進入"


def test_every_journey_of_the_repository_can_be_read_aloud_in_both_languages() -> None:
    project = load_project(ROOT)
    for journey_ in project.journeys.values():
        lines = told(journey_, Titles(project))
        steps = [line.step for line in lines if line.step]

        assert len(steps) == len(set(steps)) > 0
        assert written(lines, "zh-TW") != written(lines, "en")


def test_a_wait_that_began_anew_is_not_said_to_have_been_in_vain() -> None:
    first_of = {"wait": {"first_of": [{"until": "purchase"}]}, "at_most": "1 day"}
    step = journey({"on": "follow", "again": "never"}, {"one": first_of}).steps["one"]

    assert way(step, "restart", titles()).zh == "又發生一次，重新等起"
    assert way(step, "timeout", titles()).zh == "1 天內都沒有"
    assert way(step, "1", titles()).zh == "結帳"

"""What check says of triggers: one word spoilt, the finding, its place and its cure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from journey_engine.language.check import check
from tests.language.conftest import Told

Spoil = Callable[[str, str, str], Told]
EVERY_TRIGGER = "on、joins、every、at、date、stage、after、by"
SOUND = {
    "every": "every: {cron: '0 10 * * 1', of: lapsed}, again: after exit",
    "at": "at: {time: 2026-12-05 10:00, to: lapsed}, again: never, pace: 500 per hour",
    "date": "date: {of: birthday, at: '10:00', every: year}, if: entry.date is known, again: once a year",
    "stage": "stage: retain, existing: include, again: never",
    "joins": "joins: lapsed, existing: include, again: after 90 days",
    "api": "by: api, if: entry.plan = 'gold', again: per contract",
    "per key": "on: purchase, again: per order_id after 30 days",
}
SPOILT = {
    "two triggers": (
        "on: follow, joins: lapsed, again: never",
        [("5:1", "enter 要剛好一個入口，這裡有：on、joins。", f"請只寫 {EVERY_TRIGGER} 其中一個。")],
    ),
    "no trigger": (
        "again: never",
        [("5:1", "enter 要剛好一個入口，這裡有：沒有。", f"請只寫 {EVERY_TRIGGER} 其中一個。")],
    ),
    "a schedule that is none": (
        "every: {cron: '0 25 * * 1', of: lapsed}, again: never",
        [("5:23", "「0 25 * * 1」不是 cron 時間表。", '五格：分 時 日 月 星期。每週一 10:00 寫 "0 10 * * 1"。')],
    ),
    "a schedule that never comes": (
        "every: {cron: '0 10 31 4,6 *', of: lapsed}, again: never",
        [("5:23", "時間表「0 10 31 4,6 *」永遠不會到：沒有這樣的日子。", "請看第三格（日）和第四格（月）。")],
    ),
    "a segment that is not there": (
        "every: {cron: '0 10 * * 1', of: lapse}, again: never",
        [("5:41", "分群「lapse」不存在。", "相近的有：lapsed。")],
    ),
    "an attribute that is not there": (
        "date: {of: birthdy, at: '10:00'}, again: never",
        [("5:20", "屬性「birthdy」不存在。", "相近的有：birthday。")],
    ),
    "an attribute that is no date": (
        "date: {of: tier, at: '10:00'}, again: never",
        [("5:20", "屬性「tier」的型別是 text，不是日期。", "請用 type: date 的屬性。")],
    ),
    "a stage that is not there": (
        "stage: retian, again: never",
        [("5:16", "階段「retian」不存在。", "相近的有：retain。")],
    ),
    "a journey that is not there": (
        "after: welcom, again: never",
        [("5:16", "旅程「welcom」不存在。", "相近的有：welcome。")],
    ),
    "existing beside an event": (
        "on: follow, existing: include, again: never",
        [("5:21", "existing 只能和 joins 或 stage 一起寫。", "請刪掉 existing。")],
    ),
    "restart without an event and a first wait": (
        "joins: lapsed, restart: on new event, again: never",
        [("5:24", "restart 只能和 on 一起寫。", "請刪掉 restart，或改用 on: 事件。"),
         ("5:24", "restart 會讓第一個等待重新開始，但第一個步驟「greet」不是 wait。", "請把 wait 放在第一個步驟。")],
    ),
    "a key the event does not have": (
        "on: purchase, again: per order",
        [("5:30", "事件屬性「order」不存在。", "相近的有：order_id、store。")],
    ),
    "a key without an event": (
        "joins: lapsed, again: per order_id",
        [("5:31", "per 後面要寫進入事件的屬性，這個入口沒有事件。",
          "請改用 on: 事件，或改寫 after exit 之類的規則。")],
    ),
    "a pace of nothing": (
        "joins: lapsed, pace: 0 per day, again: never",
        [("5:30", "「0 per day」不是進入的速度。", "例如寫 5000 per day 或 500 per hour。")],
    ),
    "a rule of re-entry that is none": (
        "on: follow, again: sometimes",
        [("5:28", "「sometimes」沒有說明何時可以再次進入。",
          "請寫 never、after exit、after 90 days、once a year 或 per order_id。")],
    ),
    "a property that a date does not bring": (
        "date: {of: birthday, at: '10:00'}, if: entry.day is known, again: never",
        [("5:54", "事件屬性「day」不存在。", "已有的是：date。")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("trigger", list(SOUND))
def test_a_sound_trigger_has_nothing_to_tell(spoilt: Spoil, trigger: str) -> None:
    assert spoilt("welcome.yaml", "on: follow, again: never", SOUND[trigger]) == []


@pytest.mark.parametrize("mistake", list(SPOILT))
def test_a_mistake_is_told_with_its_place_and_cure(spoilt: Spoil, mistake: str) -> None:
    written, expected = SPOILT[mistake]
    told = spoilt("welcome.yaml", "on: follow, again: never", written)
    assert told == [(f"welcome.yaml:{place}", what, cure) for place, what, cure in expected]


def test_english_says_the_same(project, spoilt: Spoil) -> None:
    spoilt("welcome.yaml", "on: follow, again: never", "date: {of: tier, at: '10:00'}, again: per x, existing: include")
    spoilt("policy.yaml", "language: zh-TW", "language: en")
    assert [str(finding) for finding in check(project).findings] == [
        "journeys/welcome.yaml:5:20  Attribute “tier” is text, not a date. Name an attribute of type: date.",
        "journeys/welcome.yaml:5:47  per names a property of the event that lets in; here is no event. "
        "Enter on an event, or write another rule, like after exit.",
        "journeys/welcome.yaml:5:54  existing goes with joins or stage only. Leave existing out.",
    ]


def test_journeys_that_follow_one_another_without_a_wait_go_round(spoilt: Spoil) -> None:
    ring = "title: 環\nstatus: live\nenter: {after: %s, again: after exit}\nsteps:\n  greet: {send: hello}\n"
    spoilt("a.yaml", "", "journey: a\n" + ring % "b")
    told = spoilt("b.yaml", "", "journey: b\n" + ring % "a")
    assert told == [
        ("a.yaml:4:16", "旅程繞成一圈，中間沒有等待：b → a → b。", "請在其中一個旅程加上 wait。"),
        ("b.yaml:4:16", "旅程繞成一圈，中間沒有等待：a → b → a。", "請在其中一個旅程加上 wait。"),
    ]
    assert spoilt("b.yaml", "  greet: {send: hello}\n", "  rest: {wait: 1 day}\n") == []


def test_restart_goes_with_no_rule_that_asks_for_the_entry(spoilt: Spoil) -> None:
    spoilt("welcome.yaml", "  greet: {send: hello}\n", "  rest: {wait: 1 hour}\n  greet: {send: hello}\n")
    spoilt("welcome.yaml", "on: follow, again: never", "on: purchase, again: never, restart: on new event")
    told = spoilt("welcome.yaml", "leave: {if: purchase since entry}", "leave: {if: refund and entry.value >= 5}")
    assert told[:1] == [
        (
            "welcome.yaml:6:30",
            "restart 會換掉 entry.value，離開和目標條件不能問它。",
            "請改在步驟的 if 或 branch 裡問。",
        )
    ]

"""What `check` says of the forms of conditions: ranks, scores, keys, parts of texts, fading tags, told events."""

from collections.abc import Callable

import pytest

Spoil = Callable[[str, str, str], list[tuple[str, str, str]]]
LEAVE = ("welcome.yaml", "purchase since entry")
SEGMENT = ("segments/lapsed.yaml", "purchase and no purchase within 60 days")
RFM = ("schema.yaml", "events:\n", "rfm: {event: purchase, within: 365 days}\nevents:\n")
NOT_WATCHED = (
    "名次（top、rfm）只在每次更新時才變，leave 與 goal 察覺不到。",
    "請把它寫成一個分群，例如 segments/best.yaml，這裡改寫 in segment best。",
)

SAID = {
    "a rank in a leave rule": (*LEAVE, "not top 5% by purchase", [("welcome.yaml:6:27", *NOT_WATCHED)]),
    "a score in a leave rule": (*LEAVE, "refund or rfm recency >= 4", [("welcome.yaml:6:27", *NOT_WATCHED)]),
    "a rank in a goal": (
        "welcome.yaml", "goal: {if: purchase,", "goal: {if: top 5% by sum of purchase.value,",
        [("welcome.yaml:7:29", *NOT_WATCHED)],
    ),
    "a rank in a branch": ("welcome.yaml", "- if: tag keen", "- if: tag keen or top 5% by purchase", []),
    "a rank in a segment": (*SEGMENT, "top 5% by sum of purchase.value within 365 days", []),
    "a rank by what is no number": (
        *SEGMENT, "top 5% by sum of purchase.store",
        [("segments/lapsed.yaml:3:31", "「store」不是數字，不能加總。", "")],
    ),
    "a rank since the entry": (
        *SEGMENT, "top 5% by purchase since entry",
        [("segments/lapsed.yaml:3:15", "名次是所有會員一起排的，沒有「進入」可言。",
          "請改用 within 365 days 這類寫法。")],
    ),
    "scores that nothing declares": (
        *SEGMENT, "rfm monetary >= 4",
        [("segments/lapsed.yaml:3:9", "schema.yaml 沒有寫 rfm 依據哪個事件。",
          "請在 schema.yaml 加上 rfm: {event: purchase, within: 365 days}。")],
    ),
    "a key that the event has not": (
        *LEAVE, "purchase of any cart_id since entry",
        [("welcome.yaml:6:29", "事件「purchase」沒有屬性「cart_id」。", "已有的是：order_id、store、value。")],
    ),
    "any key where there is none": (
        *LEAVE, "purchase of any order_id since entry",
        [("welcome.yaml:6:29", "這裡不是每個 order_id 各走一次，不寫 of any 也看得到全部。",
          "請刪掉 of any order_id。")],
    ),
    "a number that contains": (
        *SEGMENT, "purchase where value contains '3'",
        [("segments/lapsed.yaml:3:20", "「value」不是文字，不能用 contains。", "")],
    ),
    "nothing contained": (
        *SEGMENT, "name contains ''",
        [("segments/lapsed.yaml:3:5", "contains 後面的文字是空的。", "可以寫 name is known。")],
    ),
    "a text that is today": (
        *SEGMENT, "name is today", [("segments/lapsed.yaml:3:5", "「name」不是日期。", "")],
    ),
    "all calendar windows, friends and birthdays": (
        *SEGMENT,
        "purchase today or no purchase this week or purchase this month or is friend or birthday is today", [],
    ),
    "a half-life in months": (
        "schema.yaml", "events:\n", "tags: {keen: {half_life: 1 month}}\nevents:\n",
        [("schema.yaml:5:26", "half_life 要寫天或週。", "例如 30 days。")],
    ),
    "scores of an event without value": (
        "schema.yaml", "events:\n", "rfm: {event: visit, within: 365 days}\nevents:\n  visit: {}\n",
        [("schema.yaml:5:14", "事件「visit」沒有金額，算不出 monetary。", "請為它加上 value: money。")],
    ),
    "scores of an event that is not there": (
        "schema.yaml", "events:\n", "rfm: {event: purchas, within: 365 days}\nevents:\n",
        [("schema.yaml:5:14", "事件「purchas」不存在。", "相近的有：purchase。")],
    ),
    "a segment that nobody can join": (
        "welcome.yaml", "click of hello where button = 'look'", "joined_segment of laps",
        [("welcome.yaml:14:36", "分群「laps」不存在。", "相近的有：lapsed。")],
    ),
    "the end of a journey that is not there": (
        "welcome.yaml", "click of hello where button = 'look'", "finished_journey of welcom",
        [("welcome.yaml:14:38", "旅程「welcom」不存在。", "相近的有：welcome。")],
    ),
    "a score that nothing declares": (
        *SEGMENT, "score loyalty >= 3", [("segments/lapsed.yaml:3:11", "分數「loyalty」不存在。", "")],
    ),
    "a persona that nothing declares": (
        *SEGMENT, "persona is gourmet", [("segments/lapsed.yaml:3:16", "人物誌「gourmet」不存在。", "")],
    ),
    "scores that give and fade": (
        "schema.yaml", "events:\n",
        "scores: {keen: {gives: [{on: click of hello, points: 1, at_most: 9}], half_life: 9 days, cap: 20}}\nevents:\n",
        [],
    ),
    "a score of an event that is not there": (
        "schema.yaml", "events:\n", "scores: {keen: {gives: [{on: purchas, points: 1}]}}\nevents:\n",
        [("schema.yaml:5:30", "事件「purchas」不存在。", "相近的有：purchase。")],
    ),
    "a score of what refreshes write": (
        "schema.yaml", "events:\n", "scores: {keen: {gives: [{on: joined_segment of lapsed, points: 1}]}}\nevents:\n",
        [("schema.yaml:5:30", "這是更新分群、階段或旅程時才寫下的事，不能用來計分。",
          "請改用會員做的事，例如 purchase 或 click。")],
    ),
    "a score that fades by months": (
        "schema.yaml", "events:\n",
        "scores: {keen: {gives: [{on: purchase, points: 1}], half_life: 2 months}}\nevents:\n",
        [("schema.yaml:5:64", "half_life 要寫天或週。", "例如 60 days。")],
    ),
    "a word that conditions keep for scores": (
        "schema.yaml", "  name: {type: text}\n", "  name: {type: text}\n  score: {type: number}\n",
        [("schema.yaml:3:3", "「score」是條件裡的關鍵字，不能當名稱。", "請換一個名稱。")],
    ),
    "a purchase of a message": (
        *LEAVE, "purchase of hello", [("welcome.yaml:6:25", "「purchase」後面不能接 of。", "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fact", SAID)
def test_each_form_is_told_what_is_wrong_with_it(fact: str, spoilt: Spoil) -> None:
    file, old, new, expected = SAID[fact]

    assert spoilt(file, old, new) == expected


def test_scores_are_one_to_five(spoilt: Spoil) -> None:
    spoilt(*RFM)
    assert spoilt(*SEGMENT, "rfm recency >= 4 and rfm monetary between 0 and 1") == []
    spoilt("segments/lapsed.yaml", "rfm recency >= 4 and rfm monetary between 0 and 1", "rfm recency > 5")
    assert spoilt("segments/lapsed.yaml", "title", "title") == [
        ("segments/lapsed.yaml:3:9", "rfm 的分數是 1 到 5，這個條件永遠不成立。", "例如寫 rfm recency >= 4。")
    ]


def test_a_tag_of_the_schema_may_be_asked_for_though_no_step_gives_it(spoilt: Spoil) -> None:
    assert len(spoilt(*SEGMENT, "tag skincare strength >= 2")) == 1
    assert spoilt("schema.yaml", "events:\n", "tags: {skincare: {half_life: 30 days}}\nevents:\n") == []


def test_a_score_is_asked_where_it_is_decided_and_not_where_it_would_have_to_be_watched(spoilt: Spoil) -> None:
    given = "scores: {keen: {gives: [{on: purchase, points: 1}]}}\nevents:\n"
    assert spoilt("schema.yaml", "events:\n", given) == []
    assert spoilt("welcome.yaml", "- if: tag keen", "- if: score keen >= 3") == []
    assert spoilt(*LEAVE, "score keen >= 3") == [
        (
            "welcome.yaml:6:19",
            "分數隨每件事、每一天而變，leave 與 goal 察覺不到。",
            "請把它寫成一個分群，例如 segments/loyal.yaml，這裡改寫 in segment loyal。",
        )
    ]


def test_personas_are_told_apart_and_rest_on_no_persona(spoilt: Spoil) -> None:
    spoilt(
        "personas.yaml",
        "",
        "choose: first\npersonas:\n"
        "  - {persona: keen, title: 熱情, if: purchase at least 2 times within 30 days}\n"
        "  - {persona: quiet, if: not in segment lapsed}\n",
    )
    assert spoilt(*SEGMENT, "persona is keen or persona is not quiet") == []
    assert spoilt("personas.yaml", "not in segment lapsed", "not in segment lapse or persona is keen") == [
        ("personas.yaml:4:41", "分群「lapse」不存在。", "相近的有：lapsed。"),
        ("personas.yaml:4:61", "人物誌不能用別的人物誌來定義；請寫出條件，或做成分群。", ""),
    ]
    assert spoilt("personas.yaml", "persona: quiet", "persona: keen")[0] == (
        "personas.yaml:4:15", "人物誌「keen」寫了兩次。", "",
    )  # fmt: skip


def test_a_score_that_falls_on_the_night_events_go_is_told(spoilt):
    spoilt("policy.yaml", "zone: Asia/Taipei\n", "zone: Asia/Taipei\nretention: {events: 80 days}\n")
    scores = """scores:
  fades: {gives: [{on: purchase, points: 1}], half_life: 20 days}
  stays: {gives: [{on: purchase, points: 1}]}
  slow: {gives: [{on: purchase, points: 1}], half_life: 21 days}
events:
"""
    told = spoilt("schema.yaml", "events:\n", scores)
    cure = "請寫 half_life（80 days 的四分之一以內），或把 retention.events 拉長。"
    assert [(place, cured) for place, _, cured in told if place.startswith("schema")] == [
        ("schema.yaml:6:24", cure), ("schema.yaml:7:24", cure), ("schema.yaml:8:23", cure),
    ]  # fmt: skip

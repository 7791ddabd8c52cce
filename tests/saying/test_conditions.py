"""Conditions in words: every form, its opposite, and whatever else the grammar can read."""

from __future__ import annotations

import pytest
from hypothesis import given

from journey_engine.language.conditions import Condition, Not
from journey_engine.language.grammar import parse_condition
from journey_engine.saying.conditions import said
from journey_engine.saying.titles import Titles
from tests.language.writing import conditions
from tests.saying.conftest import titles

SAID = [
    ("purchase", "有結帳", "there was a purchase"),
    ("purchase at least 2 times within 30 days", "30 天內結帳至少 2 次", "at least 2 × purchase in the last 30 days"),
    ("not purchase at least 2 times since entry", "進入後結帳少於 2 次", "fewer than 2 × purchase since entry"),
    ("purchase exactly 3 times today", "今天結帳剛好 3 次", "exactly 3 × purchase today"),
    ("no purchase this week", "這週沒有結帳", "there was no purchase this week"),
    ("not (no purchase)", "有結帳", "there was a purchase"),
    ("no click of hello", "沒有點「歡迎」", "there was no tap on hello"),
    (
        "days since last click of hello > 3",
        "距離上次點「歡迎」的天數大於 3",
        "the number of days since the last tap on hello is more than 3",
    ),
    ("click of hello within 7 days", "7 天內點了「歡迎」", "there was a tap on hello in the last 7 days"),
    (
        "purchase of any order_id since entry where value >= 500",
        "進入後有結帳（金額至少 500；不分 order_id）",
        "there was a purchase (value is at least 500; whatever its order_id) since entry",
    ),
    (
        "sum of purchase.value within 90 days >= 3000",
        "90 天內結帳的金額合計至少 3000",
        "the total value of purchase in the last 90 days is at least 3000",
    ),
    (
        "not sum of purchase.value before entry >= 3000",
        "進入前結帳的金額合計小於 3000",
        "the total value of purchase before entry is less than 3000",
    ),
    (
        "days since last purchase between 30 and 60",
        "距離上次結帳的天數介於 30 到 60",
        "the number of days since the last purchase is between 30 and 60",
    ),
    ("message hello was sent", "訊息「歡迎」送出過", "the message hello was sent"),
    ("not message hello was sent", "訊息「歡迎」沒有送出過", "the message hello was never sent"),
    ("tier in ('金卡', '白金')", "「會員等級」是「金卡」或「白金」", "their tier is “金卡” or “白金”"),
    ("tier != '金卡'", "「會員等級」不是「金卡」", "their tier is not “金卡”"),
    ("tier is not known", "「會員等級」沒有資料", "their tier is not known"),
    ("tier contains '金'", "「會員等級」含有「金」", "their tier contains “金”"),
    ("points >= 100", "「點數」至少 100", "their points is at least 100"),
    ("not points >= 100", "「點數」沒有達到 100", "their points is not at least 100"),
    ("birthday < 2000-01-01", "「生日」早於 2000-01-01", "their birthday is before 2000-01-01"),
    ("birthday within next 7 days", "「生日」在接下來 7 天內", "their birthday falls within the next 7 days"),
    ("birthday in this month", "「生日」在這個月", "their birthday is in this month"),
    ("birthday is today", "今天是「生日」", "their birthday is today"),
    ("tag vip", "有標籤 vip ", "they have the tag vip"),
    ("tag skincare strength >= 3", "標籤「愛保養」的強度至少 3", "their strength of the tag skincare is at least 3"),
    ("stage is retain", "處於階段「留存」", "they are in the stage retain"),
    ("not in segment lapsed", "不在分群「久未回購」裡", "they are not in the segment lapsed"),
    ("in journey nobody", "正在旅程「nobody」裡", "they are inside the journey nobody"),
    ("not finished journey nobody", "沒走完過旅程「nobody」", "they have never finished the journey nobody"),
    ("is friend", "是好友", "they are friends of the account"),
    ("entry.value >= 1000", "進入時的金額至少 1000", "value at entry is at least 1000"),
    (
        "top 5% by sum of purchase.value within 365 days",
        "365 天內結帳的金額合計排在前 5%",
        "they are in the top 5% by the total value of purchase in the last 365 days",
    ),
    ("rfm recency >= 4", "RFM 的最近購買（R）分數至少 4", "their RFM score for recency is at least 4"),
    (
        "tag vip and (purchase or is friend)",
        "有標籤 vip ，而且（有結帳，或者是好友）",
        "they have the tag vip and (there was a purchase or they are friends of the account)",
    ),
    (
        "not (stage is retain and purchase)",
        "不在階段「留存」，或者沒有結帳",
        "they are not in the stage retain or there was no purchase",
    ),
]


@pytest.mark.parametrize(("text", "zh", "en"), SAID, ids=[text for text, _, _ in SAID])
def test_a_condition_is_said_as_a_person_would(text: str, zh: str, en: str, brand: Titles) -> None:
    words = said(parse_condition(text), brand)

    assert (words.zh, words.en) == (zh, en)


@given(conditions)
def test_everything_the_grammar_can_read_can_be_said(condition: Condition) -> None:
    words = said(condition, titles())

    assert words.zh.strip()
    assert words.en.strip()


@given(conditions)
def test_a_condition_and_its_opposite_are_never_said_alike(condition: Condition) -> None:
    brand = titles()
    plain, opposite = said(condition, brand), said(Not(condition), brand)

    assert plain.zh != opposite.zh
    assert plain.en != opposite.en


def test_an_english_brand_hears_its_own_titles() -> None:
    words = said(parse_condition("in segment lapsed and purchase"), titles(language="en"))

    assert words.en == "they are in the segment “久未回購” and there was a 結帳"

"""Every form of a condition, read to the literal tree; every misreading, with its column and its sentence."""

import importlib.util
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from journey_engine.language import grammar
from journey_engine.language.conditions import (
    All,
    AnyOf,
    Attribute,
    BeforeEntry,
    Between,
    Compare,
    Contains,
    DateInThisMonth,
    DateIsToday,
    DateWithinNext,
    DaysSince,
    EntryProperty,
    EventCount,
    EventQuery,
    EventSum,
    FinishedJourney,
    HasTag,
    InJourney,
    InSegment,
    IsFriend,
    Known,
    Not,
    OneOf,
    PersonaIs,
    Property,
    Rfm,
    Score,
    SinceEntry,
    StageIs,
    TagStrength,
    ThisPeriod,
    Top,
    WasSent,
    Within,
)
from journey_engine.language.durations import Duration
from journey_engine.language.grammar import parse_condition, parse_event
from journey_engine.language.words import Miswritten

PURCHASE = EventCount(EventQuery("purchase"), ">=", 1)
CARE = Property("category", Compare("=", "保養"))

FORMS = {
    "tier = '金卡'": Attribute("tier", Compare("=", "金卡")),
    "tier != '金卡'": Attribute("tier", Compare("!=", "金卡")),
    "age < 30": Attribute("age", Compare("<", Decimal(30))),
    "age <= 30.5": Attribute("age", Compare("<=", Decimal("30.5"))),
    "balance > -3": Attribute("balance", Compare(">", Decimal(-3))),
    "birthday >= 2026-12-05": Attribute("birthday", Compare(">=", date(2026, 12, 5))),
    "name = 'O''Brien'": Attribute("name", Compare("=", "O'Brien")),
    "tier in ('金卡', '白金')": Attribute("tier", OneOf(("金卡", "白金"))),
    "tier not in ('金卡')": Not(Attribute("tier", OneOf(("金卡",)))),
    "age between 30 and 60": Attribute("age", Between(Decimal(30), Decimal(60))),
    "city is known": Attribute("city", Known()),
    "city is not known": Not(Attribute("city", Known())),
    "purchase": PURCHASE,
    "no purchase": EventCount(EventQuery("purchase"), "=", 0),
    "purchase at least 2 times": EventCount(EventQuery("purchase"), ">=", 2),
    "purchase at most 1 time": EventCount(EventQuery("purchase"), "<=", 1),
    "purchase exactly 3 times": EventCount(EventQuery("purchase"), "=", 3),
    "purchase at least 2 times within 30 days where category = '保養'": EventCount(
        EventQuery("purchase", window=Within(Duration(30, "day")), where=CARE), ">=", 2
    ),
    "no purchase within 60 days": EventCount(EventQuery("purchase", window=Within(Duration(60, "day"))), "=", 0),
    "purchase within 3 months": EventCount(EventQuery("purchase", window=Within(Duration(3, "month"))), ">=", 1),
    "purchase since entry": EventCount(EventQuery("purchase", window=SinceEntry()), ">=", 1),
    "purchase before entry": EventCount(EventQuery("purchase", window=BeforeEntry()), ">=", 1),
    "click of welcome_coupon within 7 days": EventCount(
        EventQuery("click", "welcome_coupon", Within(Duration(7, "day"))), ">=", 1
    ),
    "message where text = '預約'": EventCount(
        EventQuery("message", where=Property("text", Compare("=", "預約"))), ">=", 1
    ),
    "no message within 24 hours": EventCount(EventQuery("message", window=Within(Duration(24, "hour"))), "=", 0),
    "sum of purchase.value within 90 days >= 3000": EventSum(
        EventQuery("purchase", window=Within(Duration(90, "day"))), "value", Compare(">=", Decimal(3000))
    ),
    "sum of purchase_item.quantity since entry where category = '保養' between 2 and 5": EventSum(
        EventQuery("purchase_item", window=SinceEntry(), where=CARE), "quantity", Between(Decimal(2), Decimal(5))
    ),
    "days since last purchase between 30 and 60": DaysSince(EventQuery("purchase"), Between(Decimal(30), Decimal(60))),
    "days since last click of sale > 7": DaysSince(EventQuery("click", "sale"), Compare(">", Decimal(7))),
    "message welcome_coupon was sent": WasSent("welcome_coupon"),
    "tag vip": HasTag("vip"),
    "tag skincare strength >= 3": TagStrength("skincare", Compare(">=", Decimal(3))),
    "score loyalty >= 20": Score("loyalty", Compare(">=", Decimal(20))),
    "score loyalty between 5 and 19.5": Score("loyalty", Between(Decimal(5), Decimal("19.5"))),
    "birthday within next 7 days": DateWithinNext("birthday", Duration(7, "day")),
    "birthday in this month": DateInThisMonth("birthday"),
    "birthday is today": DateIsToday("birthday"),
    "is friend": IsFriend(),
    "is not friend": Not(IsFriend()),
    "name contains '王'": Attribute("name", Contains("王")),
    "name not contains '王'": Not(Attribute("name", Contains("王"))),
    "message where text contains 'it''s'": EventCount(
        EventQuery("message", where=Property("text", Contains("it's"))), ">=", 1
    ),
    "purchase today": EventCount(EventQuery("purchase", window=ThisPeriod("day")), ">=", 1),
    "no purchase this week": EventCount(EventQuery("purchase", window=ThisPeriod("week")), "=", 0),
    "sum of purchase.value this month where category = '保養' >= 3000": EventSum(
        EventQuery("purchase", window=ThisPeriod("month"), where=CARE), "value", Compare(">=", Decimal(3000))
    ),
    "purchase of any order_id since entry": EventCount(
        EventQuery("purchase", window=SinceEntry(), any_key="order_id"), ">=", 1
    ),
    "top 5% by sum of purchase.value within 365 days": Top(
        Decimal("0.05"), EventQuery("purchase", window=Within(Duration(365, "day"))), "value"
    ),
    "top 2.5 % by click of sale": Top(Decimal("0.025"), EventQuery("click", "sale")),
    "top 10% by message this month": Top(Decimal("0.1"), EventQuery("message", window=ThisPeriod("month"))),
    "rfm recency >= 4": Rfm("recency", Compare(">=", Decimal(4))),
    "rfm monetary between 2 and 3": Rfm("monetary", Between(Decimal(2), Decimal(3))),
    "stage is retain": StageIs("retain"),
    "stage is not retain": Not(StageIs("retain")),
    "persona is gourmet": PersonaIs("gourmet"),
    "persona is not gourmet": Not(PersonaIs("gourmet")),
    "answer where score >= 9 and score loyalty < 5": All(
        (
            EventCount(EventQuery("answer", where=Property("score", Compare(">=", Decimal(9)))), ">=", 1),
            Score("loyalty", Compare("<", Decimal(5))),
        )
    ),
    "in segment employees": InSegment("employees"),
    "in journey retain": InJourney("retain"),
    "finished journey welcome": FinishedJourney("welcome"),
    "entry.value >= 1000": EntryProperty("value", Compare(">=", Decimal(1000))),
    "entry.store is not known": Not(EntryProperty("store", Known())),
}


@pytest.mark.parametrize("text", FORMS)
def test_each_form_is_read_to_its_tree(text: str) -> None:
    assert parse_condition(text) == FORMS[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("purchase or click within 30 days",
         AnyOf((PURCHASE, EventCount(EventQuery("click", window=Within(Duration(30, "day"))), ">=", 1)))),
        ("not tag a and tag b or tag c", AnyOf((All((Not(HasTag("a")), HasTag("b"))), HasTag("c")))),
        ("not (tag a or tag b)", Not(AnyOf((HasTag("a"), HasTag("b"))))),
        ("not not tag a", Not(Not(HasTag("a")))),
        ("age between 1 and 2 and tag a",
         All((Attribute("age", Between(Decimal(1), Decimal(2))), HasTag("a")))),
        ("purchase where category = '保養' and city is known",
         All((EventCount(EventQuery("purchase", where=CARE), ">=", 1), Attribute("city", Known())))),
        ("purchase where (category = '保養' and city is known)",
         EventCount(EventQuery("purchase", where=All((CARE, Property("city", Known())))), ">=", 1)),
        ("purchase where not (category = '保養' or sku in ('a')) or tag b",
         AnyOf((EventCount(
             EventQuery("purchase", where=Not(AnyOf((CARE, Property("sku", OneOf(("a",))))))), ">=", 1
         ), HasTag("b")))),
    ],
)  # fmt: skip
def test_what_binds_tighter(text: str, expected: object) -> None:
    assert parse_condition(text) == expected


def test_full_width_signs_and_corner_brackets_mean_the_half_width_ones() -> None:
    assert parse_condition("（tier　in（「金卡」，'白金'、'一般'））and age ≥ 3") == All(
        (Attribute("tier", OneOf(("金卡", "白金", "一般"))), Attribute("age", Compare(">=", Decimal(3))))
    )
    assert parse_condition("tier＝'金卡'") == Attribute("tier", Compare("=", "金卡"))
    assert parse_condition("tier！＝'金卡'") == Attribute("tier", Compare("!=", "金卡"))


def test_text_in_quotes_stays_as_it_was_written() -> None:
    assert parse_condition("name = '（限量），「買一送一」：＝'") == Attribute(
        "name", Compare("=", "（限量），「買一送一」：＝")
    )
    assert parse_condition("sku = '007'") == Attribute("sku", Compare("=", "007"))


def test_a_keyword_is_a_plain_name_where_no_keyword_can_stand() -> None:
    assert parse_condition("in segment within") == InSegment("within")
    assert parse_condition("purchase where last = 'x'") == EventCount(
        EventQuery("purchase", where=Property("last", Compare("=", "x"))), ">=", 1
    )
    assert parse_condition("notable = 'x'") == Attribute("notable", Compare("=", "x"))


def test_every_name_knows_its_column() -> None:
    tree = parse_condition("tier = 'a' and\n  not in segment employees and click of sale where button = 'x'")
    assert isinstance(tree, All)
    first, second, third = tree.parts
    assert isinstance(first, Attribute)
    assert first.column == 0
    assert isinstance(second, Not)
    assert isinstance(second.part, InSegment)
    assert second.part.column == 32
    assert isinstance(third, EventCount)
    assert third.query.column == 46
    assert third.query.of_column == 55
    assert isinstance(third.query.where, Property)
    assert third.query.where.column == 66


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("follow", EventQuery("follow")),
        ("click of welcome_hello", EventQuery("click", "welcome_hello")),
        ("message where text = '預約'", EventQuery("message", where=Property("text", Compare("=", "預約")))),
        ("follow where source = 'a' and ref is known or source = 'b'",
         EventQuery("follow", where=AnyOf((
             All((Property("source", Compare("=", "a")), Property("ref", Known()))),
             Property("source", Compare("=", "b")),
         )))),
    ],
)  # fmt: skip
def test_an_event_pattern_is_read_to_its_query(text: str, expected: EventQuery) -> None:
    assert parse_event(text) == expected


MISREAD = [
    ("", 0, "這裡要寫條件，但是空的。", "這裡可以寫：名稱、（、days、entry、finished、in、is、message…。"),
    ("tier = 金卡", 7, "這裡看不懂「金卡」。", "文字請加單引號：'金卡'。"),
    ("tier == '金卡'", 6, "這裡看不懂「=」。", "等於只寫一個 =。"),
    ('tier = "金卡"', 7, '這裡看不懂「"金卡"」。', "文字請放在成對的單引號裡：'金卡'。"),
    ("tier = '金卡", 7, "這裡看不懂「'金卡」。", "文字請放在成對的單引號裡：'金卡'。"),
    ("purchase witin 30 days", 9, "這裡看不懂「witin」。", "是否要寫「within」？"),
    ("purchase within 30 dayz", 19, "這裡看不懂「dayz」。", "是否要寫「days」？"),
    ("purchase within 0 days", 16, "「0 days」不是時間長度。",
     "請寫大於 0 的整數和單位，例如 30 minutes、24 hours、1 day、2 weeks、3 months。"),
    ("purchase at least two times", 18, "這裡看不懂「two」。", "這裡可以寫：數字。"),
    ("purchase at least 1.5 times", 18, "「1.5」不是次數。", "請寫整數，例如 2。"),
    ("purchase AND click", 9, "這裡看不懂「AND」。", "是否要寫「and」？"),
    ("(purchase", 9, "條件到這裡就斷了。", "這裡可以寫：）。"),
    ("purchase)", 8, "這裡看不懂「)」。", "條件在這之前就該結束。"),
    ("birthday = 2026-02-30", 11, "日曆上沒有 2026-02-30 這一天。", "日期寫成 2026-12-05。"),
    ("Purchase", 0, "這裡看不懂「Purchase」。", "名稱只能用小寫英文、數字與底線；文字請加單引號。"),
    ("top 5 by purchase", 4, "這裡看不懂「5」。", "這裡可以寫：百分比，例如 5%。"),
    ("top 0% by purchase", 4, "「0%」不是一個比例。", "請寫大於 0%、最多 100%，例如 top 5% by …。"),
    ("rfm recncy >= 4", 4, "這裡看不懂「recncy」。", "是否要寫「recency」？"),
    ("purchase todya", 9, "這裡看不懂「todya」。", "是否要寫「today」？"),
    ("is fiend", 3, "這裡看不懂「fiend」。", "是否要寫「friend」？"),
    ("nps is promoter", 7, "這裡看不懂「promoter」。", "這裡可以寫：known、not、today。"),
    ("tag " + "a" * 31, 4, f"名稱「{'a' * 31}」太長，最多 30 個字元。", ""),
    ("tag vip and " * 400 + "tag vip", None, "條件太長：4807 字，最多 4000 字。",
     "請把一部分改成分群，再寫 in segment …。"),
    ("not " * 300 + "tag vip", None, "條件的括號或 not 套得太深。", "請把一部分改成分群，再寫 in segment …。"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "what", "write"), MISREAD)
def test_what_cannot_be_read_is_told_with_column_and_cure(text: str, column: int | None, what: str, write: str) -> None:
    with pytest.raises(Miswritten) as caught:
        parse_condition(text)
    assert (caught.value.column, caught.value.what.zh, caught.value.write.zh) == (column, what, write)


def test_the_sentence_is_there_in_english_too() -> None:
    with pytest.raises(Miswritten) as caught:
        parse_condition("purchase witin 30 days")
    assert str(caught.value) == "“witin” cannot stand here. Did you mean “within”?"


def test_an_event_pattern_has_no_window() -> None:
    with pytest.raises(Miswritten) as caught:
        parse_event("purchase within 3 days")
    assert (caught.value.column, caught.value.what.en) == (9, "“within” cannot stand here.")


def test_the_tables_of_the_parser_are_kept_where_bytecode_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert grammar._tables() is None

    kept = Path(importlib.util.cache_from_source(grammar.__file__)).with_name("conditions.lark.tables")
    kept.parent.mkdir(parents=True)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert grammar._tables() == str(kept)
    grammar._parser.__wrapped__()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert kept.exists()
    assert grammar._tables() == str(kept)

    kept.write_bytes(b"half of i")  # whoever wrote it was killed
    read = grammar._parser.__wrapped__().parse("follow where source = 'qr'", start="event")
    assert read == parse_event("follow where source = 'qr'")

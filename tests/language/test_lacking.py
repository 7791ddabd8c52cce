"""What check says where a word, a block or items are not there: always with what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from journey_engine.language import lacking
from journey_engine.language.words import Words, did_you_mean
from tests.language.conftest import Told

Spoil = Callable[[str, str, str], Told]
STEP = "  greet: {send: hello}\n"
SPOILT = {
    "a branch of one way": (
        "  choose: {branch: [{if: purchase, do: {vip_tag: {tag: vip}}}]}\n",
        [("11:20", "branch 至少要有兩條路，最後一條是 otherwise。", "請在最後加上 - otherwise: 和 do。")],
    ),
    "a split of one arm": (
        "  choose: {split: {a: {share: 100%, do: {vip_tag: {tag: vip}}}}}\n",
        [("11:19", "split 至少要有兩組。", "請再加一組，例如 b: {share: 50%, do: …}。")],
    ),
    "a length that is empty in braces": (
        "  rest: {wait: }\n",
        [("11:10", "冒號後面沒有內容。", "請填上內容，或刪掉它。")],
    ),
    "a team that is empty is told once": (
        "  rest: {hand_off: }\n",
        [("11:10", "冒號後面沒有內容。", "請填上內容，或刪掉它。")],
    ),
    "a window misspelt is told once": (
        '  rest: {wait: {windows: "10:00-20:00"}}\n',
        [("11:17", "「wait」裡不能寫「windows」。", "是否要寫「window」？")],
    ),
    "an offset in words": (
        "  rest: {wait: {date: birthday, offset: 3 days before}, do: {vip_tag: {tag: vip}}}\n",
        [("11:41", "「3 days before」不是前後多久。", "之前寫 -3 days，之後寫 2 hours。")],
    ),
}


@pytest.mark.parametrize(("written", "told"), SPOILT.values(), ids=SPOILT)
def test_what_is_not_there_is_told_with_what_to_write(written: str, told: Told, spoilt: Spoil) -> None:
    found = spoilt("welcome.yaml", STEP, STEP + written)
    assert [(place.removeprefix("welcome.yaml:"), what, write) for place, what, write in found] == told


def test_a_rule_written_as_a_text_is_shown_as_a_block(spoilt: Spoil) -> None:
    told = spoilt("welcome.yaml", "leave: {if: purchase since entry}", "leave: purchase since entry")
    assert [(what, write) for _, what, write in told] == [
        ("這裡要寫下一層的「名稱: 內容」。", "例如寫 leave: {if: refund since entry}。")
    ]


def test_examples_of_missing_words_read_alike_in_both_languages() -> None:
    assert lacking.word("then")[1] == Words("請加上 then: stay（或 leave）。", "Add then: stay (or leave)")
    assert lacking.word("sample")[1] == Words("請加上 sample: 4000。", "Add sample: 4000")
    assert lacking.word("of")[1] == Words("請加上 of: 名稱。", "Add of: NAME")


def test_two_words_are_offered_where_one_letter_decides() -> None:
    assert did_you_mean("sent", ["send", "set", "stop"]) == Words(
        "是否要寫「set」或「send」？",
        "Did you mean “set” or “send”?",
    )
    assert did_you_mean("untill", ["until", "on", "wait"]) == Words("是否要寫「until」？", "Did you mean “until”?")

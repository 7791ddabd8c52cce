from __future__ import annotations

from collections.abc import Callable

import pytest

from journey_engine.language.check import check
from tests.language.conftest import Told

SOUND = """
scenario: 一切都好
journey: welcome
member: {name: 小美, tier: 金卡, zone: America/New_York}
given: {holdout: no}
story:
  - {at: "day 0 10:00", happens: follow}
  - {at: "day 0 11:00", happens: purchase, with: {value: "72.5"}}
  - {at: "day 1 10:00", happens: joined_segment, of: lapsed}
  - {at: "day 1 10:00", happens: left_segment, of: lapsed}
  - {at: "day 2 10:00", happens: click, of: hello, with: {button: look}, expect: {tags: [keen]}}
"""


def test_a_sound_scenario_is_read_with_its_place(spoilt: Callable[[str, str, str], Told], project) -> None:
    assert spoilt("scenarios/one.yaml", "", SOUND) == []

    checked = check(project)
    assert [one.scenario for one in checked.scenarios] == ["一切都好"]
    assert [(page.file, page.place(("story", 2, "at")).line) for page in checked.pages] == [
        ("journeys/scenarios/one.yaml", 8)
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("America/New_York", "Mars/Base", ("3:36", "沒有「Mars/Base」這個時區。", "例如 Asia/Taipei。")),
        ("tier: 金卡", "tier: 白金", ("3:26", "tier 沒有「白金」這個值。", "可以是：一般、金卡。")),
        ('"72.5"', "七十", ("7:58", "「七十」不是數字。", '例如 "72.5"。')),
        ("button: look", "button: buy", ("10:67", "按鈕「buy」不存在。", "已有的是：look。")),
        ("happens: joined_segment", "happens: left_segment", ("8:34", "這時不在分群 lapsed 裡。", "")),
        ("happens: left_segment", "happens: joined_segment", ("9:34", "這時已經在分群 lapsed 裡。", "")),
    ],
)
def test_what_cannot_happen_is_told_where_it_stands(
    spoilt: Callable[[str, str, str], Told], old: str, new: str, told: tuple[str, str, str]
) -> None:
    place, what, cure = told
    found = spoilt("scenarios/one.yaml", "", SOUND.replace(old, new))

    assert found[:1] == [(f"scenarios/one.yaml:{place}", what, cure)]


def test_two_scenarios_of_one_name_are_told_apart(spoilt: Callable[[str, str, str], Told]) -> None:
    assert spoilt("scenarios/one.yaml", "", f"{SOUND}---{SOUND}") == [
        ("scenarios/one.yaml:12:11", "已經有一個情境叫「一切都好」（journeys/scenarios/one.yaml:1）。", "請換個說法。")
    ]

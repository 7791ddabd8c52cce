"""The words of a story beyond events: dates, changes, consents, stages, other journeys, and what may be expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest

from journey_engine.language.check import check
from journey_engine.language.scenario import Moment, story_day
from tests.language.conftest import Told

SOUND = """
scenario: 什麼都說得出來
journey: welcome
beside: [welcome]
member: {name: 小美, tier: 金卡, birthday: day 12}
consents: {promotion: no}
tags: [keen +2 for 30 days]
story:
  - {at: "day -30 10:00", happens: purchase, with: {value: "72.5"}}
  - {at: "day 0 10:00", happens: follow, expect: {skips: [hello], until: "day 1 10:00", outside: welcome}}
  - {at: "day 1 10:00", changes: {tier: 一般, birthday: 1990-06-15}, consents: {promotion: yes}}
  - {at: "day 2 10:00", happens: stage_changed, of: retain}
  - {at: "day 3 10:00", happens: enter, of: welcome, with: {anything: goes}}
  - {at: "day 4 10:00", expect: {attributes: {tier: 一般}, hand_off: 客服組, key: O1}}
"""


def test_all_of_it_is_read(spoilt: Callable[[str, str, str], Told], project) -> None:
    assert spoilt("scenarios/one.yaml", "", SOUND) == []

    scenario = check(project).scenarios[0]
    assert scenario.consents == {"promotion": False}
    assert [grant.text for grant in scenario.tags] == ["keen +2 for 30 days"]
    assert scenario.story[0].at == Moment(-30, time(10))
    assert str(scenario.story[0].at) == "day -30 10:00"
    assert [moment.is_something for moment in scenario.story] == [True, True, True, True, True, False]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("beside: [welcome]", "beside: [welcom]", ("3:10", "旅程「welcom」不存在。", "相近的有：welcome。")),
        ("birthday: day 12", "birthday: 六月", (
            "4:40", "「六月」不是日期。", "寫成 1990-06-15，或從故事開始算起的 day 15。")),
        ("{tier: 一般, b", "{teir: 一般, b", ("10:35", "屬性「teir」不存在。", "相近的有：tier。")),
        ("of: retain", "of: retan", ("11:53", "階段「retan」不存在。", "相近的有：retain。")),
        (", of: retain", "", ("11:34", "這裡要寫是哪個階段。", "請加上 of: 階段名稱。")),
        ("of: welcome, with", "of: welcom, with", ("12:45", "旅程「welcom」不存在。", "相近的有：welcome。")),
        ("skips: [hello]", "skips: [helo]", ("9:59", "訊息「helo」不存在。", "相近的有：hello。")),
        ("attributes: {tier: 一般}", "attributes: {tier: 白金}", (
            "13:53", "tier 沒有「白金」這個值。", "可以是：一般、金卡。")),
        ("outside: welcome", "outside: welcom", ("9:98", "旅程「welcom」不存在。", "相近的有：welcome。")),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_where_it_stands(
    spoilt: Callable[[str, str, str], Told], old: str, new: str, told: tuple[str, str, str]
) -> None:
    place, what, cure = told
    assert old in SOUND
    found = spoilt("scenarios/one.yaml", "", SOUND.replace(old, new))

    assert found[:1] == [(f"scenarios/one.yaml:{place}", what, cure)]


@pytest.mark.parametrize(
    ("text", "day"),
    [("day 30", (30, None)), ("day  -2", (-2, None)), ("day 3 14:05", (3, time(14, 5))), ("1990-06-15", None)],
)
def test_a_day_of_the_story_may_stand_for_a_date_or_a_time(text: str, day: tuple[int, time | None] | None) -> None:
    assert story_day(text) == day

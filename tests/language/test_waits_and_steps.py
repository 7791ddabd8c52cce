"""What check says of waits for days, hours and dates, of attributes that are set, and of what people are handed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from journey_engine.language.check import check
from tests.language.conftest import SOUND, Told

Checks = Callable[..., Told]
TAIWAN = "calendar: {country: TW, closed: [2026-12-24], open: [2026-12-26]}"


@pytest.fixture
def told(project: Path) -> Checks:
    """What check says when the journey begins with this step, and the policy ends with these lines."""

    def look(step: str, policy: str = TAIWAN, english: bool = False) -> Told:
        text = SOUND["policy"].replace("zh-TW", "en") if english else SOUND["policy"]
        (project / "journeys" / "policy.yaml").write_text(f"{text.lstrip()}{policy}\n")
        steps = SOUND["welcome"].lstrip().replace("steps:\n", f"steps:\n  first: {step}\n")
        (project / "journeys" / "welcome.yaml").write_text(steps)
        found = check(project).findings
        return [(f"{f.file}:{f.line}:{f.column}".removeprefix("journeys/"), f.text, f.cure) for f in found]

    return look


@pytest.mark.parametrize(
    "step",
    [
        "{wait: 1 day, until: '10:00', on: workdays}",
        "{wait: '18:30', on: [mon, thu]}",
        "{wait: {window: '22:00-02:00'}, on: weekends}",
        "{wait: 3 days, count: since entry}",
        "{wait: {date: birthday, offset: -3 days, at: '10:00', every: year}, do: {hi: {send: hello}}}",
        "{wait: {first_of: [{until: handed_back where team = 'care'}], at_most: 1 day}, count: since entry}\n"
        "  ask: {hand_off: care, note: 請致電}",
        "{set: {tier: 金卡, name: entry.source, birthday: '1990-05-20'}}",
        "{send: hello, expires: 13 hours}",
        "{send: hello, expires: 1 hour, quiet: skip}",
    ],
)
def test_what_is_sound_is_not_complained_of(told: Checks, step: str) -> None:
    assert told(step) == []


WRONG = {
    "an hour beside a clock time": (
        "{wait: '10:00', until: '11:00'}",
        [("welcome.yaml:10:26", "「until」只能和「wait: 1 day」一起用。", "請刪掉它。")],
    ),
    "days beside events": (
        "{wait: {first_of: [{until: follow}]}, at_most: 1 day, on: weekdays}",
        [("welcome.yaml:10:64", "「on」只能和「wait: 1 day」一起用。", "請刪掉它。")],
    ),
    "since entry beside a date": (
        "{wait: {date: birthday}, count: since entry}",
        [("welcome.yaml:10:35", "「count」只能和「wait: 1 day」一起用。", "請刪掉它。")],
    ),
    "a way on beside a length": (
        "{wait: 1 day, do: {hi: {send: hello}}}",
        [("welcome.yaml:10:24", "「do」只能和「wait: {date: birthday}」一起用。", "請刪掉它。")],
    ),
    "no day at all": (
        "{wait: 1 day, on: []}",
        [("welcome.yaml:10:28", "on 一天也沒有，永遠等下去。", "請寫 weekdays、workdays 或 [mon, thu]。")],
    ),
    "an empty window": (
        "{wait: {window: '10:00-10:00'}}",
        [("welcome.yaml:10:26", "window 的開始和結束一樣。", '例如 "10:00-20:00"；整天都可以就不必寫 window。')],
    ),
    "a date of an attribute nobody declared": (
        "{wait: {date: birthdy}}",
        [("welcome.yaml:10:24", "屬性「birthdy」不存在。", "相近的有：birthday。")],
    ),
    "a date that is a text": (
        "{wait: {date: tier}}",
        [("welcome.yaml:10:24", "「tier」的類型是 text，不是日期。",
          "請在 schema.yaml 把它的 type 寫成 date 或 time。")],
    ),
    "a date of the entry that is none": (
        "{wait: {date: entry.source, every: year}}",
        [
            ("welcome.yaml:10:24", "「entry.source」的類型是 text，不是日期。",
             "請在 schema.yaml 把它的 type 寫成 date 或 time。"),
            ("welcome.yaml:10:38", "every: year 只用於會員屬性的日期，進入事件的日期只有一次。", ""),
        ],
    ),
    "a date the entry does not bring": (
        "{wait: {date: entry.sauce}}",
        [("welcome.yaml:10:24", "事件屬性「sauce」不存在。", "相近的有：source。")],
    ),
    "what people give back though nobody hands off": (
        "{wait: {first_of: [{until: handed_back}], at_most: 1 day}}",
        [("welcome.yaml:10:37", "沒有任何步驟會 hand_off，「handed_back」不會發生。", "請先加上 hand_off 步驟。")],
    ),
    "a team without a name": (
        "{hand_off: ''}",
        [("welcome.yaml:10:21", "hand_off 沒有寫交給哪個團隊。", "例如 hand_off: 客服。")],
    ),
    "an attribute nobody declared": (
        "{set: {teir: 金卡}}",
        [("welcome.yaml:10:17", "屬性「teir」不存在。", "相近的有：tier。")],
    ),
    "a value that is not among the values": (
        "{set: {tier: 白金}}",
        [("welcome.yaml:10:23", "「tier」不會是「白金」。", "可能的值：一般、金卡。")],
    ),
    "a value that is no date": (
        "{set: {birthday: 20 May}}",
        [("welcome.yaml:10:27", "「20 May」不是屬性「birthday」的值。", "請寫日期，例如 2026-12-05。")],
    ),
    "a value of the entry that is no date": (
        "{set: {birthday: entry.source}}",
        [("welcome.yaml:10:27", "「entry.source」是 text，放不進屬性「birthday」（date）。", "")],
    ),
    "a value the entry does not bring": (
        "{set: {name: entry.sauce}}",
        [("welcome.yaml:10:23", "事件屬性「sauce」不存在。", "相近的有：source。")],
    ),
    "a message that does not live through the night": (
        "{send: hello, expires: 12 hours}",
        [("welcome.yaml:10:33", "expires 只有 12 hours，比靜音時段（12 小時）短：靜音前沒送出的會作廢。",
          "請把 expires 加長，或改用 quiet: skip。")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("step", "expected"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_told_with_its_place_and_cure(told: Checks, step: str, expected: Told) -> None:
    assert told(step) == expected


def test_working_days_of_no_country_are_only_weekends(told: Checks) -> None:
    cure = "請加上 calendar: {country: TW}，或改寫 on: weekdays。"
    found = [("welcome.yaml:10:28", "policy.yaml 沒有寫 calendar 的 country，workdays 只會避開週末。", cure)]
    assert told("{wait: 1 day, on: workdays}", "") == found


CALENDARS = {
    "a country that is none": (
        "calendar: {country: TX}", "policy.yaml:5:21", "The public holidays of “TX” are not known.",
    ),
    "a day that is open and closed": (
        "calendar: {closed: [2026-12-24], open: [2026-12-24]}", "policy.yaml:5:41",
        "2026-12-24 is both open and closed.",
    ),
    "a day nobody will see": (
        "calendar: {closed: [2099-12-24]}", "policy.yaml:5:21", "2099-12-24 lies outside of the calendar.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("policy", "place", "text"), CALENDARS.values(), ids=CALENDARS)
def test_a_calendar_that_cannot_be_is_told(told: Checks, policy: str, place: str, text: str) -> None:
    assert [(where, what) for where, what, _ in told("{wait: 1 day}", policy, english=True)] == [(place, text)]


def test_a_circle_through_waits_that_may_be_passed_at_once_is_one(told: Checks) -> None:
    step = "{wait: {date: birthday}, otherwise: {do: {back: {go_to: welcome}}}}"
    assert [what for _, what, _ in told(step)] == ["旅程繞成一圈，中間沒有等待：welcome → welcome。"]
    assert [what for _, what, _ in told("{wait: {window: '10:00-20:00'}}\n  back: {go_to: welcome, if: tag keen}")] == [
        "旅程繞成一圈，中間沒有等待：welcome → welcome。"
    ]

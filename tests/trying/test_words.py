"""What a story can tell and expect beyond events and sends, each on a project of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine.language.check import check
from journey_engine.sandbox.beside import Sandbox
from journey_engine.trying import trial
from journey_engine.trying.cast import cast_of
from journey_engine.trying.telling import timeline
from journey_engine.trying.theatre import Theatre

FILES = {
    "schema": """
attributes:
  tier: {type: text, values: [一般, 金卡]}
  renews_on: {type: date}
events:
  purchase: {live: yes, value: money, key: order_id}
  booked: {live: yes, key: booking_id, properties: {starts_at: time}}
""",
    "stages": """
stages:
  - {stage: buyer, if: purchase within 30 days}
  - {stage: other, otherwise: true}
""",
    "policy": """
zone: Asia/Taipei
endpoints: {crm: {url: "https://crm.example.com/hook"}}
""",
    "segments/regulars": """
segment: regulars
title: 常客
is: purchase at least 2 times within 30 days
""",
    **{
        f"messages/{name}": f"message: {name}\ntitle: 訊息\ntopic: {topic}\nsay: [{{text: 您好}}]\n"
        for name, topic in (("hello", "service"), ("offer", "promotion"))
    },
    "asks": """
journey: asks
title: 問問系統
status: draft
enter: {by: api, again: after exit}
steps:
  ask:
    call: crm
    failed:
      do:
        people: {hand_off: 客服組}
        sorry: {stop: 沒有回應}
  mark: {set: {tier: 金卡}}
  greet: {send: hello}
  deal: {send: offer}
""",
    "buyers": """
journey: buyers
title: 成為買家
status: live
enter: {stage: buyer, again: never}
steps:
  greet: {send: hello}
  on: {go_to: after_buyers}
""",
    "after_buyers": """
journey: after_buyers
title: 之後
status: live
enter: {on: joined_segment of regulars, again: after exit}
steps:
  greet: {send: hello}
""",
    "yearly": """
journey: yearly
title: 到期
status: live
enter: {date: {of: renews_on, offset: -3 days, at: "10:00", late: now}, again: after exit}
steps:
  greet: {send: hello}
""",
    "visits": """
journey: visits
title: 預約
status: live
enter: {on: booked, again: per booking_id}
steps:
  before:
    wait: {date: entry.starts_at, offset: -1 day}
    do:
      remind: {send: hello}
""",
    "aloof": """
journey: aloof
title: 無關的旅程
status: live
enter: {on: purchase, again: after exit}
steps:
  greet: {send: offer}
""",
    "scenarios/all": """
- scenario: 系統回應了就升級
  journey: asks
  member: {tier: 一般}
  story:
    - {at: "day 0 10:00", happens: enter, of: asks, expect: {calls: [crm], attributes: {tier: 金卡}}}
- scenario: 系統拒絕就交給客服
  journey: asks
  given: {crm: fails}
  story:
    - {at: "day 0 10:00", happens: enter, of: asks, expect: {calls: [crm], hand_off: 客服組, finished: asks, sends: []}}
- scenario: 系統不回應就等
  journey: asks
  given: {crm: silent}
  story:
    - {at: "day 0 10:00", happens: enter, of: asks, expect: {calls: [crm], at: ask, until: "day 1 10:00"}}
    - {at: "day 1 10:00", expect: {hand_off: 客服組}}
- scenario: 不收促銷的人，後來又收了
  journey: asks
  consents: {promotion: no}
  story:
    - {at: "day 0 10:00", happens: enter, of: asks, expect: {sends: [hello], skips: [offer]}}
    - {at: "day 1 10:00", consents: {promotion: yes}}
    - {at: "day 1 11:00", happens: enter, of: asks, expect: {sends: [hello, offer], skips: []}}
- scenario: 說了階段就照說的，並轉到下一個
  journey: buyers
  story:
    - {at: "day 0 10:00", happens: stage_changed, of: other, expect: {outside: buyers}}
    - {at: "day 3 10:00", happens: stage_changed, of: buyer, expect: {sends: [hello, hello], finished: after_buyers}}
- scenario: 階段也可以等夜裡自己算
  journey: buyers
  story:
    - {at: "day 0 10:00", happens: purchase, with: {order_id: O1, value: "10"}, expect: {sends: []}}
    - {at: "day 1 10:00", expect: {finished: buyers}}
- scenario: 加入分群也是事件
  journey: after_buyers
  story:
    - {at: "day 0 10:00", happens: joined_segment, of: regulars, expect: {sends: [hello]}}
- scenario: 無關的旅程不上場
  journey: buyers
  story:
    - {at: "day 0 10:00", happens: purchase, with: {order_id: O1, value: "10"}}
    - {at: "day 2 10:00", expect: {sends: [hello, hello]}}
- scenario: 一起上場的旅程
  journey: buyers
  beside: [aloof]
  story:
    - {at: "day 0 10:00", happens: purchase, with: {order_id: O1, value: "10"}, expect: {sends: [offer]}}
- scenario: 日期到了就進入，改了日期再算一次
  journey: yearly
  member: {renews_on: day 5}
  story:
    - {at: "day 1 12:00", expect: {outside: yearly}}
    - {at: "day 2 10:00", expect: {sends: [hello]}}
    - {at: "day 10 15:00", changes: {renews_on: day 12}, expect: {sends: [hello], finished: yearly}}
- scenario: 從前的事只是從前的事
  journey: aloof
  story:
    - {at: "day -20 10:00", happens: purchase, with: {order_id: O0, value: "10"}}
    - {at: "day 0 10:00", expect: {sends: [], outside: aloof}}
- scenario: 每個預約各看各的
  journey: visits
  story:
    - {at: "day 0 10:00", happens: booked, with: {booking_id: B1, starts_at: "day 3 15:00"}}
    - {at: "day 0 11:00", happens: booked, with: {booking_id: B2, starts_at: "day 9 09:30"}}
    - {at: "day 2 15:00", expect: {sends: [hello], key: B1, finished: visits}}
    - {at: "day 2 15:00", expect: {key: B2, at: before, until: "day 8 09:30"}}
""",
}


def written(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / "journeys" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return folder


class Told:
    def __init__(self, folder: Path, engine: Engine, sandbox: Sandbox) -> None:
        checked = check(written(folder))
        assert [str(finding) for finding in checked.errors] == []
        self.project, scenarios = trial.told(checked)
        self.theatre = Theatre(engine, sandbox, self.project)
        self.by_name = {one.scenario.scenario: one for one in scenarios}


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], Engine], running_sandbox: Sandbox
) -> Told:
    return Told(tmp_path_factory.mktemp("words"), make_database(), running_sandbox)


@pytest.mark.parametrize(
    "name",
    [
        line.partition("scenario: ")[2]
        for line in FILES["scenarios/all"].splitlines()
        if line.startswith("- scenario: ")
    ],
)
def test_it_comes_as_told(told: Told, name: str) -> None:
    done = trial.run(told.theatre, told.by_name[name])

    assert done.holds, "\n" + timeline(done, told.project, "zh-TW")


def test_what_is_not_so_is_told_with_what_was(told: Told) -> None:
    one = told.by_name["系統拒絕就交給客服"]
    wrong = one.scenario.story[0].model_copy(
        update={
            "expect": one.scenario.story[0].expect.model_copy(
                update={"hand_off": "專員", "skips": ("hello",), "attributes": {"tier": "金卡"}, "until": None}
            )
        }
    )
    changed = trial.Told(one.scenario.model_copy(update={"story": (wrong,)}), one.page)

    lines = timeline(trial.run(told.theatre, changed), told.project, "zh-TW").split("\n")

    assert [line.strip().partition("  (")[0] for line in lines if "✗" in line][1:] == [
        "✗ skips: 期待 [hello]，實際 []",
        "✗ hand_off: 期待 專員，實際 [客服組]",
        "✗ attributes: 期待 {tier: 金卡}，實際 {}",
    ]


def test_a_story_is_played_by_its_journey_and_those_it_leads_to(told: Told) -> None:
    casts = {name: cast_of(told.project, one.scenario) for name, one in told.by_name.items()}

    assert casts["無關的旅程不上場"] == {"buyers", "after_buyers"}
    assert casts["一起上場的旅程"] == {"buyers", "after_buyers", "aloof"}
    assert casts["系統不回應就等"] == {"asks"}

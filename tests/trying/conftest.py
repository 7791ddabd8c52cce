"""A small project with stories, some of which expect what does not come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine.language.check import check
from journey_engine.language.words import Language
from journey_engine.sandbox.beside import Sandbox
from journey_engine.trying import trial
from journey_engine.trying.telling import timeline
from journey_engine.trying.theatre import Theatre

FILES = {
    "schema": """
attributes:
  name: {type: text}
events:
  purchase: {value: money}
""",
    "stages": """
stages:
  - {stage: buyer, if: purchase within 30 days}
  - {stage: other, otherwise: true}
""",
    "policy": """
language: zh-TW
zone: Asia/Taipei
quiet_hours: "21:00-09:00"
caps: {promotion: 1 per day}
""",
    "segments/regulars": """
segment: regulars
title: 常客
is: purchase at least 2 times within 30 days
""",
    "messages/hello": """
message: hello
title: 歡迎
topic: service
say: [{text: 您好}]
quick_replies: [{label: 看看, taps: look}]
""",
    "messages/offer": """
message: offer
title: 優惠
topic: promotion
say: [{text: 全館八折}]
""",
    "welcome": """
journey: welcome
title: 歡迎
status: live
enter: {on: follow, again: never}
leave: {if: purchase since entry}
goal: {if: purchase, within: 14 days, then: stay}
holdout: 50%
steps:
  greet: {send: hello}
  look:
    wait:
      first_of: [{until: click of hello, do: {mark: {tag: keen}}}]
    at_most: 2 days
  lot:
    split:
      rich: {share: 1%, do: {bid: {send: offer}}}
      poor: {share: 99%}
  on: {go_to: club}
""",
    "club": """
journey: club
title: 常客
status: draft
enter: {joins: regulars, again: after exit}
steps:
  first: {send: offer}
  second: {send: offer}
  end: {stop: 完成}
""",
    "once": """
journey: once
title: 一次
status: live
enter: {at: {time: 2026-06-03 10:00, to: regulars}, again: never}
steps:
  first: {send: offer}
""",
    "segments/fans": """
segment: fans
title: 粉絲
is: purchase at least 9 times within 30 days
""",
    "thanks": """
journey: thanks
title: 感謝
status: live
enter: {joins: fans, again: never}
steps:
  now: {send: hello, if: stage is buyer}
  rest: {wait: 1 day}
  later: {send: hello, if: stage is buyer}
""",
    "scenarios/welcome": """
scenario: 期待太多
journey: welcome
member: {name: 小美}
given: {lot: rich}
story:
  - {at: "day 0 22:00", happens: follow, expect: {sends: [hello], at: greet}}
  - {at: "day 1 09:30", expect: {sends: [hello], tags: [keen], left: welcome, in: club}}
  - {at: "day 2 10:00", happens: click, of: hello, with: {button: look}, expect: {tags: [keen], finished: welcome}}
  - {at: "day 2 11:00", happens: follow, expect: {sends: [], goal: yes}}
---
scenario: 住在紐約的人早上九點收到
journey: welcome
member: {zone: America/New_York}
story:
  - {at: "day 0 22:00", happens: follow}
  - {at: "day 1 09:00", expect: {sends: [hello]}}
---
scenario: 對照組什麼都不會收到
journey: welcome
given: {holdout: yes}
story:
  - {at: "day 0 10:00", happens: follow, expect: {sends: []}}
  - {at: "day 0 12:00", happens: purchase, with: {value: "10"}, expect: {goal: yes}}
---
scenario: 同一刻買了又點，算離開
journey: welcome
story:
  - {at: "day 0 10:00", happens: follow, expect: {at: look}}
  - {at: "day 0 12:00", happens: purchase, with: {value: "10"}}
  - {at: "day 0 12:00", happens: click, of: hello, with: {button: look}}
  - {at: "day 0 12:00", expect: {left: welcome, goal: yes, tags: []}}
---
scenario: 封鎖過的人重新加入也不再歡迎
journey: welcome
story:
  - {at: "day 0 10:00", happens: follow}
  - {at: "day 0 12:00", happens: unfollow, expect: {left: welcome}}
  - {at: "day 0 13:00", happens: follow, expect: {sends: [], left: welcome, in: welcome}}
""",
    "scenarios/club": """
- scenario: 草稿也能試演，一天只收一次優惠
  journey: club
  story:
    - {at: "day 0 10:00", happens: joined_segment, of: regulars, expect: {sends: [offer], finished: club}}
    - {at: "day 0 18:00", happens: left_segment, of: regulars}
    - {at: "day 1 10:00", happens: joined_segment, of: regulars, expect: {sends: [offer]}}
- scenario: 沒有對照組的旅程演不出對照組
  journey: club
  given: {holdout: yes}
  story:
    - {at: "day 0 10:00", happens: joined_segment, of: regulars, expect: {sends: []}}
- scenario: 階段每晚重算
  journey: thanks
  story:
    - {at: "day 0 10:00", happens: purchase, with: {value: "10"}}
    - {at: "day 0 11:00", happens: joined_segment, of: fans, expect: {sends: [], at: rest}}
    - {at: "day 1 11:00", expect: {sends: [hello], finished: thanks}}
- scenario: 一次性的活動在指定時間進入
  journey: once
  story:
    - {at: "day 0 10:00", happens: joined_segment, of: regulars, expect: {sends: []}}
    - {at: "day 5 10:00", expect: {sends: [offer], finished: once}}
""",
}


def write(folder: Path, **changed: str) -> Path:
    """The files in a folder; `changed` by the name of a scenario file."""
    for name, text in {**FILES, **{f"scenarios/{name}": text for name, text in changed.items()}}.items():
        path = folder / "journeys" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


class Stories:
    """The scenarios of the small project by name, played one after the other in one theatre."""

    def __init__(self, folder: Path, engine: Engine, sandbox: Sandbox) -> None:
        self.project, told = trial.told(check(write(folder)))
        self.theatre = Theatre(engine, sandbox, self.project)
        self.by_name = {one.scenario.scenario: one for one in told}

    def play(self, name: str) -> trial.Trial:
        return trial.run(self.theatre, self.by_name[name])

    def told(self, name: str, language: Language = "zh-TW", come_as_expected: bool = True) -> list[str]:
        """The lines of its timeline below the two that say what it is."""
        done = self.play(name)
        assert done.holds == come_as_expected
        return timeline(done, self.project, language).split("\n")[2:]


@pytest.fixture(scope="module")
def stories(
    tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], Engine], running_sandbox: Sandbox
) -> Stories:
    return Stories(tmp_path_factory.mktemp("stories"), make_database(), running_sandbox)

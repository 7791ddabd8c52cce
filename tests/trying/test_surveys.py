"""Stories in which members answer surveys, played with the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine.language.check import check
from journey_engine.sandbox.beside import Sandbox
from journey_engine.trying import trial
from journey_engine.trying.telling import timeline
from journey_engine.trying.theatre import Theatre

MESSAGE = "message: {0}\ntitle: {0}\ntopic: service\nsay: [{{text: 您好}}]\n"
FILES = {
    "policy": "zone: Asia/Taipei\n",
    "schema": "attributes: {points: {type: number}, skin: {type: text}}\nevents: {bought: {live: yes}}\n",
    "stages": "stages: [{stage: all, otherwise: yes}]\n",
    "messages/thanks": MESSAGE.format("thanks"),
    "messages/sorry": MESSAGE.format("sorry"),
    "messages/oily": MESSAGE.format("oily"),
    "surveys/nps": """
survey: nps
title: 滿意度
cool_down: 30 days
questions: {recommend: {nps: 推薦嗎？, into: points}, why: {text: 為什麼？, skip: 略過}}
thanks: thanks
""",
    "surveys/quiz": """
survey: quiz
title: 膚質
questions:
  feel: {quiz: 洗完臉？, options: {tight: {label: 緊, points: 0}, fine: {label: 舒服, points: 3}}}
  shine: {quiz: 出油？, options: {never: {label: 不會, points: 0}, often: {label: 常常, points: 5}}}
bands: {dry: {from: 0, set: {skin: 乾}}, oily: {from: 5, tag: shiny, thanks: oily}}
thanks: thanks
""",
    "asks": """
journey: asks
title: 問
status: live
enter: {on: bought, again: after exit}
steps:
  ask:
    survey: nps
    at_most: 3 days
    answered: {do: {full: {tag: answered_all}}}
    otherwise: {do: {short: {tag: answered_not}}}
  ways:
    branch:
      - if: answer of nps.recommend <= 6 since entry
        do: {sorry: {send: sorry}}
      - otherwise:
  rest: {wait: 1 day}
""",
    "also": """
journey: also
title: 也問
status: live
enter: {on: bought, again: after exit}
steps:
  pause: {wait: 1 hour}
  ask: {survey: nps, at_most: 1 day}
""",
    "quizzes": """
journey: quizzes
title: 測
status: live
enter: {on: bought, again: after exit}
steps:
  ask: {survey: quiz, at_most: 3 days}
  ways:
    branch:
      - if: answer of quiz since entry where result = 'oily'
        do: {label: {tag: oily_way}}
      - otherwise:
""",
    "scenarios/all": """
- scenario: 答完一題才問下一題，隔兩天也接得上
  journey: asks
  story:
    - {at: "day 0 10:00", happens: bought, expect: {sends: [nps_recommend], at: ask}}
    - {at: "day 0 11:00", answers: {nps_recommend: 9}, expect: {sends: [nps_why], at: ask, attributes: {points: "9"}}}
    - {at: "day 2 11:00", answers: {nps_why: 好吃}, expect: {sends: [thanks], tags: [answered_all], at: rest}}
- scenario: 時間到了，答過的照樣算
  journey: asks
  story:
    - {at: "day 0 10:00", happens: bought, expect: {sends: [nps_recommend]}}
    - {at: "day 0 11:00", happens: message, with: {text: 3 分}, expect: {sends: [nps_why]}}
    - {at: "day 3 10:00", expect: {sends: [sorry], tags: [answered_not], at: rest}}
    - {at: "day 3 12:00", answers: {nps_why: skip}, expect: {sends: [thanks]}}
- scenario: 重複點按只算第一次
  journey: asks
  story:
    - {at: "day 0 10:00", happens: bought}
    - {at: "day 0 11:00", answers: {nps_recommend: 2}}
    - {at: "day 0 11:01", happens: click, of: nps_recommend, with: {button: score_10}}
    - {at: "day 0 11:02", expect: {attributes: {points: "2"}}}
    - {at: "day 3 10:00", expect: {sends: [sorry]}}
- scenario: 超出範圍不是答案，只再問一次
  journey: asks
  story:
    - {at: "day 0 10:00", happens: bought, expect: {sends: [nps_recommend]}}
    - {at: "day 0 11:00", answers: {nps_recommend: 11}, expect: {sends: [nps_recommend], attributes: {}}}
    - {at: "day 0 12:00", answers: {nps_recommend: 12}, expect: {sends: [], at: ask}}
    - {at: "day 3 10:00", expect: {sends: [], tags: [answered_not]}}
- scenario: 另一個旅程剛問過就不再問
  journey: asks
  beside: [also]
  story:
    - {at: "day 0 10:00", happens: bought, expect: {sends: [nps_recommend], in: also}}
    - {at: "day 0 11:00", expect: {sends: [], finished: also}}
- scenario: 測驗的分數落在哪一級
  journey: quizzes
  story:
    - {at: "day 0 10:00", happens: bought, expect: {sends: [quiz_feel]}}
    - {at: "day 0 11:00", answers: {quiz_feel: fine}, expect: {sends: [quiz_shine]}}
    - {at: "day 0 12:00", answers: {quiz_shine: 常常}, expect: {sends: [oily], tags: [oily_way, shiny]}}
- scenario: 分數低的另有屬性
  journey: quizzes
  story:
    - {at: "day 0 10:00", happens: bought}
    - {at: "day 0 11:00", answers: {quiz_feel: tight}}
    - {at: "day 0 12:00", answers: {quiz_shine: never}, expect: {tags: [], attributes: {skin: 乾}, finished: quizzes}}
- scenario: 期待太多
  journey: asks
  story:
    - {at: "day 0 10:00", happens: bought}
    - {at: "day 0 11:00", answers: {nps_recommend: 9}, expect: {sends: [thanks]}}
""",
}
TITLES = [line.partition("scenario: ")[2] for line in FILES["scenarios/all"].splitlines() if "- scenario: " in line]


class Told:
    def __init__(self, folder: Path, engine: Engine, sandbox: Sandbox) -> None:
        for name, text in FILES.items():
            path = folder / "journeys" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip(), encoding="utf-8")
        self.project, told = trial.told(check(folder))
        self.theatre = Theatre(engine, sandbox, self.project)
        self.by_name = {one.scenario.scenario: one for one in told}

    def play(self, name: str) -> trial.Trial:
        return trial.run(self.theatre, self.by_name[name])


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], Engine], running_sandbox: Sandbox
) -> Told:
    return Told(tmp_path_factory.mktemp("surveys"), make_database(), running_sandbox)


@pytest.mark.parametrize("name", TITLES[:-1])
def test_it_comes_as_told(told: Told, name: str) -> None:
    done = told.play(name)

    assert done.holds, "\n" + timeline(done, told.project, "zh-TW")


def test_what_she_answered_stands_in_the_timeline(told: Told) -> None:
    assert timeline(told.play("期待太多"), told.project, "zh-TW").split("\n")[2:] == [
        "    day 0 10:00     發生 bought",
        "                    進入 asks",
        "                    ask_due：走 no accepted of nps_recommend within 30 days",
        "                    送出 nps_recommend（ask_sent）",
        "    day 0 11:00     發生 answer nps_recommend = 9",
        "                    送出 nps_why（nps）",
        "                    ✗ sends: 期待 [thanks]，實際 [nps_why]  (journeys/scenarios/all.yaml:51)",
    ]

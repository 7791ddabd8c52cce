"""A small project without a mistake, to be spoilt one word at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from journey_engine.language.check import check

SOUND = {
    "schema": """
attributes:
  name: {type: text}
  tier: {type: text, values: [一般, 金卡]}
  birthday: {type: date}
events:
  purchase: {title: 結帳, value: money, key: order_id, properties: {store: text}}
  refund: {title: 退貨, value: money}
""",
    "stages": """
stages:
  - {stage: retain, if: purchase at least 2 times within 180 days}
  - {stage: acquire, otherwise: true}
""",
    "policy": """
language: zh-TW
zone: Asia/Taipei
quiet_hours: "21:00-09:00"
caps: {promotion: 2 per day and 5 per 7 days}
""",
    "segments/lapsed": """
segment: lapsed
title: 六十天未回購
is: purchase and no purchase within 60 days
""",
    "messages/hello": """
message: hello
title: 歡迎
topic: service
say:
  - text: "{name|朋友}，您好"
quick_replies:
  - {label: 看看, taps: look}
""",
    "feeds/orders": """
feed: orders
from: {file: data/orders/*.csv}
arrives: daily
covers: {to: end of day, zone: Asia/Taipei}
suite: orders
member: {by: customer_number, from: customer, create: yes}
brings:
  - event: purchase
    at: {from: time, zone: Asia/Taipei}
    key: order_id
    value: amount
    properties: {store: store}
""",
    "welcome": """
journey: welcome
title: 歡迎
stage: acquire
status: live
enter: {on: follow, again: never}
leave: {if: purchase since entry}
goal: {if: purchase, within: 14 days, then: stay}
holdout: 10%
steps:
  greet: {send: hello}
  look:
    wait:
      first_of:
        - until: click of hello where button = 'look'
          do: {mark: {tag: keen}}
      at_most: 2 days
  which:
    branch:
      - if: tag keen
        do: {again_: {send: hello}}
      - otherwise:
""",
}

Told = list[tuple[str, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of the sound project."""
    for name, text in SOUND.items():
        path = tmp_path / "journeys" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "orders.json").write_text("{}")
    return tmp_path


@pytest.fixture
def spoilt(project: Path) -> Callable[[str, str, str], Told]:
    """Replaces words in one file (or writes a new file, if there are none to replace) and gives what check then says,
    as (file:line:column, what, cure)."""

    def spoil(file: str, old: str, new: str) -> Told:
        path = project / "journeys" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert not old or text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new) if old else new.lstrip("\n"), encoding="utf-8")
        findings = check(project).findings
        return [(f"{f.file}:{f.line}:{f.column}".removeprefix("journeys/"), f.text, f.cure) for f in findings]

    return spoil

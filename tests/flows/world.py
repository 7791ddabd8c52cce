"""A small brand for the flow tests: one journey with a send, a wait and a branch, one feed, and friends who follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from journey_engine import planning
from journey_engine.language.read import load_project

EVE = datetime(2026, 11, 20, 3, tzinfo=UTC)  # 11:00 in Taipei
NOON = EVE + timedelta(hours=1)

FILES = {
    "journeys/schema.yaml": """
attributes:
  tier: {type: text}
events:
  purchase: {title: 結帳, value: money, key: order_id}
""",
    "journeys/policy.yaml": """
language: zh-TW
zone: Asia/Taipei
line: sandbox
""",
    "journeys/stages.yaml": """
stages:
  - {stage: acquire, otherwise: true}
""",
    "journeys/messages/hello.yaml": """
message: hello
title: 問候
topic: service
say:
  - text: |
      您好，歡迎加入！
quick_replies:
  - {label: 看看, taps: hello}
""",
    "journeys/welcome.yaml": """
journey: welcome
title: 新好友歡迎旅程
owner: 會員行銷組
status: live
enter: {on: follow, again: never}
goal: {if: click of hello, within: 7 days, then: stay}
steps:
  say_hello: {send: hello}
  interested:
    wait:
      first_of:
        - until: click of hello
          do:
            mark: {tag: keen for 90 days}
      at_most: 3 days
      otherwise:
        do:
          nudge: {send: hello}
  which:
    branch:
      - if: tag keen
        do:
          thank: {tag: thanked for 30 days}
      - otherwise:
""",
}


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip(), encoding="utf-8")


def go_live(conn: Connection, folder: Path, now: datetime = EVE) -> None:
    planning.apply(conn, planning.plan(conn, load_project(folder), now), "a test")


def follow(conn: Connection, count: int, at: datetime = NOON) -> None:
    """`count` friends who follow at `at`."""
    conn.execute(
        text("""
            with friends as (
                insert into members (member_key, created_at, changed_at)
                select 'friend ' || n, :at, :at from generate_series(1, :count) n returning id, member_key)
            , known as (insert into identities (kind, value, member_id)
                select 'line', 'U' || md5(member_key), id from friends)
            , befriended as (insert into friendships (member_id, status, changed_at)
                select id, 'friend', :at from friends)
            insert into events (member_id, name, at, source) select id, 'follow', :at, 'line' from friends
        """),
        {"count": count, "at": at},
    )

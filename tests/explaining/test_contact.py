"""What passed between a member and the account outside of journeys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import insert

from journey_engine.store.tables.delivery import intents
from tests.compiler.rows import at
from tests.explaining.conftest import WELCOME, Asked

Asking = Callable[..., Asked]


def contacts(stage: Asked, now: str) -> list[str]:
    told = stage.why(now)
    begin = told.index("與帳號的往來") + 1
    return told[begin : told.index("", begin)] if "" in told[begin:] else told[begin:]


def test_blocks_answers_and_sources_are_told_in_the_order_of_time(asked: Asking) -> None:
    stage = asked(WELCOME)
    stage.member("mei")
    stage.event("2026-03-02 10:00", "follow")
    stage.event("2026-03-02 10:01", "came_from", source="store_qr")
    stage.event("2026-03-02 10:02", "reply", of="price", message="hello")
    stage.event("2026-03-03 10:00", "unfollow")
    stage.event("2026-03-04 10:00", "follow", unblocked="yes")
    when = at("2026-03-02 10:02")
    with stage.engine.begin() as connection:
        row = {"journey": "replies", "step": "price", "member_id": stage.ids["mei"], "message": "hello", "at": when}
        skipped = {"status": "skipped", "reason": "no reply token", "settled_at": when}
        more = {"expires_at": when + timedelta(minutes=1), "priority": 100, "entry": {}, "free": True}
        connection.execute(insert(intents).values(**row, **more, **skipped))

    assert contacts(stage, "2026-03-05 12:00") == [
        "  2026-03-02（週一）10:00  加入好友",
        "  2026-03-02（週一）10:01  說是從「store_qr」來的",
        "  2026-03-02（週一）10:02  符合回覆規則「price」，回覆「歡迎」（沒有送出：過了可以免費回覆的時間）",
        "  2026-03-03（週二）10:00  封鎖帳號",
        "  2026-03-04（週三）10:00  解除封鎖",
    ]


def test_answers_to_surveys_are_told_with_what_followed(asked: Asking) -> None:
    stage = asked(WELCOME)
    stage.member("mei")
    answers = {"of": "nps", "kind": "nps"}
    stage.event("2026-03-02 10:00", "answer", **answers, question="recommend", answer="11", outside="yes")
    stage.event("2026-03-02 10:01", "answer", **answers, question="recommend", answer="9", band="promoter")
    stage.event("2026-03-02 10:02", "answer", of="nps", kind="text", question="why", done="yes")
    when = at("2026-03-02 10:01")
    with stage.engine.begin() as connection:
        row = {"journey": "replies", "step": "nps", "member_id": stage.ids["mei"], "message": "hello", "at": when}
        more = {"expires_at": when + timedelta(days=1), "priority": 100, "entry": {}, "free": False}
        connection.execute(insert(intents).values(**row, **more, status="skipped", reason="capped", settled_at=when))

    assert contacts(stage, "2026-03-05 12:00") == [
        "  2026-03-02（週一）10:00  問卷「nps」 recommend：11，不算回答",
        "  2026-03-02（週一）10:01  問卷「nps」 recommend：9（推薦者）；接著是「歡迎」（沒有送出：超過次數上限）",
        "  2026-03-02（週一）10:02  問卷「nps」 why：略過",
    ]


def test_of_a_member_who_only_followed_nothing_more_is_told(asked: Asking) -> None:
    stage = asked(WELCOME)
    stage.member("mei")
    stage.event("2026-03-02 10:00", "follow")

    assert "與帳號的往來" not in stage.why("2026-03-02 12:00")

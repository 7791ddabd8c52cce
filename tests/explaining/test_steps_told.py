"""Every kind of step says in an explanation what it did, in the words of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.explaining.conftest import Asked

EVERY_STEP: dict[str, Any] = {
    "draw": {"split": {"a": {"share": "100%", "do": {"mark": {"tag": "vip for 3 days"}}}, "b": {"share": "0%"}}},
    "day": {
        "wait": {"date": "birthday"},
        "do": {"cheer": {"send": "hello"}},
        "otherwise": {"do": {"ask": {"hand_off": "客服", "note": "請致電"}}},
    },
    "up": {"set": {"tier": "金卡"}},
    "down": {"untag": "vip"},
    "hours": {"wait": {"window": "10:00-20:00"}},
    "night": {"wait": "8 hours"},
    "late": {"send": "hello", "expires": "2 hours"},
    "crm": {"call": "crm", "failed": {"do": {"sorry": {"stop": "沒有回應"}}}},
    "on": {"go_to": "nowhere"},
}


def test_every_kind_of_step_says_what_it_did(asked: Callable[..., Asked]) -> None:
    policy = {"zone": "Asia/Taipei", "quiet_hours": "21:00-09:00", "endpoints": {"crm": {"url": "https://example.com"}}}
    enter = {"on": "appointment", "again": "per booking_id"}
    nowhere = {"journey": "nowhere", "title": "無", "status": "live", "enter": {"joins": "lapsed", "again": "never"}}
    nowhere["steps"] = {"end": {"stop": "好了"}}
    journey = {"journey": "visit", "title": "預約", "status": "live", "enter": enter, "steps": EVERY_STEP}
    stage = asked(journey, nowhere, policy=policy)
    stage.member("mei")
    stage.befriend()
    stage.event("2026-03-02 14:00", "appointment", booking_id="B7")
    stage.event("2026-03-02 15:00", "appointment")
    stage.tick("2026-03-02 15:00")
    stage.tick("2026-03-03 23:00")

    assert stage.why("2026-03-04 08:00", journey="visit")[3:] == [
        "  2026-03-02（週一）14:00  第 1 次進入（旅程第 1 版），編號 B7：預約（booking_id B7）",
        "  2026-03-02（週一）14:00  draw：走「a（100%）」",
        "  2026-03-02（週一）14:00  mark：貼上標籤 vip（保留 3 天）",
        "  2026-03-02（週一）14:00  day：等到「生日」 → 沒有日期",
        "  2026-03-02（週一）14:00  ask：轉給「客服」處理：請致電，還沒有人結案",
        "  2026-03-02（週一）14:00  up：把會員的「會員等級」設為「金卡」",
        "  2026-03-02（週一）14:00  down：撕下標籤 vip",
        "  2026-03-02（週一）14:00  hours：等到 10:00–20:00 之間（正在這段時間就直接往下）",
        "  2026-03-02（週一）15:00  沒有進入：預約，但這件事沒有編號",
        "  2026-03-02（週一）22:00  night：等 8 小時",
        "  2026-03-02（週一）22:00  late：傳送「歡迎」，2 小時內送不出去就作罷 → 碰到不打擾時段，先等",
        "  2026-03-03（週二）09:00  late：傳送「歡迎」，沒有送出，2026-03-03（週二）11:00 過了期限",
        "  現在                     在 crm：呼叫外部系統 crm，最多等 1 天，等到 2026-03-04（週三）09:00",
    ]
    stage.tick("2026-03-05 23:00")
    assert stage.why("2026-03-05 23:30", journey="visit", language="en")[-2:] == [
        "  Wed 2026-03-04 09:00     crm: call crm, waiting at most 1 day → refused or not answered, no answer yet,"
        " tried 0 times",
        "  Wed 2026-03-04 09:00     ended: 沒有回應",
    ]

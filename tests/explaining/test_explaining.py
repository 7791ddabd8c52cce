"""Why she got it and why she did not: sentences out of the log, each with its rule, its inputs and its time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from journey_engine import cli, clock
from journey_engine.language.named import NoSuch
from journey_engine.store.tables.delivery import attempts, intents, requests
from journey_engine.store.tables.operation import holds
from journey_engine.store.tables.people import identities
from tests.compiler.rows import at
from tests.conftest import ROOT
from tests.explaining.conftest import FEED, WELCOME, Asked, brand

Asking = Callable[..., Asked]
HEAD = "會員 小美 mei，當地時間 {}（Asia/Taipei）"


def changed(**more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WELCOME), **more}


@pytest.fixture
def mei(asked: Asking) -> Asked:
    """小美 followed on Monday at ten and tapped at noon."""
    stage = asked(WELCOME, feeds={"orders": FEED})
    stage.member("mei", name="小美")
    stage.befriend()
    stage.event("2026-03-02 10:00", "follow", source="qr")
    stage.run("2026-03-02 10:00")
    stage.event("2026-03-02 12:00", "click", of="hello", button="look")
    stage.run("2026-03-02 12:05")
    return stage


def settle(stage: Asked, **values: Any) -> None:
    with stage.engine.begin() as connection:
        connection.execute(update(intents).values(values))


def test_a_decision_that_lacks_data_says_which_feed_it_waits_for(mei: Asked) -> None:
    assert mei.why("2026-03-02 13:00") == [
        HEAD.format("2026-03-02（週一）13:00"),
        "",
        "旅程「迎新」（welcome）",
        "  2026-03-02（週一）10:00  第 1 次進入（旅程第 1 版）：加入好友（source qr）"
        "（「會員等級」不是「金卡」：成立）",
        "  2026-03-02（週一）10:00  greet：傳送「歡迎」，還沒送出，過了 2026-03-03（週二）10:00 就作罷",
        "  2026-03-02（週一）12:00  look：等到了：點了「歡迎」（button look）",
        "  2026-03-02（週一）12:00  mark：貼上標籤 keen",
        "  現在                     在 which：看是哪一種情況，走第一個符合的，等資料：來源「訂單」還沒有任何資料",
    ]


def test_a_held_feed_is_named_with_the_command_that_lets_it_go(mei: Asked) -> None:
    mei.covered("orders", "2026-03-02 00:00")
    row = {"scope": "feed", "name": "orders", "reason": "筆數少了一半", "cure": "-", "since": at("2026-03-02 03:00")}
    with mei.engine.begin() as connection:
        number = connection.execute(insert(holds).values(row).returning(holds.c.id)).scalar_one()

    assert mei.why("2026-03-02 13:00")[-1].endswith(
        f"等資料：來源「訂單」只到 2026-03-02（週一）00:00，被攔下：筆數少了一半（journeys release {number}）"
    )


def test_a_branch_says_what_each_of_its_questions_answered_then(mei: Asked) -> None:
    mei.covered("orders", "2026-03-03 00:00")
    mei.run("2026-03-03 00:05")
    mei.event("2026-03-02 13:00", "purchase", value="500")  # came late, and changes nothing of what was decided

    assert mei.why("2026-03-03 09:00")[-2:] == [
        "  2026-03-02（週一）12:00  which：走「有標籤 keen，而且「會員等級」沒有資料」"
        "（進入後有結帳：不成立；有標籤 keen：成立；「會員等級」有資料：不成立）",
        "  2026-03-02（週一）12:00  到此結束：有興趣",
    ]
    assert mei.why("2026-03-03 09:00", language="en")[-2:] == [
        "  Mon 2026-03-02 12:00     which: takes “they have the tag keen and their tier is not known” (there was a"
        " purchase since entry: no; they have the tag keen: yes; their tier is known: no)",
        "  Mon 2026-03-02 12:00     ended: 有興趣",
    ]


@pytest.mark.parametrize(
    ("values", "zh"),
    [
        ({"status": "accepted", "settled_at": at("2026-03-02 10:01")}, "2026-03-02（週一）10:01 LINE 收下"),
        ({"status": "skipped", "reason": "capped"}, "沒有送出：超過次數上限"),
        ({"status": "skipped", "reason": "a new reason"}, "沒有送出：a new reason"),
        ({"status": "unknown"}, "送出了，但不知道 LINE 有沒有收下；不會再送，以免重複"),
        ({"status": "frozen"}, "已備妥，等著送出"),
        (
            {"not_before": at("2026-03-03 09:00"), "reason": "quiet hours"},
            "還沒送出，等到 2026-03-03（週二）09:00（碰到不打擾時段），過了 2026-03-03（週二）10:00 就作罷",
        ),
    ],
)
def test_a_send_says_what_became_of_it(mei: Asked, values: dict[str, Any], zh: str) -> None:
    settle(mei, **values)

    assert mei.why("2026-03-02 13:00")[4] == f"  2026-03-02（週一）10:00  greet：傳送「歡迎」，{zh}"


def test_a_send_under_way_says_how_often_it_was_tried_and_what_line_said(mei: Asked) -> None:
    request = {"channel": "c", "endpoint": "push", "retry_key": "0" * 32, "recipients": ["U"], "body_hash": "-"}
    with mei.engine.begin() as connection:
        row = {**request, "status": "ready", "frozen_at": at("2026-03-02 10:00")}
        number = connection.execute(insert(requests).values(row).returning(requests.c.id)).scalar_one()
        for code in (500, 503):
            tried = {"request_id": number, "attempted_at": at("2026-03-02 10:00"), "outcome": "unclear"}
            connection.execute(insert(attempts).values({**tried, "status_code": code}))
    settle(mei, status="frozen", request_id=number)

    assert mei.why("2026-03-02 13:00")[4].endswith("傳送「歡迎」，送出中，試過 2 次，最後一次：503")


def test_a_pending_send_names_the_hold_in_its_way(mei: Asked) -> None:
    mei.hold("welcome", "2026-03-02 10:00")

    assert "，這個旅程被攔下：a test（journeys release 1），" in mei.why("2026-03-02 13:00")[4]
    assert mei.why("2026-03-02 13:00")[-1].endswith("，旅程被攔下：a test（journeys release 1）")


def test_what_did_not_let_her_in_stands_among_the_rest_with_its_rule(mei: Asked) -> None:
    mei.event("2026-03-02 20:00", "follow", source="qr")
    mei.run("2026-03-02 20:05")
    mei.covered("orders", "2026-03-03 00:00")
    mei.run("2026-03-03 02:05")
    mei.event("2026-03-09 20:00", "follow")
    mei.run("2026-03-09 20:05")

    inside, again = mei.why("2026-03-09 21:00")[-2:]
    assert inside.startswith("  2026-03-02（週一）20:00  沒有進入：加入好友（source qr），但當時已經在這個旅程裡")
    assert again.startswith(
        "  2026-03-09（週一）20:00  沒有進入：加入好友，但還不能再次進入（距離上次進入滿 90 天才能再次進入"
    )


def test_an_edit_does_not_change_what_is_said_of_the_past(mei: Asked) -> None:
    mei.tag("annoyed", "2026-03-02 12:30")
    mei.run("2026-03-02 12:35")
    mei.apply(brand(changed(leave={"if": "refund since entry"}), feeds={"orders": FEED}), "2026-03-05 00:00")

    assert (
        mei.why("2026-03-05 01:00", journey="welcome")[-1]
        == "  2026-03-02（週一）12:30  符合離開的條件（有標籤 annoyed）"
    )


def test_the_version_by_which_she_goes_on_is_said_where_it_changes(asked: Asking) -> None:
    steps = {"rest": {"wait": "1 day"}, "end": {"stop": "好了"}}
    journey = changed(steps=steps, enter={"on": "follow", "again": "never"})
    stage = asked(journey)
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    stage.apply(brand({**journey, "title": "迎接"}), "2026-03-02 15:00")
    stage.run("2026-03-03 10:00")

    assert stage.why("2026-03-03 12:00")[3:] == [
        "  2026-03-02（週一）10:00  第 1 次進入（旅程第 1 版）：加入好友",
        "  2026-03-03（週二）10:00  從這裡起照第 2 版走",
        "  2026-03-03（週二）10:00  rest：等 1 天",
        "  2026-03-03（週二）10:00  到此結束：好了",
    ]


def test_an_edit_that_moves_her_or_reckons_her_time_anew_is_told(asked: Asking) -> None:
    journey = changed(steps={"rest": {"wait": "4 days"}}, enter={"on": "follow", "again": "never"})
    stage = asked(journey)
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    two = {**journey, "steps": {"rest": {"wait": "2 days"}}, "reschedule": ["rest"]}
    stage.apply(brand(two), "2026-03-02 15:00")
    stage.apply(
        brand({**journey, "steps": {"pause": {"wait": "9 days"}}, "moved": {"rest": "pause"}}), "2026-03-03 15:00"
    )

    told = [line for line in stage.why("2026-03-03 16:00") if "改版" in line]
    assert told == [
        "  2026-03-02（週一）15:00  rest：旅程改版，時間重算，"
        "原定 2026-03-06（週五）10:00，現在到 2026-03-04（週三）10:00",
        "  2026-03-03（週二）15:00  rest：旅程改版，改到 pause，到 2026-03-04（週三）10:00",
    ]


def test_a_step_passed_by_says_its_condition_and_times_are_her_own(asked: Asking) -> None:
    steps = {"greet": {"send": "hello", "if": "tier = '金卡'"}, "rest": {"wait": "1 day"}}
    stage = asked(changed(steps=steps, goal=None, enter={"on": "follow", "again": "never"}))
    stage.member("mei", zone="America/New_York")
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")

    assert stage.why("2026-03-02 11:00") == [
        "會員 mei，當地時間 2026-03-01（週日）22:00（America/New_York），現在不是好友，收不到訊息",
        "",
        "旅程「迎新」（welcome）",
        "  2026-03-01（週日）21:00  第 1 次進入（旅程第 1 版）：加入好友",
        "  2026-03-01（週日）21:00  greet：略過「傳送「歡迎」」，條件不符（「會員等級」是「金卡」：不成立）",
        "  現在                     在 rest：等 1 天，等到 2026-03-02（週一）21:00",
    ]


def test_who_is_held_out_hears_so(asked: Asking) -> None:
    stage = asked(changed(holdout="100%"))
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")

    assert stage.why("2026-03-02 11:00")[3:] == [
        "  2026-03-02（週一）10:00  第 1 次進入（旅程第 1 版），抽到對照組，什麼都不收：加入好友"
        "（「會員等級」不是「金卡」：成立）",
        "  現在                     在對照組，什麼都不收，觀察到 2026-03-16（週一）10:00",
    ]


def test_nothing_written_down_is_said_with_what_could_have_let_her_in(asked: Asking) -> None:
    stage = asked(WELCOME)
    stage.member("mei")

    assert stage.why("2026-03-02 11:00", journey="welcome")[-1] == (
        "  現在                     從 2026-03-01（週日）00:00 上線以來，沒有發生過能讓這位會員進入的事：加入好友的當下"
    )
    assert stage.why("2026-03-02 11:00")[-1] == "沒有任何紀錄的旅程：welcome"


def test_she_is_found_by_whatever_she_is_known_by(mei: Asked) -> None:
    other = mei.member("lin")
    known = [("email", "mei@example.com", mei.ids["mei"]), ("phone", "0912", mei.ids["mei"]), ("card", "0912", other)]
    known += [("phone", "+886912345678", mei.ids["mei"])]
    with mei.engine.begin() as connection:
        for kind, value, member_id in known:
            connection.execute(insert(identities).values(kind=kind, value=value, member_id=member_id))

    for who in ("mei", "mei@example.com", "email:mei@example.com", "phone:0912", "email:MEI@Example.com",
                "Mei@example.com", "phone:+886 912-345-678", "+886 (912) 345 678", "+886912345678"):  # fmt: skip
        assert mei.why("2026-03-02 13:00", who)[0] == HEAD.format("2026-03-02（週一）13:00")
    with pytest.raises(Exception, match="請寫其中一個：card:0912、phone:0912。"):
        mei.why("2026-03-02 13:00", "0912")
    with pytest.raises(NoSuch, match="沒有叫「meii」的會員。 是否要寫「mei」？"):
        mei.why("2026-03-02 13:00", "meii")


def test_the_command_explains_what_the_database_says(
    mei: Asked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mei.engine.begin() as connection:
        clock.set_to(connection, at("2026-03-02 13:00"))
    url = mei.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)

    assert cli.run(["explain", "mei", "welcome", "--language", "en", "--project", str(ROOT)]) == 0
    assert "look: there came a tap on hello (button look)" in capsys.readouterr().out
    assert cli.run(["explain", "mei", "welcom", "--project", str(ROOT)]) == 2
    assert capsys.readouterr().err == "journeys  沒有叫「welcom」的旅程。 是否要寫「welcome」？\n"


def test_a_definition_that_is_gone_leaves_the_bare_words(mei: Asked, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("update moves set version = 99"))

    assert any(line.endswith("look：1") for line in mei.why("2026-03-02 13:00"))

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from journey_engine.language.check import check
from journey_engine.language.scenario import Moment
from journey_engine.trying import trial
from journey_engine.trying.calendar import DAY_ZERO, Calendar
from journey_engine.trying.member import NobodyDraws
from journey_engine.trying.telling import timeline
from tests.conftest import ROOT
from tests.trying.conftest import Stories


def test_day_0_is_a_monday_after_which_no_clock_of_the_brands_zones_changes_for_90_days() -> None:
    assert (DAY_ZERO.isoformat(), DAY_ZERO.isoweekday()) == ("2026-06-01", 1)
    zones = (
        "Asia/Taipei",
        "Asia/Tokyo",
        "America/New_York",
        "America/Los_Angeles",
        "Europe/London",
        "Australia/Sydney",
    )
    noons = {zone: [Calendar(ZoneInfo(zone)).instant(Moment(day, time(12))) for day in range(91)] for zone in zones}
    assert {len({noon.time() for noon in days}) for days in noons.values()} == {1}
    assert noons["Asia/Taipei"][0] == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert Calendar(ZoneInfo("Asia/Taipei")).shown(datetime(2026, 6, 3, 2, 30, tzinfo=UTC)) == "day 2 10:30"


def test_a_story_that_does_not_come_as_expected_is_told_with_times_places_and_what_was_so(stories: Stories) -> None:
    done = stories.play("期待太多")

    assert not done.holds
    assert (
        timeline(done, stories.project, "zh-TW")
        == """\
✗ 期待太多  (journeys/scenarios/welcome.yaml:1)
    旅程 welcome，day 0 是 2026-06-01 (Asia/Taipei)
    day 0 22:00     發生 follow
                    進入 welcome
                    ✗ sends: 期待 [hello]，實際 []  (journeys/scenarios/welcome.yaml:6)
                    ✓ at: greet
    day 1 09:00     送出 hello（greet）
    day 1 09:30     ✓ sends: [hello]
                    ✗ tags: 期待 [keen]，實際 []  (journeys/scenarios/welcome.yaml:7)
                    ✗ in: 期待 club，實際 從未進入  (journeys/scenarios/welcome.yaml:7)
                    ✗ left: 期待 welcome，實際 在 look（到 day 3 09:00）  (journeys/scenarios/welcome.yaml:7)
    day 2 10:00     發生 click hello, button = look
                    look：等到了 click of hello
                    mark：貼上標籤 keen
                    lot：抽到 rich
                    送出 offer（bid）
                    走完 welcome（go_to: club）
                    ✓ tags: [keen]
                    ✓ finished: welcome
    day 2 11:00     發生 follow
                    沒進入 welcome：還不能再次進入
                    ✓ sends: []
                    ✗ goal: 期待 yes，實際 還沒達標  (journeys/scenarios/welcome.yaml:9)"""
    )


def test_the_same_in_english(stories: Stories) -> None:
    lines = stories.told("期待太多", "en", come_as_expected=False)

    assert lines[:9] == [
        "    day 0 22:00     happens: follow",
        "                    enters welcome",
        "                    ✗ sends: expected [hello], was []  (journeys/scenarios/welcome.yaml:6)",
        "                    ✓ at: greet",
        "    day 1 09:00     sent hello (greet)",
        "    day 1 09:30     ✓ sends: [hello]",
        "                    ✗ tags: expected [keen], was []  (journeys/scenarios/welcome.yaml:7)",
        "                    ✗ in: expected club, was never entered  (journeys/scenarios/welcome.yaml:7)",
        "                    ✗ left: expected welcome, was at look (until day 3 09:00)"
        "  (journeys/scenarios/welcome.yaml:7)",
    ]


def test_a_member_lives_in_her_own_zone(stories: Stories) -> None:
    assert stories.told("住在紐約的人早上九點收到") == [
        "    day 0 22:00     發生 follow",
        "                    進入 welcome",
        "    day 1 09:00     送出 hello（greet）",
        "                    ✓ sends: [hello]",
    ]
    assert stories.play("住在紐約的人早上九點收到").chapters[1][0].at == datetime(2026, 6, 2, 13, tzinfo=UTC)


def test_who_is_pinned_into_the_holdout_gets_nothing_and_is_measured(stories: Stories) -> None:
    assert stories.told("對照組什麼都不會收到")[:2] == [
        "    day 0 10:00     發生 follow",
        "                    進入 welcome 的對照組",
    ]


def test_what_happens_at_one_moment_is_seen_together(stories: Stories) -> None:
    assert stories.told("同一刻買了又點，算離開")[4:7] == [
        "    day 0 12:00     發生 purchase, value = 10",
        "                    發生 click hello, button = look",
        "                    離開 welcome（leave）",
    ]


def test_a_friend_who_blocks_leaves_and_is_not_let_in_again(stories: Stories) -> None:
    assert stories.told("封鎖過的人重新加入也不再歡迎", come_as_expected=False)[3:] == [
        "    day 0 12:00     發生 unfollow",
        "                    離開 welcome（blocked）",
        "                    ✓ left: welcome",
        "    day 0 13:00     發生 follow",
        "                    沒進入 welcome：還不能再次進入",
        "                    ✓ sends: []",
        "                    ✗ in: 期待 welcome，實際 離開了（blocked）  (journeys/scenarios/welcome.yaml:38)",
        "                    ✓ left: welcome",
    ]


def test_a_draft_can_be_tried_and_caps_hold_as_they_do_in_earnest(stories: Stories) -> None:
    assert stories.told("草稿也能試演，一天只收一次優惠") == [
        "    day 0 10:00     發生 joined_segment regulars",
        "                    進入 club",
        "                    送出 offer（first）",
        "                    沒送 offer（second）：超過次數上限",
        "                    走完 club（stop: 完成）",
        "                    ✓ sends: [offer]",
        "                    ✓ finished: club",
        "    day 0 18:00     發生 left_segment regulars",
        "    day 1 10:00     發生 joined_segment regulars",
        "                    進入 club",
        "                    送出 offer（first）",
        "                    沒送 offer（second）：超過次數上限",
        "                    走完 club（stop: 完成）",
        "                    ✓ sends: [offer]",
    ]


def test_stages_are_worked_out_anew_each_night(stories: Stories) -> None:
    assert stories.told("階段每晚重算") == [
        "    day 0 10:00     發生 purchase, value = 10",
        "    day 0 11:00     發生 joined_segment fans",
        "                    進入 thanks",
        "                    now：條件不符，略過",
        "                    ✓ sends: []",
        "                    ✓ at: rest",
        "    day 1 11:00     rest：等完了",
        "                    送出 hello（later）",
        "                    走完 thanks（finished）",
        "                    ✓ sends: [hello]",
        "                    ✓ finished: thanks",
    ]


def test_a_one_off_lets_its_segment_in_at_its_own_time(stories: Stories) -> None:
    assert stories.told("一次性的活動在指定時間進入")[2:4] == [
        "    day 2 10:00     進入 once",
        "                    送出 offer（first）",
    ]


def test_what_nobody_can_draw_is_told_with_its_place(stories: Stories) -> None:
    with pytest.raises(NobodyDraws) as told_:
        stories.play("沒有對照組的旅程演不出對照組")

    assert str(told_.value) == (
        "journeys/scenarios/club.yaml:9  Nobody draws what “沒有對照組的旅程演不出對照組” gives (holdout: yes). "
        "Look at the holdout and the shares in club.yaml, and at global_holdout in policy.yaml."
    )


def test_scenarios_are_chosen_by_journey_or_by_file() -> None:
    _, scenarios = trial.told(check(ROOT))
    by_journey = trial.chosen(scenarios, "engage")

    assert {one.scenario.journey for one in by_journey} == {"engage"}
    assert trial.chosen(scenarios, "journeys/scenarios/engage.yaml") == by_journey
    assert trial.chosen(scenarios, "engage.yaml") == by_journey
    assert trial.chosen(scenarios, "") == scenarios
    with pytest.raises(trial.NoSuchScenario, match=r"no scenario for “engaged”\. There are some for engage"):
        trial.chosen(scenarios, "engaged")

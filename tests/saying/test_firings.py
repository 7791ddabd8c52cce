"""When time rules fire next: by the business zone's clocks, over both changes of summer time, and on leap days."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from journey_engine import cli
from journey_engine.saying.firings import coming, firings
from journey_engine.saying.titles import Titles
from tests.conftest import ROOT
from tests.saying.conftest import BRAND, journey, titles

END: dict[str, Any] = {"end": {"stop": "好了"}}
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def told(enter: dict[str, Any], now: datetime = NOW, most: int = 10, zone: str = "Asia/Taipei") -> list[str]:
    one = journey({**enter, "again": "after exit"}, END)
    given = {**BRAND, "policy": {"zone": zone}, "journeys": {"welcome": one}}
    return [words.zh for words in coming([one], Titles(titles().project.model_validate(given)), now, most)]


def test_the_next_ten_mondays_stand_there_with_their_day() -> None:
    lines = told({"every": {"cron": "0 10 * * 1", "of": "lapsed"}})

    assert lines[:3] == [
        "時間以 Asia/Taipei 為準。",
        "迎新（welcome）：每週一 10:00，當時在分群「久未回購」裡的所有人",
        "  2026-12-07（週一）10:00",
    ]
    assert lines[-1] == "  2027-02-08（週一）10:00"
    assert len(lines) == 12


def test_an_hour_that_does_not_exist_is_the_first_after_it() -> None:
    lines = told(
        {"every": {"cron": "30 2 * * *", "of": "lapsed"}}, datetime(2026, 3, 7, tzinfo=UTC), 3, "America/New_York"
    )

    assert lines[2:] == ["  2026-03-07（週六）02:30", "  2026-03-08（週日）03:00", "  2026-03-09（週一）02:30"]


def test_an_hour_that_comes_twice_fires_once() -> None:
    one = journey({"every": {"cron": "30 1 * * *", "of": "lapsed"}, "again": "after exit"}, END)
    given = {**BRAND, "policy": {"zone": "America/New_York"}}
    found = firings(one, Titles(titles().project.model_validate(given)), datetime(2026, 10, 31, 12, tzinfo=UTC), 2)

    assert [one.at.isoformat() for one in found] == ["2026-11-01T05:30:00+00:00", "2026-11-02T06:30:00+00:00"]


def test_a_one_off_fires_once_or_never_again() -> None:
    enter = {"at": {"time": "2026-12-05 10:00", "to": "lapsed"}}

    assert told(enter)[2:] == ["  2026-12-05（週六）10:00"]
    assert told(enter, datetime(2026, 12, 5, 2, tzinfo=UTC))[2:] == ["  不會再發生了"]


def test_a_date_says_whose_day_it_is_and_the_28th_is_also_of_those_born_on_the_29th() -> None:
    enter = {"date": {"of": "birthday", "offset": "-3 days", "at": "10:00", "every": "year"}}

    assert told(enter, datetime(2027, 2, 23, 12, tzinfo=UTC), 3)[2:] == [
        "  2027-02-24（週三）10:00  「生日」是 02-27 的會員",
        "  2027-02-25（週四）10:00  「生日」是 02-28 或 02-29 的會員",
        "  2027-02-26（週五）10:00  「生日」是 03-01 的會員",
    ]
    assert told({"date": {"of": "birthday", "at": "10:00"}}, NOW, 1)[2:] == [
        "  2026-12-02（週三）10:00  「生日」是 2026-12-02 的會員"
    ]


def test_a_draft_says_that_nothing_happens_yet() -> None:
    enter = {"at": {"time": "2026-12-05 10:00", "to": "lapsed"}, "again": "never"}
    draft = journey(enter, END).model_copy(update={"status": "draft"})

    assert coming([draft], titles(), NOW, 10)[2].zh == "  狀態是 draft，上線後才會發生"


@pytest.mark.parametrize(("name", "said"), [("birthday_month", "2026-12-01（週二）10:00"), ("win_back", "沒有依時間")])
def test_the_command_prints_them(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(ROOT / "journeys" / "templates")

    assert cli.run(["next", name, "--since", "2026-12-01", "--project", folder]) == 0
    assert said in capsys.readouterr().out


def test_a_journey_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["next", "birthday", "--project", str(ROOT / "journeys" / "templates")]) == 2
    assert "沒有叫「birthday」的旅程。" in capsys.readouterr().err

"""A message that is about to reach many is judged before the sender decides about it; few never are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from journey_engine.data.release import release
from journey_engine.gate.mistakes import NoSuchSuite
from journey_engine.line.audience import judge_waves
from journey_engine.line.waves import unjudged
from tests.conftest import ROOT
from tests.line.shop import NOON, Shop

SUITES = ROOT / "expectations"
GATED = {"gate": {"intents": "audience", "above": 5}}


@pytest.fixture
def gated(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop(policy=GATED)


def judged(shop: Shop, now=NOON, folder: Path = SUITES) -> list[tuple[str, int, bool]]:
    waves = judge_waves(shop.engine, shop.project, folder, now)
    return [(wave.message, wave.recipients, wave.held) for wave in waves]


def held(shop: Shop) -> list[str]:
    return [row[0] for row in shop.run("select reason from holds where scope = 'message' and released_at is null")]


def block(shop: Shop, share: str) -> None:
    shop.run(f"update friendships set status = 'blocked' where member_id % 10 < {share}")


def test_nothing_of_a_wave_goes_before_it_is_judged_and_all_of_it_afterwards(gated: Shop) -> None:
    gated.crowd(6, "sale", "digest")
    gated.run("delete from intents where message = 'digest' and member_id > 5")

    assert gated.send().accepted == 5  # the digest's five are no wave
    assert judged(gated) == [("sale", 6, False)]
    assert gated.send().accepted == 6
    assert judged(gated) == []
    assert gated.run("select message, recipients, status from waves") == [("sale", 6, "passed")]


def test_a_wave_that_many_cannot_get_is_held_and_goes_when_a_person_releases_it(gated: Shop) -> None:
    gated.crowd(20, "sale")
    block(gated, "4")

    assert judged(gated) == [("sale", 20, True)]
    assert held(gated) == ["20 would get it at once: 七成以上要收得到（未封鎖、未拒收、未過期） (8 of 20 rows)."]
    assert gated.send().accepted == 0
    with gated.engine.begin() as connection:
        release(connection, "sale", "林經理", "an old list, they know", NOON, scope="message")
    assert judged(gated) == []
    report = gated.send()
    assert (report.accepted, report.skipped) == (12, {"not a friend": 8})


def test_who_comes_to_it_later_is_judged_only_when_they_are_many(gated: Shop) -> None:
    gated.crowd(6, "sale")
    judged(gated)
    gated.send()
    for number in range(7, 12):
        gated.due(gated.member(number))

    assert judged(gated) == []
    assert gated.send().accepted == 5
    for number in range(12, 18):
        gated.due(gated.member(number))
    assert gated.send().accepted == 0
    assert judged(gated) == [("sale", 6, False)]
    assert gated.send().accepted == 6


def test_what_becomes_due_later_is_judged_when_it_is_due(gated: Shop) -> None:
    gated.crowd(7, "sale", at=NOON + timedelta(hours=1))
    for number in range(8, 14):
        gated.due(gated.member(number))

    assert judged(gated) == [("sale", 6, False)]
    assert gated.send().accepted == 6
    later = NOON + timedelta(hours=1)
    assert gated.send(later).accepted == 0
    assert judged(gated, later) == [("sale", 7, False)]
    assert gated.send(later).accepted == 7


def test_whom_quiet_hours_put_off_are_judged_when_the_night_is_over(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={**GATED, "quiet_hours": "21:00-09:00"})
    night, morning = NOON + timedelta(hours=11), NOON + timedelta(hours=21)
    shop.crowd(8, "sale", at=night)

    assert judged(shop, night) == [("sale", 0, False)]
    assert shop.send(night).deferred == 8
    assert shop.send(morning).accepted == 0
    assert judged(shop, morning) == [("sale", 8, False)]
    assert shop.send(morning).accepted == 8


def test_three_times_the_usual_size_holds_a_wave(gated: Shop) -> None:
    for time in range(3):
        for number in range(10):
            gated.due(gated.member(100 * time + number + 1))
        assert judged(gated) == [("sale", 10, False)]
        gated.send()
    for number in range(31):
        gated.due(gated.member(1000 + number))

    assert judged(gated) == [("sale", 31, True)]
    assert held(gated) == ["31 would get it at once: 人數不得超過這則訊息平常的三倍 (31)."]


def test_one_member_twice_is_seen(gated: Shop) -> None:
    gated.crowd(6, "sale")
    member = gated.run("select min(id) from members")[0][0]
    gated.due(member)

    assert judged(gated) == [("sale", 7, True)]
    assert "同一人不得同時收兩次 (2 of 7 rows)" in held(gated)[0]


def test_without_the_suite_nothing_goes_and_the_error_names_it(gated: Shop, tmp_path: Path) -> None:
    gated.crowd(6, "sale")

    with pytest.raises(NoSuchSuite, match="There is no suite audience"):
        judged(gated, folder=tmp_path)
    assert gated.send().accepted == 0


def test_without_a_gate_in_the_policy_nothing_is_a_wave(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop()
    shop.crowd(6, "sale")

    assert judged(shop) == []
    assert shop.send().accepted == 6


def test_the_decider_imports_no_great_expectations() -> None:
    program = "import sys, journey_engine.line.deciding; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_few_are_judged_without_great_expectations(gated: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journey_engine.gate.gate.judge", None)
    gated.crowd(5, "sale")

    assert judged(gated) == []
    with gated.engine.connect() as connection:
        assert unjudged(connection, gated.project, NOON) == []


def test_a_judgement_killed_half_way_has_judged_nothing(gated: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gated.crowd(6, "sale")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("journey_engine.gate.gate.judge", killed)
        with pytest.raises(KeyboardInterrupt):
            judged(gated)
    assert gated.send().accepted == 0
    assert judged(gated) == [("sale", 6, False)]

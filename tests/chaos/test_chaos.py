"""A short form of the chaos proof (`make chaos` is the long one), and what the long one is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from tests.chaos import telling
from tests.chaos.oracle import judge
from tests.chaos.playing import play
from tests.chaos.scripts import Script, script_of
from tests.chaos.stage import Stage, own_stage, stage_on
from tests.chaos.tally import Tally
from tests.chaos.zygote import Zygote

SEED = 1


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as running:
        yield running


@pytest.fixture(scope="module")
def stage(make_database: Callable[[], Engine], zygote: Zygote) -> Iterator[Stage]:
    with stage_on(make_database(), zygote) as one:
        yield one


def played(number: int, stage: Stage) -> Tally:
    """One script, played and judged: nothing is against the law."""
    script, tally = script_of(SEED, number), Tally(SEED)
    evidence = play(script, stage)
    complaints = judge(evidence)
    assert complaints == [], telling.complained(script, complaints)
    tally.add(evidence, complaints)
    return tally


@pytest.mark.parametrize("number", [43, 45, 53, 55, 58])
def test_whatever_fails_nothing_is_accepted_twice_and_nothing_is_lost(stage: Stage, number: int) -> None:
    assert played(number, stage).intents.total() > 0


def test_nor_when_senders_are_killed(stage: Stage) -> None:
    kills = played(184, stage).kills + played(248, stage).kills

    assert kills >= 1, "nobody was killed: these scripts prove nothing any more"


def test_nor_when_the_database_stops(zygote: Zygote) -> None:
    with own_stage(zygote) as stage:
        assert played(159, stage).stops >= 1


def test_the_same_number_is_the_same_script_for_ever() -> None:
    assert [script_of(7, number) for number in range(50)] == [script_of(7, number) for number in range(50)]
    assert script_of(7, 0) != script_of(8, 0)


def test_two_thousand_runs_kill_two_hundred_senders_and_stop_the_database_thirty_times() -> None:
    scripts = [script_of(SEED, number) for number in range(2_000)]

    def in_manner(manner: str) -> list[Script]:
        return [script for script in scripts if script.manner == manner]

    assert len(in_manner("stops")) >= 40
    assert sum(len(round_.crashes) for script in in_manner("processes") for round_ in script.rounds) >= 280
    assert {crash.point for script in scripts for round_ in script.rounds for crash in round_.crashes} == {
        "decided",
        "frozen",
        "claimed",
        "before_http",
        "after_http",
        "before_record",
        "recording",
        "after_record",
    }

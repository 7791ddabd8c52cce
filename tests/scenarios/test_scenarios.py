"""Every scenario of journeys/scenarios is a test case: the repository's journeys do what their writers expect."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from journey_engine.language.check import check
from journey_engine.sandbox.beside import Sandbox
from journey_engine.trying import trial
from journey_engine.trying.telling import timeline
from journey_engine.trying.theatre import Theatre
from tests.conftest import ROOT

PROJECT, SCENARIOS = trial.told(check(ROOT))


@pytest.fixture(scope="module")
def theatre(make_database: Callable[[], Engine], running_sandbox: Sandbox) -> Theatre:
    return Theatre(make_database(), running_sandbox, PROJECT)


def test_every_journey_has_at_least_three_scenarios() -> None:
    told = [one.scenario.journey for one in SCENARIOS]

    assert {name: told.count(name) for name in PROJECT.journeys if told.count(name) < 3} == {}


@pytest.mark.parametrize("told", SCENARIOS)
def test_it_comes_as_expected(told: trial.Told, theatre: Theatre) -> None:
    done = trial.run(theatre, told)

    assert done.holds, "\n" + timeline(done, PROJECT, "zh-TW")

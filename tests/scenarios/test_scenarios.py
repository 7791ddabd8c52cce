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

CHECKED = check(ROOT)
# A mistake in a file fails the first test here, and not the collection of all others.
SCENARIOS = trial.told(CHECKED)[1] if CHECKED.project else ()


@pytest.fixture(scope="module")
def theatre(make_database: Callable[[], Engine], running_sandbox: Sandbox) -> Theatre:
    assert CHECKED.project is not None
    return Theatre(make_database(), running_sandbox, CHECKED.project)


def test_the_files_have_no_mistakes() -> None:
    assert [str(finding) for finding in CHECKED.errors] == []


def test_every_journey_has_at_least_three_scenarios() -> None:
    told = [one.scenario.journey for one in SCENARIOS]

    assert CHECKED.project is not None
    assert {name: told.count(name) for name in CHECKED.project.journeys if told.count(name) < 3} == {}


@pytest.mark.parametrize("told", SCENARIOS)
def test_it_comes_as_expected(told: trial.Told, theatre: Theatre) -> None:
    done = trial.run(theatre, told)

    assert done.holds, "\n" + timeline(done, theatre.project, "zh-TW")

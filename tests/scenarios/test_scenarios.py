"""Every scenario of the journeys and of the templates is a test case: they do what their writers expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine.language.check import Checked, check
from journey_engine.sandbox.beside import Sandbox
from journey_engine.trying import trial
from journey_engine.trying.telling import timeline
from journey_engine.trying.theatre import Theatre
from tests.conftest import ROOT

TEMPLATES = ROOT / "journeys" / "templates"
CHECKED: dict[Path, Checked] = {folder: check(folder) for folder in (ROOT, TEMPLATES)}
# A mistake in a file fails the first test here, and not the collection of all others.
SCENARIOS = [(folder, told) for folder, read in CHECKED.items() if read.project for told in trial.told(read)[1]]


class Played:
    """The scenarios of a folder, played when the first is asked for: many of them side by side."""

    def __init__(self, make_database: Callable[[], Engine], sandbox: Sandbox) -> None:
        self.make_database, self.sandbox = make_database, sandbox
        self.trials: dict[Path, dict[str, trial.Trial]] = {}

    def trial(self, folder: Path, title: str) -> trial.Trial:
        if folder not in self.trials:
            project = CHECKED[folder].project
            assert project is not None
            theatre = Theatre(self.make_database(), self.sandbox, project)
            told = [told for each, told in SCENARIOS if each == folder]
            self.trials[folder] = {done.scenario.scenario: done for done in trial.run_all(theatre, told)}
        return self.trials[folder][title]


@pytest.fixture(scope="module")
def played(make_database: Callable[[], Engine], running_sandbox: Sandbox) -> Played:
    return Played(make_database, running_sandbox)


@pytest.mark.parametrize("folder", CHECKED, ids=["journeys", "templates"])
def test_the_files_have_no_mistakes(folder: Path) -> None:
    assert [str(finding) for finding in CHECKED[folder].findings] == []


@pytest.mark.parametrize(("folder", "least"), [(ROOT, 3), (TEMPLATES, 2)], ids=["journeys", "templates"])
def test_every_journey_has_several_scenarios(folder: Path, least: int) -> None:
    names = [told.scenario.journey for each, told in SCENARIOS if each == folder]

    project = CHECKED[folder].project
    assert project is not None
    assert {name: names.count(name) for name in project.journeys if names.count(name) < least} == {}


def test_a_template_is_a_short_file() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in TEMPLATES.glob("*.yaml")}

    assert {name: length for name, length in lengths.items() if length >= 60} == {}


@pytest.mark.parametrize(("folder", "told"), SCENARIOS)
def test_it_comes_as_expected(folder: Path, told: trial.Told, played: Played) -> None:
    done = played.trial(folder, told.scenario.scenario)

    project = CHECKED[folder].project
    assert project is not None
    assert done.holds, "\n" + timeline(done, project, "zh-TW")

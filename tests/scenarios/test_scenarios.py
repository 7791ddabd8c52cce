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


@pytest.fixture(scope="module")
def theatres(make_database: Callable[[], Engine], running_sandbox: Sandbox) -> Callable[[Path], Theatre]:
    made: dict[Path, Theatre] = {}

    def theatre(folder: Path) -> Theatre:
        if folder not in made:
            project = CHECKED[folder].project
            assert project is not None
            made[folder] = Theatre(make_database(), running_sandbox, project)
        return made[folder]

    return theatre


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
def test_it_comes_as_expected(folder: Path, told: trial.Told, theatres: Callable[[Path], Theatre]) -> None:
    theatre = theatres(folder)
    done = trial.run(theatre, told)

    assert done.holds, "\n" + timeline(done, theatre.project, "zh-TW")

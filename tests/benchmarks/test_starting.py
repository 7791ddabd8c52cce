"""The command line's benchmark reads a hundred files that are in order."""

from pathlib import Path

from benchmarks import starting
from journey_engine.language.check import check


def test_the_hundred_files_are_a_hundred_and_without_a_finding(tmp_path: Path) -> None:
    starting.hundred_files(tmp_path)
    checked = check(tmp_path)

    assert checked.findings == ()
    assert checked.files == starting.FILES
    assert len(list((tmp_path / "journeys").glob("*.yaml"))) > 40

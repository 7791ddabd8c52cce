"""Each mutant can still be made: its line stands in the engine exactly once, and its tests are there."""

import pytest

from tests.mutants.mutants import MUTANTS
from tests.mutants.run import ROOT


def test_there_are_twelve():
    assert len({mutant.rule for mutant in MUTANTS}) == 12


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_the_line_stands_in_the_engine_once(mutant):
    text = (ROOT / "journey_engine" / mutant.file).read_text(encoding="utf-8")
    assert (text.count(mutant.old), mutant.old != mutant.new) == (1, True)
    assert all((ROOT / test).is_file() for test in mutant.tests)

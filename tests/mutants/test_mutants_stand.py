"""Each mutant can still be made: its line stands in the engine exactly once, and its tests are there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.further import FURTHER
from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.running import ROOT, End, Run, judge

ALL = pytest.mark.parametrize("mutant", [*MUTANTS, *FURTHER], ids=lambda mutant: mutant.rule)


def functions_of(test_file: Path) -> set[str]:
    tree = ast.parse(test_file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_there_are_twelve_and_none_twice():
    assert len({mutant.rule for mutant in MUTANTS}) == 12
    assert len({(mutant.file, mutant.new) for mutant in (*MUTANTS, *FURTHER)}) == 12 + len(FURTHER)


@ALL
def test_the_line_stands_in_the_engine_once(mutant: Mutant):
    text = (ROOT / "journey_engine" / mutant.file).read_text(encoding="utf-8")
    assert (text.count(mutant.old), mutant.old != mutant.new) == (1, True)
    ast.parse(text.replace(mutant.old, mutant.new))


@ALL
def test_the_tests_that_must_notice_are_there(mutant: Mutant):
    named = [test.partition("::") for test in mutant.tests]
    assert named
    assert [name for file, _, name in named if name not in functions_of(ROOT / file)] == []


PASSED, FAILED = End("a", "passed", None), End("b", "asserted", "AssertionError")


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        (Run((PASSED, FAILED), 1, ""), "caught"),
        (Run((FAILED, End("c", "raised", "IndexError")), 1, ""), "caught"),
        (Run((PASSED, End("c", "raised", "IndexError")), 1, ""), "survived"),
        (Run((PASSED,), 0, ""), "survived"),
        (Run((FAILED, End("c", "broke", "ProgrammingError")), 1, ""), "broken"),
        (Run((PASSED, End("c", "skipped", "Skipped")), 0, ""), "broken"),
        (Run((), 2, "an error while collecting"), "broken"),
        (Run((FAILED,), -1, "too late"), "broken"),
    ],
)
def test_only_a_failed_assertion_catches_a_mutant(run: Run, verdict: str):
    assert judge(run) == verdict

"""Cheap facts about the mutants; `make mutants` tries them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.rules import MUTANTS, Mutant
from tests.mutants.running import ROOT, End, Run, judge


def functions_of(test_file: Path) -> set[str]:
    tree = ast.parse(test_file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_mutant_breaks_a_rule_of_its_own() -> None:
    assert len({mutant.rule for mutant in MUTANTS}) == len({mutant.old for mutant in MUTANTS}) == len(MUTANTS) >= 12


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_the_old_text_stands_in_the_engine_once_and_the_new_one_is_python(mutant: Mutant) -> None:
    text = (ROOT / "journey_engine" / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    ast.parse(text.replace(mutant.old, mutant.new))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_the_tests_that_must_notice_are_there(mutant: Mutant) -> None:
    named = [test.partition("::") for test in mutant.tests]
    assert named
    assert [name for file, _, name in named if name not in functions_of(ROOT / file)] == []


PASSED, FAILED = End("a", "passed", None), End("b", "asserted", "AssertionError")


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        (Run((PASSED, FAILED), 1, ""), "caught"),
        (Run((PASSED,), 0, ""), "survived"),
        (Run((FAILED, End("c", "broke", "ProgrammingError")), 1, ""), "broken"),
        (Run((PASSED, End("c", "skipped", "Skipped")), 0, ""), "broken"),
        (Run((), 2, "an error while collecting"), "broken"),
        (Run((FAILED,), -1, "too late"), "broken"),
    ],
)
def test_only_a_failed_assertion_catches_a_mutant(run: Run, verdict: str) -> None:
    assert judge(run) == verdict

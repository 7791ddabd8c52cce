"""Each rule that chaos must notice can still be broken: its line stands in the engine exactly once."""

from __future__ import annotations

import ast

import pytest

from tests.chaos import bounds, oracle
from tests.chaos.mutants import BROKEN, Broken
from tests.mutants.running import ROOT


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_the_line_stands_in_the_engine_once(broken: Broken) -> None:
    text = (ROOT / "journey_engine" / broken.file).read_text(encoding="utf-8")

    assert (text.count(broken.old), broken.old != broken.new) == (1, True)
    ast.parse(text.replace(broken.old, broken.new))


def test_what_is_to_notice_it_is_a_rule_of_the_oracle() -> None:
    rules = {name for module in (oracle, bounds) for name in vars(module)}

    assert {rule for broken in BROKEN for rule in broken.noticed} <= rules

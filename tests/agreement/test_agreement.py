"""Engine and reference agree: the same journeys, members and arrivals in the same order give the same paths and times.

`make long` compares many more examples than these few, and other ones each time; AGREEMENT_EXAMPLES says how many.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from sqlalchemy import Engine

from tests.agreement.agreeing import EXAMPLES, MEMBERS, agree, numbers, often
from tests.agreement.counting import KINDS, is_often, seen
from tests.agreement.drawing import APART, FOCI, NOT_YET, World, worlds
from tests.agreement.histories import aimed, case


@pytest.mark.parametrize("focus", [focus for focus in FOCI if focus not in APART | set(NOT_YET)])
def test_engine_and_reference_agree(agreement_database: Engine, focus: str) -> None:
    @settings(often, max_examples=EXAMPLES if focus == "plain" else max(1, EXAMPLES // 10))
    @given(worlds(focus=focus), numbers, numbers)
    def on_every_example(world: World, first: int, plan: int) -> None:
        agree(agreement_database, aimed(case(world, list(range(first, first + MEMBERS)), plan), plan))

    on_every_example()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "edit in flight"])
def test_every_kind_of_case_was_seen_often(kind: str) -> None:
    if not seen["examples"]:
        pytest.skip("nothing was compared in this run")
    assert is_often(kind)

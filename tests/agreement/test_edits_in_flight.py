"""Engine and reference agree on journeys that are edited, paused and retired while members are inside."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.agreement.agreeing import EXAMPLES, MEMBERS, agree, numbers, often
from tests.agreement.counting import is_often, seen
from tests.agreement.drawing import worlds
from tests.agreement.editing import edits
from tests.agreement.histories import aimed, case, edited

FEW = max(2, EXAMPLES // 4)


@settings(often, max_examples=FEW)
@given(st.data(), numbers, numbers)
def test_engine_and_reference_agree_on_edits(
    agreement_database: Engine, data: st.DataObject, first: int, plan: int
) -> None:
    world = data.draw(worlds(focus="edits"))
    versions = data.draw(edits(world))
    told = case(world, list(range(first, first + 2 * MEMBERS)), plan)
    agree(agreement_database, aimed(edited(told, versions, plan), plan))


def test_edits_in_flight_were_seen_often() -> None:
    if not seen["examples"]:
        pytest.skip("nothing was compared in this run")
    assert is_often("edit in flight")

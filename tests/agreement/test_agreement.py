"""Engine and reference agree: the same journeys, members and arrivals in the same order give the same paths and times.

`AGREEMENT_EXAMPLES=500 pytest tests/agreement` compares more than the usual few, and other ones each time.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.agreement.counting import KINDS, QUOTA, count, seen
from tests.agreement.drawing import FOCI, NOT_YET, World, worlds
from tests.agreement.histories import Case, aimed, case
from tests.agreement.outcomes import by_reference
from tests.agreement.playing import by_engine
from tests.agreement.reducing import reduced, story

ASKED = os.environ.get("AGREEMENT_EXAMPLES")
EXAMPLES = int(ASKED or 12)
MEMBERS = 250  # of one example, in one database run: statements take longer to plan than to run
# Without shrinking: a smaller example is found by `reduced`, which knows what a history is.
often = settings(
    max_examples=EXAMPLES,
    derandomize=ASKED is None,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
numbers = st.integers(0, 10**9)


def agree(engine: Engine, drawn: Case) -> None:
    """Compare all members of a case; of the first that differs, tell the smallest story in which she still does."""
    ours, theirs = by_reference(drawn), by_engine(engine, drawn)
    seen["examples"] += 1
    count(drawn, {key: life for key, (_, life) in ours.items()})
    for one in drawn.members:
        if ours[one[0].key][0] != theirs[one[0].key]:
            small = reduced(replace(drawn, members=(one,)), lambda smaller: _differs(engine, smaller))
            key = one[0].key
            print(story(small))
            assert by_engine(engine, small)[key] == by_reference(small)[key][0]
            pytest.fail(f"{key} differs only in company")


def _differs(engine: Engine, drawn: Case) -> bool:
    (member, _) = drawn.members[0]
    return by_reference(drawn)[member.key][0] != by_engine(engine, drawn)[member.key]


@pytest.mark.parametrize("focus", [focus for focus in FOCI if focus not in NOT_YET])
def test_engine_and_reference_agree(agreement_database: Engine, focus: str) -> None:
    @settings(often, max_examples=EXAMPLES if focus == "plain" else max(1, EXAMPLES // 10))
    @given(worlds(focus=focus), numbers, numbers)
    def on_every_example(world: World, first: int, plan: int) -> None:
        agree(agreement_database, aimed(case(world, list(range(first, first + MEMBERS)), plan), plan))

    on_every_example()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_case_was_seen_often(kind: str) -> None:
    if not seen["examples"]:
        pytest.skip("nothing was compared in this run")
    assert seen[kind] >= QUOTA

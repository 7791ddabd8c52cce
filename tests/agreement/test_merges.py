"""Engine and reference agree on members who turn out to be one while they are inside journeys."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from sqlalchemy import Engine

from tests.agreement.agreeing import EXAMPLES, numbers, often
from tests.agreement.drawing import World, worlds
from tests.agreement.histories import Case, aimed, case
from tests.agreement.merging import merging
from tests.agreement.outcomes import by_reference
from tests.agreement.playing import by_engine
from tests.agreement.reducing import story

MEMBERS = 100
merged = {"both inside": 0, "members": 0}  # of this test run


@settings(often, max_examples=max(2, EXAMPLES // 6))
@given(worlds(), numbers, numbers)
def test_engine_and_reference_agree_on_merges(agreement_database: Engine, world: World, first: int, plan: int) -> None:
    drawn = merging(aimed(case(world, list(range(first, first + MEMBERS)), plan), plan), plan)
    ours, theirs = by_reference(drawn), by_engine(agreement_database, drawn)
    merged["members"] += sum(len(found.pairs) for found in drawn.merges)
    for _, life in ours.values():
        merged["both inside"] += any(visit.end_reason == "merged" for visit in life.memory.enrolments)
    for key, (outcome, _) in ours.items():
        if outcome != theirs[key]:
            _tell(drawn, key)
            assert theirs[key] == outcome


def test_many_were_inside_with_both_profiles() -> None:
    if not merged["members"]:
        pytest.skip("nothing was compared in this run")
    assert merged["both inside"] * 20 >= merged["members"]


def _tell(drawn: Case, key: str) -> None:
    place = [member.key for member, _ in drawn.members].index(key)
    pairs = [(found.at, pair) for found in drawn.merges for pair in found.pairs if place in pair]
    concerned = sorted({place, *(each for _, pair in pairs for each in pair)})
    print([f"merged at {at}" for at, _ in pairs])
    print(story(Case(drawn.world, tuple(drawn.members[each] for each in concerned), drawn.coverage, drawn.ticks,
                     drawn.live_since, drawn.cuts)))  # fmt: skip

"""Compares engine and reference on one drawn case, and tells the smallest story where they differ."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from journey_engine.planning import WouldStrand
from tests.agreement.counting import count, seen
from tests.agreement.histories import Case
from tests.agreement.outcomes import by_reference
from tests.agreement.playing import by_engine
from tests.agreement.reducing import reduced, story
from tests.conftest import LONG

ASKED = os.environ.get("AGREEMENT_EXAMPLES", "40" if LONG else None)
EXAMPLES = int(ASKED or 2)  # the first is the plainest there is
MEMBERS = 250 if ASKED else 130  # of one example, in one run: statements take longer to compile and plan than to run
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
    try:
        return by_reference(drawn)[member.key][0] != by_engine(engine, drawn)[member.key]
    except (WouldStrand, KeyError):  # no edit that may be applied any more
        return False

"""The golden law on the engine: one pass gives the moves of a pass an hour or a minute, if nothing is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import Phase, given, settings
from sqlalchemy import Engine

from journey_engine.moving import dues
from tests.agreement.agreeing import ASKED, EXAMPLES, numbers, often
from tests.agreement.drawing import World, worlds
from tests.agreement.histories import Case, case
from tests.agreement.outcomes import Outcome
from tests.agreement.playing import by_engine

few = settings(often, max_examples=max(1, EXAMPLES // 12), phases=[Phase.generate])
MEMBERS = 60
DAYS = 6 if ASKED else 3


def played(engine: Engine, drawn: Case, ticks: list[datetime]) -> dict[str, Outcome]:
    return by_engine(engine, replace(drawn, ticks=tuple(ticks)))


def played_once(engine: Engine, drawn: Case, last: datetime) -> dict[str, Outcome]:
    """In one pass, of so many chunks that it gathers its triggers beforehand."""
    with patch.object(dues, "CHUNK", MEMBERS // 10):
        return played(engine, drawn, [last])


@pytest.mark.slow
@few
@given(worlds(across=False, fed=False), numbers, numbers)
def test_one_pass_gives_what_a_pass_an_hour_gives(
    agreement_database: Engine, world: World, first: int, plan: int
) -> None:
    drawn = case(world, list(range(first, first + MEMBERS)), plan, late=False)
    begin, last = drawn.live_since, drawn.live_since + timedelta(days=DAYS)
    hours = [begin + timedelta(hours=number) for number in range(1, 24 * DAYS + 1)]
    once = played_once(agreement_database, drawn, last)
    assert any(outcome.visits for outcome in once.values())
    assert once == played(agreement_database, drawn, hours)


@pytest.mark.slow
@few
@given(worlds(across=False, fed=False), numbers, numbers)
def test_one_pass_gives_what_a_pass_a_minute_gives(
    agreement_database: Engine, world: World, first: int, plan: int
) -> None:
    drawn = case(world, list(range(first, first + MEMBERS)), plan, late=False)
    middle = drawn.ticks[0]
    minutes = [middle + timedelta(minutes=number) for number in range(40 if ASKED else 20)]
    once = played_once(agreement_database, drawn, drawn.ticks[-1])
    assert once == played(agreement_database, drawn, [*minutes, drawn.ticks[-1]])

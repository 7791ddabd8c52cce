"""The golden law on the reference itself: how often one looks changes nothing, if nothing arrives late."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.agreement.drawing import World, worlds
from tests.agreement.histories import case
from tests.conftest import LONG, examples
from tests.reference.interpreter import Life
from tests.reference.stories import path


def outcome(drawn, member, arrivals, ticks):
    life = Life(drawn.world.project, member, arrivals, drawn.coverage, drawn.live_since)
    for tick in ticks:
        life.tick(tick)
    return {
        (name, visit.visit): (path(visit), visit.intents, visit.goal_at)
        for name in drawn.world.project.journeys
        for visit in life.memory.visits(name)
    }


@settings(max_examples=examples(60), derandomize=not LONG, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(across=False, fed=False), st.lists(st.integers(0, 10**6), min_size=1, max_size=3), st.integers(0, 10**6))
def test_one_tick_gives_what_many_give(world: World, seeds, plan):
    drawn = case(world, seeds, plan, late=False)
    first, last = drawn.ticks[0], drawn.ticks[-1]
    often = sorted({first + timedelta(hours=hours) for hours in range(0, 15 * 24, 5)} | {*drawn.ticks})
    often = [tick for tick in often if tick <= last]
    for member, arrivals in drawn.members:
        assert outcome(drawn, member, arrivals, [last]) == outcome(drawn, member, arrivals, often)

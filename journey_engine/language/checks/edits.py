"""Whether what a journey's file says about its own edit, `moved` and `reschedule`, names steps that can be meant."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.checks.names import unknown
from journey_engine.language.gather import Kept
from journey_engine.language.journey import Journey, Wait
from journey_engine.language.places import Problem
from journey_engine.language.words import Words


def edit_problems(kept: Kept) -> Iterator[Problem]:
    """Targets that are no steps, and times to be reckoned anew where nobody was promised one."""
    journey: Journey = kept.value
    if kept.page.is_damaged(("steps",)):
        return  # a step that could not be read may be the one that is named
    steps = {name: step for _, name, step in kept.steps}
    for old, new in journey.moved.items():
        if new not in steps:
            yield kept.page.problem(("moved", old), *unknown("step", new, steps))
    for number, name in enumerate(journey.reschedule):
        at = ("reschedule", number)
        if name not in steps:
            yield kept.page.problem(at, *unknown("step", name, steps))
        elif not isinstance(steps[name], Wait) and name not in journey.moved.values():
            yield kept.page.problem(at, *_NO_TIME)


_NO_TIME = (
    Words("這個步驟不是 wait，沒有可以重算的時間。", "This step is no wait, so it promised no time."),
    Words("請只寫改過的 wait，或 moved 的去處。", "Name waits that change, or where `moved` leads."),
)

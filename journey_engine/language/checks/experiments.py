"""Whether an experiment asks something that can be known: a measure that happens, arms that somebody gets."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.checks.conditions import query_problems
from journey_engine.language.checks.names import Spot
from journey_engine.language.journey import Split
from journey_engine.language.places import Problem
from journey_engine.language.words import Words

LEAST_AN_ARM = 50  # below that the normal approximation of the difference says little


def experiment_problems(step: Split, at: Spot) -> Iterator[Problem]:
    """Everything wrong with the experiment of a split, if it is one."""
    asked = step.experiment
    if asked is None:
        return
    yield from query_problems(asked.measure.query, at.below("experiment", "measure"))
    for arm, body in step.split.items():
        if body.share == 0:
            what = Words(f"「{arm}」的 share 是 0%，沒有人會抽到。", f"Nobody draws “{arm}”: its share is 0%.")
            yield at.page.problem((*at.path, "split", arm, "share"), what, _DELETE)
    smallest = min((body.share for body in step.split.values() if body.share > 0), default=None)
    if smallest is not None and asked.sample * smallest < LEAST_AN_ARM:
        least = -(-LEAST_AN_ARM // smallest)
        what = Words(
            f"樣本 {asked.sample:,} 人太少：最小的一組不到 {LEAST_AN_ARM} 人，看不出差別。",
            f"A sample of {asked.sample:,} is too small: its smallest arm has fewer than {LEAST_AN_ARM} members.",
        )
        cure = Words(f"請寫 sample: {least} 以上。", f"Write sample: {least} or more.")
        yield at.page.problem((*at.path, "experiment", "sample"), what, cure)


_DELETE = Words("請刪掉這一組，或給它一個比例。", "Delete the arm, or give it a share.")

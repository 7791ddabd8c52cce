"""Whether a journey as a whole can run: trigger, leave, goal, stages, names of steps, circles among journeys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from journey_engine.language import conditions as tree
from journey_engine.language.catalog import ValueType
from journey_engine.language.checks.conditions import condition_problems
from journey_engine.language.checks.edits import edit_problems
from journey_engine.language.checks.hours import hour_problems
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Names, Spot, names_of, unknown
from journey_engine.language.checks.steps import step_problems
from journey_engine.language.checks.triggers import trigger_problems
from journey_engine.language.checks.visits import visit_problems
from journey_engine.language.checks.waits import wait_problems
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.journey import GoTo, Journey
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.steps import dead_ends, ends_at_once, reached_at_once
from journey_engine.language.triggers import TRIGGERS, Enter
from journey_engine.language.words import Words


def journey_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the journeys of the project, files one by one and then together."""
    names, taps = names_of(found), taps_of(found)
    problems: list[Problem] = []
    for kept in found.journeys.values():
        spot = Spot(kept.page, (), names, taps, _entry_of(kept, names), key=kept.value.enter.again.per)
        problems += _whole(kept, spot)
        problems += step_problems(kept, spot)
        problems += visit_problems(found, kept, spot)
        problems += wait_problems(found, kept)
        problems += hour_problems(found, kept)
        problems += _order(kept)
        problems += _asleep(found, kept)
        problems += edit_problems(kept)
    return [*problems, *_circles(found)]


def _entry_of(kept: Kept, names: Names) -> Mapping[str, ValueType] | None:
    """What the trigger brings: the event's properties, the date. None: nothing is known of it."""
    enter: Enter = kept.value.enter
    if enter.on is not None:
        return names.properties_of(enter.on.query.event)
    if enter.date is not None:
        return {"date": "date"}
    return None if enter.by or kept.page.has_lost(("enter",), *TRIGGERS) else {}


def _whole(kept: Kept, spot: Spot) -> Iterator[Problem]:
    journey: Journey = kept.value
    yield from trigger_problems(kept, spot.below("enter"))
    if journey.stage is not None and spot.names.stages is not None and journey.stage not in spot.names.stages:
        yield kept.page.problem(("stage",), *unknown("stage", journey.stage, spot.names.stages))
    if journey.leave is not None:
        at = replace(spot.below("leave", "if"), is_watched=True)
        yield from condition_problems(journey.leave.if_.condition, at)
        if _is_settled(journey.leave.if_.condition):
            yield at.wrong(0, _SETTLED)
    if journey.goal is not None:
        at = replace(spot.below("goal", "if"), is_watched=True)
        yield from condition_problems(journey.goal.if_.condition, at)
        if _is_settled(journey.goal.if_.condition):
            yield at.wrong(0, _SETTLED)
    elif journey.holdout > 0 and not kept.page.has_lost((), "goal"):
        yield kept.page.problem(("holdout",), *_HOLDOUT)


def _is_settled(condition: tree.Condition) -> bool:
    """Whether nothing that happens inside the journey can change its truth, so that nobody would ever notice it."""
    return all(_leaf_is_settled(leaf) for leaf in tree.leaves(condition))


def _leaf_is_settled(leaf: tree.Condition) -> bool:
    match leaf:
        case tree.EntryProperty():
            return True
        case tree.EventCount(query=query) | tree.EventSum(query=query):
            return isinstance(query.window, tree.BeforeEntry)
        case _:
            return False


_SETTLED = (
    Words("這個條件在進入時就已確定，旅程中不會再變。", "This is settled at entry and never changes later."),
    Words(
        "請改寫在 enter 的 if，或改問旅程中會發生的事。",
        "Ask it in enter.if, or ask for what can happen later.",
    ),
)
_HOLDOUT = (
    Words("有 holdout 卻沒有 goal，對照組沒有可比較的結果。", "A holdout without a goal has nothing to compare."),
    Words(
        "請加上 goal，例如 goal: {if: purchase since entry, within: 14 days, then: stay}。",
        "Add a goal, for example goal: {if: purchase since entry, within: 14 days, then: stay}.",
    ),
)


# ---- the order of steps -------------------------------------------------------------------------------------------
def _order(kept: Kept) -> Iterator[Problem]:
    journey: Journey = kept.value
    seen: dict[str, int] = {}
    for path, name, _ in kept.steps:
        if name in seen:
            what = Words(
                f"步驟名稱「{name}」用了兩次（第 {seen[name]} 行已經有了）。",
                f"Two steps are called “{name}”; the first stands on line {seen[name]}.",
            )
            cure = Words("請換一個名稱；每個步驟的名稱都不同。", "Rename one; every step has a name of its own.")
            yield kept.page.problem(path, what, cure, key=True)
        seen.setdefault(name, kept.page.place(path, key=True).line)
    for path in dead_ends(journey):
        what = Words(f"沒有任何路會走到步驟「{path[-1]}」。", f"No way leads to step “{path[-1]}”.")
        cure = Words("它前面的 go_to 或 stop 已經結束了旅程。", "A go_to or stop before it has ended the journey.")
        yield kept.page.problem(path, what, cure, key=True)


# ---- journeys that hand members on --------------------------------------------------------------------------------
def _circles(found: Gathered) -> Iterator[Problem]:
    """Journeys that lead back to themselves without a wait, by go_to or `after`: each told where it is left."""
    ways = {name: _ways_on(found, name) for name in found.journeys}
    hops = {name: tuple(ways[name]) for name in ways}
    for name, targets in ways.items():
        for target, (page, path) in targets.items():
            round_ = _way(target, name, hops)
            if round_ is None:
                continue
            way = " → ".join((name, *round_))
            what = Words(f"旅程繞成一圈，中間沒有等待：{way}。", f"These journeys go round without a wait: {way}.")
            cure = Words("請在其中一個旅程加上 wait。", "Put a wait into one of them.")
            yield page.problem(path, what, cure)


def _ways_on(found: Gathered, name: str) -> dict[str, tuple[Page, Path]]:
    """The journeys a member comes to from this one without waiting, and where that is written."""
    kept = found.journeys[name]
    ways: dict[str, tuple[Page, Path]] = {}
    for target in reached_at_once(kept.value):
        path = next(p for p, _, step in kept.steps if isinstance(step, GoTo) and step.go_to == target)
        ways[target] = kept.page, (*path, "go_to")
    for target, other in found.journeys.items():
        if other.value.enter.after == name and ends_at_once(kept.value):
            ways.setdefault(target, (other.page, ("enter", "after")))
    return ways


def _asleep(found: Gathered, kept: Kept) -> Iterator[Problem]:
    """A warning for each go_to to a journey that lets nobody in."""
    journey: Journey = kept.value
    for path, _, step in kept.steps:
        target = found.journeys.get(step.go_to) if isinstance(step, GoTo) else None
        if target is None or target.value.status == "live" or journey.status != "live":
            continue
        status = target.value.status
        what = Words(
            f"旅程「{target.value.journey}」是 {status}，轉過去的人進不去。",
            f"Journey “{target.value.journey}” is {status}, so nobody handed on gets in.",
        )
        yield kept.page.problem((*path, "go_to"), what, severity="warning")


def _way(start: str, end: str, hops: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The shortest way from `start` to `end`, both included."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for following in hops.get(way[-1], ()):
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None

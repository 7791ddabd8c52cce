"""Whether a journey as a whole can run: trigger, leave, goal, stages, names of steps, circles among journeys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from journey_engine.language import conditions as tree
from journey_engine.language.catalog import ValueType
from journey_engine.language.checks.conditions import condition_problems, query_problems
from journey_engine.language.checks.edits import edit_problems
from journey_engine.language.checks.hours import hour_problems
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Names, Spot, names_of, unknown
from journey_engine.language.checks.steps import step_problems
from journey_engine.language.checks.waits import wait_problems
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.journey import GoTo, Journey
from journey_engine.language.places import Problem, is_there
from journey_engine.language.steps import dead_ends, reached_at_once, written_steps
from journey_engine.language.triggers import TRIGGERS, Enter
from journey_engine.language.words import Words


def journey_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the journeys of the project, files one by one and then together."""
    names, taps = names_of(found), taps_of(found)
    problems: list[Problem] = []
    for kept in found.journeys.values():
        spot = Spot(kept.page, (), names, taps, _entry_of(kept, names), key=kept.value.enter.again.per)
        problems += _whole(kept, spot)
        problems += step_problems(kept.value, spot)
        problems += wait_problems(found, kept)
        problems += hour_problems(found, kept)
        problems += _order(kept)
        problems += _asleep(found, kept)
        problems += edit_problems(kept)
    return [*problems, *_circles(found)]


def _entry_of(kept: Kept, names: Names) -> Mapping[str, ValueType] | None:
    """The properties of the event that lets members in; none for a segment's or a date's trigger."""
    journey: Journey = kept.value
    if journey.enter.on is None:
        return None if kept.page.has_lost(("enter",), "on") else {}
    return names.properties_of(journey.enter.on.query.event)


def _whole(kept: Kept, spot: Spot) -> Iterator[Problem]:
    journey: Journey = kept.value
    yield from _enter(kept, journey.enter, spot.below("enter"))
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


def _enter(kept: Kept, enter: Enter, spot: Spot) -> Iterator[Problem]:
    page = kept.page
    triggers = [word for word in TRIGGERS if is_there(kept.original.root, ("enter", word))]
    if len(triggers) != 1 and is_there(kept.original.root, ("enter",)):
        found = Words("、".join(triggers) or "沒有", ", ".join(triggers) or "none")
        what = Words(
            f"enter 要剛好一個入口，這裡有：{found.zh}。", f"enter needs exactly one trigger; here: {found.en}."
        )
        cure = Words(f"請只寫 {'、'.join(TRIGGERS)} 其中一個。", f"Write one of {', '.join(TRIGGERS)}.")
        yield page.problem(spot.path, what, cure, key=True)
    if enter.on is not None:
        yield from query_problems(enter.on.query, spot.below("on"))
    for segment, path in ((enter.joins, ("joins",)), (enter.at.to if enter.at else None, ("at", "to"))):
        if segment is not None and segment not in spot.names.segments:
            yield page.problem((*spot.path, *path), *unknown("segment", segment, spot.names.segments))
    if enter.if_ is not None:
        yield from condition_problems(enter.if_.condition, spot.below("if"))


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
    for path, name, _ in written_steps(journey):
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
    """Journeys that lead back to themselves by go_to without a wait anywhere: each told where it is left."""
    hops = {name: reached_at_once(kept.value) for name, kept in found.journeys.items()}
    for name, kept in found.journeys.items():
        for target in hops[name]:
            round_ = _way(target, name, hops)
            if round_ is None:
                continue
            path = next(
                p for p, _, step in written_steps(kept.value) if isinstance(step, GoTo) and step.go_to == target
            )
            way = " → ".join((name, *round_))
            what = Words(f"旅程繞成一圈，中間沒有等待：{way}。", f"These journeys go round without a wait: {way}.")
            cure = Words("請在其中一個旅程加上 wait。", "Put a wait into one of them.")
            yield kept.page.problem((*path, "go_to"), what, cure)


def _asleep(found: Gathered, kept: Kept) -> Iterator[Problem]:
    """A warning for each go_to to a journey that lets nobody in."""
    journey: Journey = kept.value
    for path, _, step in written_steps(journey):
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

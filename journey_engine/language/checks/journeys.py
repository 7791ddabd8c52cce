"""Whether a journey as a whole can run: trigger, leave, goal, stages, names of steps, circles among journeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from journey_engine.language import conditions as tree
from journey_engine.language.catalog import ValueType
from journey_engine.language.checks.conditions import condition_problems, query_problems
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Names, Spot, names_of, unknown
from journey_engine.language.checks.steps import step_problems
from journey_engine.language.checks.waits import wait_problems
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.graph import Graph, graph
from journey_engine.language.journey import Enter, GoTo, Journey, Wait
from journey_engine.language.places import Page, Problem
from journey_engine.language.steps import written_steps
from journey_engine.language.words import Words


def journey_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the journeys of the project, files one by one and then together."""
    names, taps = names_of(found), taps_of(found)
    problems: list[Problem] = []
    for kept in found.journeys.values():
        spot = Spot(kept.page, (), names, taps, _entry_of(kept.value, names))
        problems += _whole(kept, spot)
        problems += step_problems(kept.value, spot)
        problems += wait_problems(found, kept)
        problems += _order(kept)
    return [*problems, *_circles(found)]


def _entry_of(journey: Journey, names: Names) -> Mapping[str, ValueType] | None:
    """The properties of the event that lets members in; none for a segment's or a date's trigger."""
    if journey.enter.on is None:
        return {}
    return names.properties_of(journey.enter.on.query.event)


def _whole(kept: Kept, spot: Spot) -> Iterator[Problem]:
    journey: Journey = kept.value
    yield from _enter(journey.enter, spot.below("enter"), kept.page)
    if journey.stage is not None and spot.names.stages is not None and journey.stage not in spot.names.stages:
        yield kept.page.problem(("stage",), *unknown("stage", journey.stage, spot.names.stages))
    if journey.leave is not None:
        at = spot.below("leave", "if")
        yield from condition_problems(journey.leave.if_.condition, at)
        if _is_settled(journey.leave.if_.condition):
            yield at.wrong(0, _SETTLED)
    if journey.goal is not None:
        at = spot.below("goal", "if")
        yield from condition_problems(journey.goal.if_.condition, at)
        if _is_settled(journey.goal.if_.condition):
            yield at.wrong(0, _SETTLED)
    elif journey.holdout > 0 and not kept.page.is_damaged(()):
        yield kept.page.problem(("holdout",), *_HOLDOUT)


def _enter(enter: Enter, spot: Spot, page: Page) -> Iterator[Problem]:
    triggers = [word for word in ("on", "joins", "at") if getattr(enter, word) is not None]
    if len(triggers) != 1 and not page.is_damaged(spot.path):
        found = Words("、".join(triggers) or "沒有", ", ".join(triggers) or "none")
        what = Words(
            f"enter 要剛好一個入口，這裡有：{found.zh}。", f"enter needs exactly one trigger; here: {found.en}."
        )
        cure = Words("請只寫 on、joins、at 其中一個。", "Write one of on, joins, at.")
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
    Words(
        "這個條件在進入時就已確定，旅程中不會再變。", "This is settled at entry and never changes inside the journey."
    ),
    Words(
        "請改寫在 enter 的 if，或改問旅程中會發生的事。",
        "Ask it in enter.if, or ask for something that can happen later.",
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
    steps = list(written_steps(journey))
    counts = Counter(name for _, name, _ in steps)
    seen: dict[str, int] = {}
    for path, name, _ in steps:
        if counts[name] > 1 and name in seen:
            what = Words(
                f"步驟名稱「{name}」用了兩次（第 {seen[name]} 行已經有了）。",
                f"Two steps are called “{name}”; the first stands on line {seen[name]}.",
            )
            cure = Words("請換一個名稱；每個步驟的名稱都不同。", "Rename one; every step has a name of its own.")
            yield kept.page.problem(path, what, cure, key=True)
        seen.setdefault(name, kept.page.place(path, key=True).line)
    if max(counts.values()) == 1:
        yield from _unreachable(kept, graph(journey))


def _unreachable(kept: Kept, ways: Graph) -> Iterator[Problem]:
    """The first step of each stretch that no way leads to."""
    paths = {name: path for path, name, _ in written_steps(kept.value)}
    reached = {ways.first.name}
    for node in ways.nodes:  # parents come first
        if node.name in reached:
            reached.update(edge.to for edge in node.edges if edge.to is not None)
    hidden: tuple[str | int, ...] | None = None
    for node in ways.nodes:
        path = paths[node.name]
        if node.name in reached or (hidden is not None and path[: len(hidden)] == hidden):
            continue
        hidden = path[:-1]
        what = Words(f"沒有任何路會走到步驟「{node.name}」。", f"No way leads to step “{node.name}”.")
        cure = Words("它前面的 go_to 或 stop 已經結束了旅程。", "A go_to or stop before it has ended the journey.")
        yield kept.page.problem(path, what, cure, key=True)


# ---- journeys that hand members on --------------------------------------------------------------------------------
def _circles(found: Gathered) -> Iterator[Problem]:
    """Journeys that lead back to themselves by go_to without a wait anywhere: each told where it is left."""
    hops = {name: _hops(kept.value) for name, kept in found.journeys.items()}
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


def _hops(journey: Journey) -> tuple[str, ...]:
    """The journeys that can be reached without passing a wait."""
    names = Counter(name for _, name, _ in written_steps(journey))
    if max(names.values()) > 1:
        return ()
    ways = graph(journey)
    reached, found = {ways.first.name}, list[str]()
    for node in ways.nodes:
        if node.name not in reached:
            continue
        if isinstance(node.step, GoTo):
            found.append(node.step.go_to)
        if not isinstance(node.step, Wait):
            reached.update(edge.to for edge in node.edges if edge.to is not None)
    return tuple(dict.fromkeys(found))


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

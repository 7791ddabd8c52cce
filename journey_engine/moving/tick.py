"""All journeys at one instant: which have work, and passes until nothing new happens; it keeps no schedule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, exists, select

from journey_engine.compiler.dues import among as named
from journey_engine.compiler.dues import any_arrived, due_members
from journey_engine.compiler.plot import MOST_KEPT, Plot, plot_of
from journey_engine.errors import UsageError
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import GoTo, Journey
from journey_engine.language.project import Project
from journey_engine.moving.dues import NotApplied, bound_values, mode_of, move_cursor
from journey_engine.moving.observing import Observer, PassReport
from journey_engine.moving.passing import run_pass
from journey_engine.moving.superseding import Superseded, stop_if_superseded
from journey_engine.store import prepared

MOST_HOPS = 8  # rounds of journeys that hand members on to one another within one tick


def journeys_with_work(
    conn: Connection,
    project: Project,
    now: datetime,
    among: Collection[str] | None = None,
    only: Sequence[int] | None = None,
) -> list[str]:
    """Applied journeys in which anyone is due or changed at `now`, and those between them; see `handing_on_first`.

    Only those `among` the named ones are asked about, where some are; of nobody but the members `only` names (by
    number), and then no cursor is moved. It asks one prepared question a journey: all in one statement, that had to be
    copied and compiled anew at each call (0.1 s instead of some milliseconds). Where something arrived that a journey
    does not care for, its cursor is moved on in the caller's transaction; an idle question writes nothing.
    Raises PassGoesBack if `now` lies before a journey's last pass, and Superseded if other definitions were applied.
    """
    found: list[str] = []
    for journey in handing_on_first(project):
        if among is not None and journey.journey not in among:
            continue
        plot = plot_of(project, journey.journey)
        mode = mode_of(conn, plot)
        if mode is None:
            continue
        try:
            bound, mark = bound_values(conn, plot, now)
        except NotApplied:
            continue
        asked = _question(plot, mode.moves, mode.enters, mode.admits, only is not None)
        row = prepared.run(conn, asked, {**bound, "only": only and list(only)}).one()
        if row.due:
            found.append(plot.name)
        elif only is None and (row.arrived or mark.fired):
            move_cursor(conn, plot.name, mark, now if mark.fired else None)
    # In the end, so that no cursor has moved over what came after an apply: the transaction is rolled back then.
    stop_if_superseded(conn, project)
    between = _with_those_between(project, found)
    return between if among is None else [name for name in between if name in among]


def handing_on_first(project: Project) -> list[Journey]:
    """All journeys, each behind those that hand members on to it; else by falling priority, then name.

    Otherwise, after days without a tick, a later trigger of the next journey would be judged before an earlier hand-on,
    which then came too late. In a circle the first by priority and name begins.
    """
    left = sorted(project.journeys.values(), key=lambda each: (-each.priority, each.journey))
    ordered: list[Journey] = []
    while left:
        targets = {journey.journey: _targets(project, journey) - {journey.journey} for journey in left}
        free = (one for one in left if not any(one.journey in reached for reached in targets.values()))
        first = next(free, left[0])
        ordered.append(first)
        left.remove(first)
    return ordered


def by_themselves(project: Project, names: Collection[str] | None) -> frozenset[str] | None:
    """These journeys, which a worker of their own may move while others move the rest; None, as no name, means all.

    Raises UsageError for a name that is none, and where one of them hands members on to, or is handed members by, a
    journey that is not named: those pass in one order, by one worker.
    """
    if not names:
        return None
    for name in names:
        if name not in project.journeys:
            known = ", ".join(sorted(project.journeys))
            raise UsageError(f"No journey is called {name}.", f"There are {known}.", "journeys")
    for one in project.journeys.values():
        for other in _targets(project, one) & set(project.journeys):
            if (one.journey in names) != (other in names):
                raise UsageError(
                    f"{one.journey} hands members on to {other}, so that one worker moves both.",
                    f"Name both {one.journey} and {other}, or neither.",
                    "journeys",
                )
    return frozenset(names)


def _with_those_between(project: Project, found: list[str]) -> list[str]:
    """The journeys found, and those through which one of them may hand members on to another in the same round."""
    reached: dict[str, set[str]] = {}
    for journey in reversed(handing_on_first(project)):
        targets = _targets(project, journey)
        reached[journey.journey] = targets.union(*(reached.get(target, set[str]()) for target in targets))
    after = set[str]().union(*(reached[name] for name in found))
    between = {name for name in after if reached.get(name, set[str]()) & set(found)}
    return [each.journey for each in handing_on_first(project) if each.journey in {*found, *between}]


def _targets(project: Project, journey: Journey) -> set[str]:
    """The journeys it hands members on to, by go_to or because they come `after` it or listen to its end."""
    after = {name for name, each in project.journeys.items() if each.enter.after == journey.journey}
    after |= {name for name in project.journeys if plot_of(project, name).is_told_of & {journey.journey, None}}
    return after | {step.go_to for _, step in all_steps(journey) if isinstance(step, GoTo)}


@lru_cache(maxsize=4 * MOST_KEPT)
def _question(plot: Plot, moves: bool, enters: bool, admits: bool, only: bool) -> Select[Any]:
    who = exists(named(due_members(plot, moves, enters, admits), only))
    return select(who.label("due")) if only else select(who.label("due"), any_arrived().label("arrived"))


def tick(
    engine: Engine,
    project: Project,
    now: datetime,
    observer: Observer | None = None,
    among: Collection[str] | None = None,
    only: Sequence[int] | None = None,
) -> list[PassReport]:
    """Pass after pass, until nothing new happens: who is handed on enters the next journey in the same tick.

    With `among` no other journeys are looked at (a scenario needs few of them), with `only` no other members: what is
    theirs is found again, and found done, by the next tick. At most MOST_HOPS rounds; what is left
    then is found by the next tick.
    """
    reports: list[PassReport] = []
    for _ in range(MOST_HOPS):
        try:
            with engine.begin() as connection:
                names = journeys_with_work(connection, project, now, among, only)
        except Superseded:
            break  # the caller's next tick is given what was applied
        passes = [run_pass(engine, project, name, now, observer, only=only) for name in names]
        reports += passes
        if not any(report.changed for report in passes) or any(report.superseded for report in passes):
            break
    return reports

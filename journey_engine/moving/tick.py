"""All journeys at one instant: which have work, and passes until nothing new happens; it keeps no schedule."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, exists, select

from journey_engine.compiler.dues import any_arrived, due_members
from journey_engine.compiler.plot import MOST_KEPT, Plot, plot_of
from journey_engine.language.project import Project
from journey_engine.moving.dues import NotApplied, bound_values, mode_of, move_cursor
from journey_engine.moving.observing import Observer, PassReport
from journey_engine.moving.passing import run_pass

MOST_HOPS = 8  # rounds of journeys that hand members on to one another within one tick


def journeys_with_work(conn: Connection, project: Project, now: datetime) -> list[str]:
    """Applied journeys in which anyone is due or changed at `now`, by falling priority, then name.

    It asks one prepared question a journey: all in one statement, that had to be copied and compiled anew at each call
    (0.1 s instead of some milliseconds). Where something arrived that a journey does not care for, its cursor is moved
    on in the caller's transaction, so that the next question stays cheap; an idle question writes nothing.
    Raises PassGoesBack if `now` lies before a journey's last pass.
    """
    found: list[str] = []
    for journey in sorted(project.journeys.values(), key=lambda each: (-each.priority, each.journey)):
        plot = plot_of(project, journey.journey)
        mode = mode_of(conn, plot)
        if mode is None:
            continue
        try:
            bound, mark = bound_values(conn, plot, now)
        except NotApplied:
            continue
        row = conn.execute(_question(plot, mode.moves, mode.enters, mode.admits), bound).one()
        if row.due:
            found.append(plot.name)
        elif row.arrived:
            conn.execute(move_cursor(plot.name, mark))
    return found


@lru_cache(maxsize=4 * MOST_KEPT)
def _question(plot: Plot, moves: bool, enters: bool, admits: bool) -> Select[Any]:
    who = exists(due_members(plot, moves, enters, admits))
    return select(who.label("due"), any_arrived().label("arrived"))


def tick(engine: Engine, project: Project, now: datetime, observer: Observer | None = None) -> list[PassReport]:
    """Pass after pass, until nothing new happens: who is handed on enters the next journey in the same tick.

    At most MOST_HOPS rounds; what is left then is found by the next tick.
    """
    reports: list[PassReport] = []
    for _ in range(MOST_HOPS):
        with engine.begin() as connection:
            names = journeys_with_work(connection, project, now)
        passes = [run_pass(engine, project, name, now, observer) for name in names]
        reports += passes
        if not any(report.changed for report in passes):
            break
    return reports

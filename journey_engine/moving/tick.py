"""All journeys at one instant: which have work, and passes until nothing new happens; it keeps no schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, exists, literal, select, union_all

from journey_engine.compiler.dues import any_arrived, due_members
from journey_engine.compiler.plot import plot_of
from journey_engine.language.project import Project
from journey_engine.moving.dues import Mark, NotApplied, bound_values, mode_of, move_cursor
from journey_engine.moving.observing import Observer, PassReport
from journey_engine.moving.passing import run_pass

MOST_HOPS = 8  # rounds of journeys that hand members on to one another within one tick


def journeys_with_work(conn: Connection, project: Project, now: datetime) -> list[str]:
    """Applied journeys in which anyone is due or changed at `now`, by falling priority, then name.

    It asks in one statement. Where something arrived that a journey does not care for, its cursor is moved on in the
    caller's transaction, so that the next question stays cheap; an idle question writes nothing.
    Raises PassGoesBack if `now` lies before a journey's last pass.
    """
    asked, marks = list[Select[Any]](), dict[str, Mark]()
    for journey in sorted(project.journeys.values(), key=lambda each: (-each.priority, each.journey)):
        plot = plot_of(project, journey.journey)
        mode = mode_of(conn, plot)
        if mode is None:
            continue
        try:
            bound, marks[plot.name] = bound_values(conn, plot, now)
        except NotApplied:
            continue
        who = exists(due_members(plot, mode.moves, mode.enters, mode.admits))
        question = select(literal(plot.name).label("journey"), who.label("due"), any_arrived().label("arrived"))
        asked.append(question.unique_params(bound))
    if not asked:
        return []
    answers = {row.journey: row for row in conn.execute(union_all(*asked)).all()}
    for name, row in answers.items():
        if row.arrived and not row.due:
            conn.execute(move_cursor(name, marks[name]))
    return [name for name in marks if answers[name].due]


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

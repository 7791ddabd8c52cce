"""The instants at which the truth of a condition can change, and the first at which it holds; in SQL, running nothing.

Between two neighbouring candidates a condition keeps its truth, so the first instant at which it holds is the first
candidate at which it holds; more candidates than changes do no harm. Subqueries in FROM do not correlate by themselves:
the member's columns are given by name (`Whose`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, select, union_all

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.changes import Whose as Whose
from journey_engine.compiler.changes import changes_of
from journey_engine.compiler.conditions import condition_sql
from journey_engine.language.conditions import Condition, leaves
from journey_engine.language.project import Project


def candidate_instants(
    project: Project, condition: Condition, whose: Whose, now: ColumnElement[Any]
) -> Select[Any] | None:
    """Rows of one column `t` from the entry on, past and future (dates: to two years beyond `now`); None: none ever.

    Rows may repeat and come in no order; nulls are among them.
    """
    found = [found for leaf in leaves(condition) for found in changes_of(project, leaf, whose, now)]
    if not found:
        return None
    everything = union_all(*found).subquery("changes")
    return select(everything.c.t).where(everything.c.t >= whose.since)


def first_instant(
    project: Project, condition: Condition, whose: Whose, until: ColumnElement[Any], at_entry: bool
) -> ColumnElement[Any]:
    """The first instant in (entry, until] at which the condition holds (`at_entry`: or the entry's own); else null."""
    changes = candidate_instants(project, condition, whose, until)
    entry = select(whose.since.label("t"))
    if changes is None:
        if not at_entry:
            return literal(None, INSTANT)
        everything = entry.subquery("candidates")
    else:
        everything = (union_all(changes, entry) if at_entry else changes).subquery("candidates")
    t = everything.c.t
    within = and_(t <= until, t >= whose.since if at_entry else t > whose.since)
    # OFFSET 0 keeps the costly question out of the sort: it is asked in order of time until it is true.
    ordered = select(t).where(within).order_by(t).offset(literal_column("0")).subquery("c")
    holds = condition_sql(project, condition, whose.member, literal_column("c.t", INSTANT), whose.entry)
    return select(ordered.c.t).where(holds).order_by(ordered.c.t).limit(literal_column("1")).scalar_subquery()


def next_change(
    project: Project,
    condition: Condition,
    whose: Whose,
    now: ColumnElement[Any],
    until: ColumnElement[Any] | None = None,
) -> ColumnElement[Any]:
    """The first candidate after `now` (and not after `until`); null if nothing known can change the truth."""
    changes = candidate_instants(project, condition, whose, now)
    if changes is None:
        return literal(None, INSTANT)
    t = changes.subquery("candidates").c.t
    limits = [t > now] if until is None else [t > now, t <= until]
    return select(func.min(t)).where(*limits).scalar_subquery()

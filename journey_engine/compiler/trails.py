"""Rows of the trail, and how many took each way, by day; it decides nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Insert,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    func,
    insert,
    literal,
    literal_column,
    select,
    union_all,
)

from journey_engine.compiler import calendar, lines
from journey_engine.compiler.deciding import word
from journey_engine.compiler.frontier import AFTER, CARRIED, trail
from journey_engine.compiler.plot import Plot

Counted = Select[Any] | CompoundSelect[Any]
"""Returns how many took each way."""
COLUMNS = [column.name for column in trail.c]
_SAID = ("said", "outcome")


def number(node: int) -> ColumnElement[int]:
    """A node's number as a constant in the statement, so that partitions are chosen when it is planned."""
    return literal_column(str(node), Integer)


def row(source: CTE, **values: ColumnElement[Any]) -> Select[Any]:
    """A row of the trail per row of the source, with nulls for what is not said; `said` and `outcome` are counted."""
    carried = {name: source.c[name] for name in ("enrolment_id", "member_id", "arms", *CARRIED) if name in source.c}
    known = {**carried, "lines": lines.NO_LINES, **values}
    chosen = [known.get(column.name, literal(None, column.type)).label(column.name) for column in trail.c]
    if "said" in values:
        chosen += [known.get(name, literal(None, Text)).label(name) for name in _SAID]
    return select(*chosen).select_from(source)


def left(
    source: CTE | Subquery, at: ColumnElement[Any], so_far: ColumnElement[Any] = lines.NO_LINES
) -> dict[str, ColumnElement[Any]]:
    """What the row of somebody says who leaves at that instant, her reason standing in the source."""
    reason = source.c.leave_reason
    line = lines.line("(leave)", reason, among=("erased", "blocked", "leave", "goal"))
    return {
        "node": number(AFTER), "at": at, "end_reason": reason, "lines": so_far.concat(line), "said": word("(leave)"),
        "outcome": reason,
    }  # fmt: skip


def ended(source: CTE, at: ColumnElement[Any], so_far: ColumnElement[Any], reason: str) -> Select[Any]:
    """Rows of those whose enrolment ends without a step of theirs."""
    path = so_far.concat(lines.line("(end)", reason))
    return row(
        source, node=number(AFTER), at=at, end_reason=word(reason), lines=path, said=word("(end)"), outcome=word(reason)
    )


def added(rows: list[Select[Any]]) -> Insert:
    """These rows of the trail."""
    source = union_all(*rows) if len(rows) > 1 else rows[0]
    return insert(trail).from_select(COLUMNS, source)


def appended(plot: Plot, rows: list[Select[Any]]) -> Counted:
    """These rows, into the trail; returns step twice, outcome (null: rests), day and n."""
    source = union_all(*rows).cte("rows")
    written = added([select(*(source.c[name] for name in COLUMNS))]).cte("written")
    day = case((source.c.outcome.is_not(None), day_of(plot, source.c.at)))
    return counted(func.count(), of=source.c.said, step=source.c.said, outcome=source.c.outcome, day=day).add_cte(
        written
    )


def counted(n: ColumnElement[Any], **by: ColumnElement[Any]) -> Select[Any]:
    """`n` for each combination of the columns."""
    places = [literal_column(str(place), Integer) for place, _ in enumerate(by, 1)]
    return select(*(each.label(name) for name, each in by.items()), n.label("n")).group_by(*places)


def day_of(plot: Plot, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The business day on which a way is counted."""
    return calendar.local_date(at, literal(plot.project.policy.zone))

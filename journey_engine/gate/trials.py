"""The rows a trial import would set aside: the first of each reason, with the cell at fault; it stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, column, func, select

from journey_engine.gate.suites import Suite
from journey_engine.language.feed import Feed
from journey_engine.store.tables.operation import quarantine

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A row that would be set aside: its number in the file (1: the first after the header) and the cell at fault."""

    row: int
    column: str
    value: str | None


def examples(connection: Connection, batch: int, feed: Feed, suite: Suite) -> dict[str, tuple[Example, ...]]:
    """The first rows in quarantine for each reason, the commonest reason first."""
    reason = func.unnest(quarantine.c.reasons).table_valued(column("reason", Text)).render_derived()
    nth = func.row_number().over(partition_by=reason.c.reason, order_by=quarantine.c.row_number)
    rows = (
        select(reason.c.reason, quarantine.c.row_number, quarantine.c.content, nth.label("nth"),
               func.count().over(partition_by=reason.c.reason).label("all"))
        .select_from(quarantine.join(reason, quarantine.c.batch_id == batch))
        .subquery("rows")
    )  # fmt: skip
    order = (rows.c.all.desc(), rows.c.reason, rows.c.row_number)
    found: dict[str, tuple[Example, ...]] = {}
    for row in connection.execute(select(rows).where(rows.c.nth <= _SHOWN).order_by(*order)):
        name = _column_of(row.reason, row.content, feed, suite)
        found[row.reason] = (*found.get(row.reason, ()), Example(row.row_number, name, row.content.get(name)))
    return found


def _column_of(reason: str, content: Mapping[str, Any], feed: Feed, suite: Suite) -> str:
    """The column a rule is about: as the suite has it, else the one that the feed's own words name."""
    for rule in suite.expectations:
        if rule.rule == reason and rule.columns:
            return rule.columns[0]
    named = [name for name in content if name in reason]
    return max(named, key=len) if named else feed.member.from_

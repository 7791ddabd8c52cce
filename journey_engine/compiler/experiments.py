"""Who was shown which arm of an experiment, in the split's own statement; it measures nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Insert, Update, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import calendar
from journey_engine.compiler.plot import VERSION, Plot
from journey_engine.language.graph import Node
from journey_engine.language.journey import Split
from journey_engine.store.tables.experiments import exposures


def exposed(plot: Plot, node: Node, step: Split, took: CTE) -> list[Insert | Update]:
    """The exposures of those who take the split: a member's first alone counts; none where nothing is measured."""
    if step.experiment is None:
        return []
    until = calendar.plus(took.c.out_at, step.experiment.within, took.c.zone)
    rows: Any = select(
        literal(plot.name), literal(node.name), took.c.member_id, took.c.enrolment_id, took.c.outcome, VERSION,
        took.c.out_at, until,
    ).order_by(took.c.out_at, took.c.enrolment_id)  # fmt: skip
    into = ["journey", "step", "member_id", "enrolment_id", "arm", "version", "at", "until"]
    added = upsert(exposures).from_select(into, rows)
    return [added.on_conflict_do_nothing(index_elements=["journey", "step", "member_id"])]

"""The triggers that whoever was let in this round brought besides, refused when it ends; it lets nobody in.

They would be judged in the next round, one statement after the other, and in most journeys nothing else is left for it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Executable, Select, and_, case, delete, func, insert, literal, null, select, tuple_

from journey_engine.compiler.frontier import candidates, newcomers
from journey_engine.compiler.plot import NOW, Plot, stage
from journey_engine.compiler.verdicts import because_of, of_visit
from journey_engine.compiler.write_back import came_to
from journey_engine.store.tables.moving import entrances, refusals


def turn_away(plot: Plot) -> Select[Any]:
    """Written down; returns how many there were for each reason."""
    refused = stage(_refused(plot), "refused")
    n = refused.c
    rows = select(literal(plot.name), n.entry_ref, n.member_id, n.at, n.reason, n.why)
    written = insert(refusals).from_select(["journey", "entry_ref", "member_id", "at", "reason", "why"], rows)
    kept = and_(entrances.c.member_id == n.member_id, entrances.c.entry_ref == n.entry_ref)
    used = delete(entrances).where(entrances.c.journey == plot.name, kept)
    counted = select(n.reason, func.count()).group_by(n.reason)
    return counted.add_cte(written.cte("written"), used.cte("used"))


def leave_the_rest(plot: Plot) -> Executable:
    """In `candidates` those stay that another round has to judge."""
    refused = _refused(plot).subquery("refused")
    gone = select(refused.c.member_id, refused.c.entry_ref)
    return delete(candidates).where(tuple_(candidates.c.member_id, candidates.c.entry_ref).in_(gone))


def _refused(plot: Plot) -> Select[Any]:
    last, c = _visits(), candidates.c
    reason = case(*of_visit(plot, last, last.c.zone), else_=null()).label("reason")
    mine = and_(last.c.member_id == c.member_id, last.c.entry_key == c.entry_key)
    rows = select(c.member_id, c.entry_ref, c.at, reason, last.c.why).join(last, mine).where(c.at <= NOW)
    found = rows.subquery("found")
    return select(found).where(found.c.reason.is_not(None))


def _visits() -> CTE:
    """The visits that began in this round, and when they ended."""
    last, n = came_to(), newcomers.c
    ended_at = case((last.c.end_reason.is_not(None), last.c.at)).label("ended_at")
    why = because_of("enrolment", n.enrolment_id).label("why")
    rows = select(n.member_id, n.entry_key, n.zone, n.entered_at, ended_at, why)
    return stage(rows.join(last, last.c.enrolment_id == n.enrolment_id), "visits_of_round")

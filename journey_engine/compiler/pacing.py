"""The pace of entering: which day or hour every new trigger of a journey gets its turn in; it lets nobody in itself.

Triggers take, in order, the first period with room that is not before their own. Who is moved is judged, and enters, at
the period's start; all of them are kept in `entrances`, so that one taken note of twice is counted once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Executable,
    Interval,
    Numeric,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT, WALL
from journey_engine.compiler.entering import unused
from journey_engine.compiler.plot import Plot, stage
from journey_engine.compiler.triggers import arrived_triggers
from journey_engine.language.days import Pace
from journey_engine.store.tables.moving import entrances, paces

_FIRST = literal_column("0", BigInteger)


def give_turns(plot: Plot, pace: Pace) -> Executable:
    """Every trigger that arrived and has no turn yet gets one, in the transaction of the caller; returns how many."""
    zone = literal(plot.project.policy.zone)
    new = _new(plot)
    numbered = _numbered(new, pace, zone)
    periods = _periods(plot, pace, zone, numbered)
    begins = periods.alias("begins")
    # The place of a trigger among all free ones: behind the one before it, and not before its own period.
    place = numbered.c.number + func.max(begins.c.free_before - numbered.c.number).over(order_by=numbered.c.number)
    placed = stage(
        select(*numbered.c, place.label("place")).join(begins, begins.c.starts_at == numbered.c.period), "placed"
    )
    room = and_(periods.c.free_before <= placed.c.place, placed.c.place < periods.c.free_before + periods.c.free)
    at = case((periods.c.starts_at == placed.c.period, placed.c.at), else_=periods.c.starts_at)
    turns = stage(
        select(*placed.c, periods.c.starts_at.label("turn"), at.label("enters_at")).join(periods, room), "turns"
    )
    rows = select(literal(plot.name), turns.c.member_id, turns.c.entry_ref, turns.c.enters_at, turns.c.entry)
    # Where another pass gives turns at the same time, one of the two is done over (a conflict of snapshots).
    kept = upsert(entrances).from_select(["journey", "member_id", "entry_ref", "at", "entry"], rows)
    kept = kept.on_conflict_do_nothing()
    taken = select(literal(plot.name), turns.c.turn, func.count()).group_by(turns.c.turn)
    counted = upsert(paces).from_select(["journey", "starts_at", "taken"], taken)
    counted = counted.on_conflict_do_update(
        index_elements=["journey", "starts_at"], set_={"taken": paces.c.taken + counted.excluded.taken}
    )
    return select(func.count()).select_from(turns).add_cte(kept.cte("kept"), counted.cte("counted"))


def has_no_turn(plot: Plot, found: Any) -> ColumnElement[bool]:
    """Whether a trigger (member_id, entry_ref) was not taken note of before."""
    own = and_(entrances.c.member_id == found.c.member_id, entrances.c.entry_ref == found.c.entry_ref)
    return ~exists(select(literal(1)).where(entrances.c.journey == plot.name, own))


def _new(plot: Plot) -> CTE:
    everything = union_all(*arrived_triggers(plot)).subquery("found")
    once = select(everything).distinct(everything.c.member_id, everything.c.entry_ref)
    return once.where(unused(plot, everything), has_no_turn(plot, everything)).cte("new")


def _numbered(new: CTE, pace: Pace, zone: ColumnElement[Any]) -> CTE:
    """In order, from 0, with the start of the period each lies in."""
    order = [new.c.at, new.c.rank, new.c.number, new.c.member_id]
    number = cast(func.row_number().over(order_by=order), BigInteger) - 1
    period = func.date_trunc(pace.per, new.c.at, zone, type_=INSTANT)
    columns = [new.c[name] for name in ("member_id", "entry_ref", "at", "entry")]
    return stage(select(*columns, number.label("number"), period.label("period")), "numbered")


def _periods(plot: Plot, pace: Pace, zone: ColumnElement[Any], numbered: CTE) -> CTE:
    """Every period from the first that is asked for to one that surely has room, with how many are free before it."""
    taken = select(func.max(paces.c.starts_at)).where(paces.c.journey == plot.name).scalar_subquery()
    bounds = select(
        func.min(numbered.c.period).label("low"), func.greatest(func.max(numbered.c.period), taken).label("high"),
        cast(func.ceil(cast(func.count(), Numeric) / pace.count) + 1, BigInteger).label("more"),
    ).cte("bounds")  # fmt: skip
    starts = _starts(pace, zone, bounds).subquery("starts")
    used = and_(paces.c.journey == plot.name, paces.c.starts_at == starts.c.starts_at)
    free = func.greatest(pace.count - func.coalesce(paces.c.taken, 0), 0)
    room = select(starts.c.starts_at, free.label("free")).select_from(starts.outerjoin(paces, used)).cte("room")
    before = func.sum(room.c.free).over(order_by=room.c.starts_at, rows=(None, -1))
    free_before = cast(func.coalesce(before, _FIRST), BigInteger)
    return stage(select(room.c.starts_at, room.c.free, free_before.label("free_before")), "periods")


def _starts(pace: Pace, zone: ColumnElement[Any], bounds: CTE) -> Select[Any]:
    step = literal_column(f"interval '1 {pace.per}'", Interval)
    if pace.per == "hour":
        series = func.generate_series(bounds.c.low, bounds.c.high + bounds.c.more * step, step)
        return select(cast(series, INSTANT).label("starts_at")).where(bounds.c.low.is_not(None))
    low, high = calendar.local(bounds.c.low, zone), calendar.local(bounds.c.high, zone)
    days = select(
        cast(func.generate_series(low, high + bounds.c.more * step, step), WALL).label("day")
    ).where(bounds.c.low.is_not(None)).subquery("days")  # fmt: skip
    return select(func.date_trunc("day", calendar.instant(days.c.day, zone), zone, type_=INSTANT).label("starts_at"))

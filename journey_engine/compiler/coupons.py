"""Codes drawn by who comes to a step that sends them: one per visit and pool, nobody's twice; it fills no pool.

Who draws holds the pool's lock (`moving/passing.py`), so that no two chunks want the same codes. Which code it is does
not matter to anything that is decided.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler import calendar
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.plot import Plot, stage
from journey_engine.language.coupon import Coupon
from journey_engine.store.tables.coupons import coupon_codes

_CODES = coupon_codes.c


def with_codes(plot: Plot, pools: tuple[str, ...], took: CTE, node: int) -> tuple[FromClause, ColumnElement[Any]]:
    """Who took the step with the codes of these pools: the rows to select from, and the codes as jsonb by pool.

    A pool without a free code, or whose day is over, is left out of the codes. Null codes: there are no pools.
    """
    if not pools:
        return took, literal(None, JSONB(none_as_null=True))
    rows, pairs = took, list[ColumnElement[Any]]()
    joined: FromClause = rows
    for number, pool in enumerate(pools):
        held = _held(plot, plot.project.coupons[pool], took, f"{number}_of_{node}")
        # Full, though nobody holds who did not take: planned for few rows, a left join went through all pairs of many.
        joined = joined.outerjoin(held, held.c.enrolment_id == took.c.enrolment_id, full=True)
        pairs += [literal(pool, Text), held.c.told]
    codes = func.jsonb_strip_nulls(func.jsonb_build_object(*pairs, type_=JSONB), type_=JSONB)
    return joined, codes


def _held(plot: Plot, coupon: Coupon, took: CTE, number: str) -> CTE:
    """(enrolment_id, told): the code each visit has had from this pool, or draws now."""
    zone = literal(plot.project.policy.zone)
    again = (
        update(coupon_codes)
        .where(_CODES.enrolment_id == took.c.enrolment_id, _CODES.pool == coupon.coupon)
        .values(held=_CODES.held + 1)
        .returning(_CODES.enrolment_id, _told(zone).label("told"))
        .cte(f"again_{number}")
    )
    wanting = _wanting(coupon, took, zone, number)
    free = _free(coupon, wanting, number)
    mine = [wanting.c[name] for name in ("enrolment_id", "member_id", "out_at", "expires_at")]
    both = wanting.outerjoin(free, free.c.place == wanting.c.place, full=True)
    pairs = stage(select(free.c.id, *mine).select_from(both), f"pairs_{number}")
    drawn = (
        update(coupon_codes)
        .where(_CODES.id == pairs.c.id)
        .values(
            enrolment_id=pairs.c.enrolment_id,
            member_id=pairs.c.member_id,
            drawn_at=pairs.c.out_at,
            expires_at=pairs.c.expires_at,
            held=1,
        )
        .returning(_CODES.enrolment_id, _told(zone).label("told"))
        .cte(f"drawn_{number}")
    )
    return union_all(select(*again.c), select(*drawn.c)).cte(f"held_{number}")


def _wanting(coupon: Coupon, took: CTE, zone: ColumnElement[Any], number: str) -> CTE:
    """Who has no code of the pool yet, in the order of coming, each with her code's end."""
    mine = coupon_codes.alias(f"mine_{number}")
    has_one = select(mine.c.id).where(mine.c.enrolment_id == took.c.enrolment_id, mine.c.pool == coupon.coupon).exists()
    ends = _ends(coupon, took.c.out_at, zone)
    rows = select(
        took.c.enrolment_id,
        took.c.member_id,
        took.c.out_at,
        ends.label("expires_at"),
        func.row_number().over(order_by=(took.c.out_at, took.c.enrolment_id)).label("place"),
    )
    return stage(rows.where(~has_one, or_(ends.is_(None), ends > took.c.out_at)), f"wanting_{number}")


def _free(coupon: Coupon, wanting: CTE, number: str) -> CTE:
    """As many codes nobody has, those that came first."""
    wanted: Select[Any] = select(func.count()).select_from(wanting)
    first = (
        select(_CODES.id)
        .where(and_(_CODES.pool == coupon.coupon, _CODES.enrolment_id.is_(None), _CODES.redeemed_at.is_(None)))
        .order_by(_CODES.id)
        .limit(wanted.scalar_subquery())
        .with_for_update(skip_locked=True)
        .cte(f"first_{number}")
    )
    return stage(select(first.c.id, func.row_number().over(order_by=first.c.id).label("place")), f"free_{number}")


def _ends(coupon: Coupon, at: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """When a code drawn at `at` stops being worth anything; null: never."""
    expiry = coupon.expires
    if expiry is None:
        return literal(None, INSTANT)
    if expiry.after is None:
        return calendar.start_of(cast(literal(expiry.on), Date) + 1, zone)
    if expiry.after.is_exact:
        return calendar.plus(at, expiry.after, zone)
    last = cast(calendar.local(at, zone) + calendar.interval(expiry.after), Date)
    return calendar.start_of(last + 1, zone)


def _told(zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """A code as the intent keeps it; `until`: the last day on which it is worth something."""
    last = cast(
        cast(calendar.local(_CODES.expires_at - func.make_interval(0, 0, 0, 0, 0, 0, 0.000001), zone), Date), Text
    )
    told = ("code", _CODES.code, "until", last, "expires_at", _CODES.expires_at)
    pairs = [literal(each, Text) if isinstance(each, str) else each for each in told]
    return func.jsonb_strip_nulls(func.jsonb_build_object(*pairs), type_=JSONB)

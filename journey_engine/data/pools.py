"""How coupon pools stand: free, given, redeemed, expired, and how long they last at the pace of late; it reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from math import floor
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from journey_engine.language.project import Project
from journey_engine.language.words import Words

PACE_DAYS = 7

_STAND = text("""
select pool,
       count(*) filter (where enrolment_id is null and redeemed_at is null) as free,
       count(*) filter (where enrolment_id is not null) as given,
       count(*) filter (where redeemed_at is not null) as redeemed,
       count(*) filter (where enrolment_id is not null and redeemed_at is null and expires_at <= :now) as expired,
       coalesce(sum(redeemed_again), 0) as again,
       count(*) filter (where drawn_at > :now - make_interval(days => :days) and drawn_at <= :now) as lately,
       extract(epoch from :now - min(drawn_at)) / 86400 as since
from coupon_codes where pool = any(cast(:pools as text[])) group by pool
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """One pool. `given` are members' codes, used or not; `redeemed` used ones, each once, and `again` how often codes
    came that were used before. `days_left` None: nobody draws, or the pool's own day comes first."""

    pool: str
    title: str
    low: int
    free: int = 0
    given: int = 0
    redeemed: int = 0
    expired: int = 0
    again: int = 0
    days_left: int | None = None
    is_over: bool = False

    @property
    def is_low(self) -> bool:
        """Whether somebody should bring more codes."""
        return not self.is_over and self.free <= self.low


def standings(connection: Connection, project: Project, now: datetime) -> tuple[Standing, ...]:
    """Every declared pool at the business instant `now`, by name. The pace is that of the last seven days."""
    if not project.coupons:
        return ()
    given = {"now": now, "days": PACE_DAYS, "pools": sorted(project.coupons)}
    rows = {row.pool: row for row in connection.execute(_STAND, given)}
    today = now.astimezone(ZoneInfo(project.policy.zone)).date()
    found: list[Standing] = []
    for name, coupon in sorted(project.coupons.items()):
        last_day = coupon.expires.on if coupon.expires else None
        plain = Standing(name, coupon.title, coupon.low, is_over=last_day is not None and last_day < today)
        row = rows.get(name)
        if row is None:
            found.append(plain)
            continue
        pace = row.lately / min(PACE_DAYS, max(1.0, float(row.since or 0)))
        left = floor(row.free / pace) if pace else None
        found.append(
            replace(
                plain, free=row.free, given=row.given, redeemed=row.redeemed, expired=row.expired,
                again=int(row.again), days_left=left,
            )
        )  # fmt: skip
    return tuple(found)


def said(pool: Standing) -> Words:
    """A pool in one line."""
    zh = f"可發 {pool.free:,}、已發 {pool.given:,}、已用 {pool.redeemed:,}、過期 {pool.expired:,}"
    en = f"{pool.free:,} free, {pool.given:,} given, {pool.redeemed:,} redeemed, {pool.expired:,} expired"
    if pool.again:
        zh, en = f"{zh}、重複使用 {pool.again:,} 次", f"{en}, {pool.again:,} times used again"
    if pool.days_left is not None and not pool.is_over:
        zh, en = (
            f"{zh}；照最近的速度還能發 {pool.days_left:,} 天",
            f"{en}; {pool.days_left:,} days left at the pace of late",
        )
    return Words(f"{pool.pool}（{pool.title}）：{zh}", f"{pool.pool}: {en}")


def warnings(stand: Iterable[Standing]) -> tuple[Words, ...]:
    """A sentence for each pool that is running low, empty or past its day."""
    return tuple(_warning(each) for each in stand if each.is_low or (each.is_over and each.free))


def _warning(pool: Standing) -> Words:
    name = pool.pool
    if pool.is_over:
        return Words(
            f"折價券 {name} 的期限已過，不會再發出序號。", f"Coupon {name} is past its last day: no code is given."
        )
    if not pool.free:
        return Words(
            f"折價券 {name} 的序號已經發完，要用到它的訊息不會送出（有預設文字的除外）。請加序號。",
            f"Coupon {name} has no code left: messages that need one, and give no default, are not sent. Add codes.",
        )
    pace = Words("", "")
    if pool.days_left is not None:
        pace = Words(f"，照最近的速度還能發 {pool.days_left:,} 天", f", {pool.days_left:,} days at the pace of late")
    return Words(
        f"折價券 {name} 只剩 {pool.free:,} 組序號{pace.zh}。請加序號。",
        f"Coupon {name} has {pool.free:,} codes left{pace.en}. Add codes.",
    )

"""Filling the coupon pools as a task run with its count; a file that cannot be read never stops the night."""

from __future__ import annotations

from journey_engine.data import stocking
from tasks.ground import Ground
from tasks.pieces import Done, Told, piece


def fill_coupons(on: Ground) -> Done[list[stocking.Stocked]]:
    """Coupon pools get the codes of new files, or as many made ones as they lack."""

    def work() -> list[stocking.Stocked]:
        return stocking.fill(on.engine, on.project, on.settings.project, on.now)

    def told(brought: list[stocking.Stocked]) -> Told:
        new = sum(each.added for each in brought)
        return Told(f"{new:,} new" if new else "nothing new", "\n".join(str(each) for each in brought))

    return piece("coupons", work, told, retries=2)

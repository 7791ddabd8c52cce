"""A segment whose size changes all of a sudden: the hold on the sends that rest on it; it changes no stay."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.gate.holds import hold, open_holds
from journey_engine.language.catalog import Segment


def look(connection: Connection, segment: Segment, size: int, before: int, now: datetime) -> None:
    """Open a hold if the size differs from that of the refresh before by more than `watch` allows (0 counts as 1).

    The segment itself is as worked out. A second sudden change adds no second hold while one is open.
    """
    if segment.watch is None:
        return
    share = Decimal(abs(size - before)) / max(before, 1)
    if share <= segment.watch.change or open_holds(connection, "segment", segment.segment):
        return
    reason = (
        f"It had {before:,} members and now has {size:,}, a change of {share:.0%} (watch: {segment.watch.change:.0%})."
    )
    cure = (
        f"Look at its rule and its data; then journeys release {segment.segment} --scope segment"
        ' --by NAME --reason "why"'
    )
    hold(connection, "segment", segment.segment, reason, cure, now)

"""What a feed's landed batches mostly were: how many rows, which share against each rule; it judges nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from journey_engine.data import batches
from journey_engine.gate.suites import Suite
from journey_engine.language.feed import Feed
from journey_engine.store.tables.operation import batches as book

_WEEKS = 8  # how far back the same weekday is looked for
_FEWEST = 3  # batches that make something usual


def parameters(connection: Connection, feed: Feed, until: datetime, days: float) -> dict[str, float]:
    """What `$PARAMETER` of a suite may name, in rows: `usual_rows` and `weekday_rows`.

    `usual_rows` is the median a day of the last seven landed batches, times the days of this one; `weekday_rows` the
    median of the batches of one day that ended on the same weekday within eight weeks, and `usual_rows` unless there
    are three. 0 for a batch of no usual size (`days` 0).
    """
    if not days:
        return {"usual_rows": 0, "weekday_rows": 0}
    rows = batches.usual_rows(connection, feed.feed, days)
    same = _of_weekday(connection, feed, until) if days <= 1 else []
    return {"usual_rows": rows, "weekday_rows": float(median(same)) if len(same) >= _FEWEST else rows}


def shares(connection: Connection, feed: str, suite: Suite) -> dict[str, float]:
    """For each rule with `usual` the median share that the last landed batches had against it, if three knew it."""
    asked = {rule.rule: rule.usual.last for rule in suite.expectations if rule.usual is not None}
    if not asked:
        return {}
    query = select(book.c.verdict).where(book.c.feed == feed, book.c.status == "landed").order_by(book.c.id.desc())
    past = list(connection.execute(query.limit(max(asked.values()))).scalars())
    found: dict[str, float] = {}
    for rule, last in asked.items():
        known = [share for verdict in past[:last] if (share := _share(verdict, rule)) is not None]
        if len(known) >= _FEWEST:
            found[rule] = float(median(known))
    return found


def _share(verdict: dict[str, Any] | None, rule: str) -> float | None:
    outcomes = (verdict or {}).get("outcomes", ())
    return next((outcome["share"] for outcome in outcomes if outcome["rule"] == rule), None)


def _of_weekday(connection: Connection, feed: Feed, until: datetime) -> list[int]:
    """Rows of the landed batches of a day that end on the weekday that `until` ends, in the zone of `covers`."""
    zone = ZoneInfo(feed.covers.zone if feed.covers else "UTC")
    last = timedelta(microseconds=1)  # the end of a day is the next one's first instant
    query = select(book.c.covers_to, book.c.read, book.c.verdict["days"].as_float()).where(
        book.c.feed == feed.feed,
        book.c.status == "landed",
        book.c.covers_to.between(until - timedelta(weeks=_WEEKS), until - timedelta(days=1)),
    )
    weekday = (until - last).astimezone(zone).weekday()
    return [
        read for end, read, days in connection.execute(query)
        if (days or 1) <= 1 and (end - last).astimezone(zone).weekday() == weekday
    ]  # fmt: skip

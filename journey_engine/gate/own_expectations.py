"""The rules of a suite that only we can work out: orphans, dates ahead, how old the newest is; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, and_, func, select

from journey_engine.data import casts
from journey_engine.data.good_rows import known_by, owners_of
from journey_engine.gate.row_rules import RowRule
from journey_engine.gate.suites import AHEAD, MEMBER, NEWEST, Expectation, Suite
from journey_engine.gate.verdict import Outcome
from journey_engine.language.feed import Feed

_SKEW = 5  # minutes: a clock that far ahead is a clock


def about_rows(suite: Suite, feed: Feed, table: Table, now: datetime) -> Iterator[RowRule]:
    """The rules about rows; `now` is the batch's business instant."""
    for rule in suite.expectations:
        if rule.type == MEMBER:
            own = owners_of(feed)
            written = table.c[feed.member.from_]
            known = select(own.c.value).where(own.c.value == known_by(feed, table))
            yield RowRule(rule.rule, and_(written.is_not(None), ~known.exists()), written.is_not(None), rule)
        elif rule.type == AHEAD:
            column = table.c[str(rule.kwargs["column"])]
            limit = now + timedelta(minutes=float(rule.kwargs.get("minutes", _SKEW)))
            yield RowRule(rule.rule, casts.later_than(column, _zone(rule, feed), limit), column.is_not(None), rule)


def about_the_whole(
    connection: Connection, suite: Suite, feed: Feed, table: Table, until: datetime
) -> dict[str, Outcome]:
    """The rules about how old the newest is, counted from `until`: the covered end, else the batch's instant."""
    found: dict[str, Outcome] = {}
    for rule in suite.expectations:
        if rule.type != NEWEST:
            continue
        name, zone = str(rule.kwargs["column"]), _zone(rule, feed)
        newest = connection.execute(select(func.max(casts.instant(table.c[name], zone)))).scalar()
        fresh = newest is not None and newest >= until - timedelta(hours=float(rule.kwargs["hours"]))
        seen = f"the newest is of {newest:%Y-%m-%d %H:%M} UTC" if newest else f"no {name} is a date"
        found[rule.rule] = Outcome(
            rule.rule, rule.title, rule.severity, fresh, observed="" if fresh else seen, column=name
        )
    return found


def _zone(rule: Expectation, feed: Feed) -> str:
    """The zone the column's text is in: as the rule says, as the feed's events have it, else UTC."""
    said = rule.kwargs.get("zone")
    column = rule.kwargs.get("column")
    of_events = next((brings.at.zone for brings in feed.brings if brings.at.from_ == column), "UTC")
    return str(said) if said else of_events

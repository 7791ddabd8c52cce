"""A staged batch by its suite and its feed's needs: every rule's outcome, bad rows set aside; it lands nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import URL, Connection, Table

from journey_engine.gate import gate, own_expectations, quarantine, usual
from journey_engine.gate.gate import Judged
from journey_engine.gate.marking import mark
from journey_engine.gate.row_rules import RowRule, outcome
from journey_engine.gate.suites import Suite
from journey_engine.gate.verdict import Outcome
from journey_engine.language.feed import Feed
from journey_engine.language.merging import Merging


@dataclass(frozen=True, slots=True)
class Batch:
    """What is judged: the batch's number, feed, table and suite; `now` its business instant, `until` the covered end.

    `days`: how many it spans; 0 for one that reaches back to the beginning, which has no usual size.
    """

    number: int
    feed: Feed
    merge: Merging
    table: Table
    suite: Suite
    now: datetime
    until: datetime
    days: float


def ask(url: URL, connection: Connection, batch: Batch) -> Judged:
    """What Great Expectations says of it; the staging table must be committed, as GX has a connection of its own."""
    return gate.judge(url, batch.table, batch.suite, usual.parameters(connection, batch.feed, batch.until, batch.days))


def settle(connection: Connection, batch: Batch, judged: Judged) -> tuple[Outcome, ...]:
    """Mark and quarantine its bad rows; the outcomes of all rules of the suite, in its order."""
    rules = row_rules(batch, judged)
    marked = mark(connection, batch.table, rules, batch.suite.path)
    if any(marked.broken):
        quarantine.set_aside(connection, batch.number, batch.feed, batch.table, rules)
    found = dict(judged.outcomes)
    found |= own_expectations.about_the_whole(connection, batch.suite, batch.feed, batch.table, batch.until)
    shares = usual.shares(connection, batch.feed.feed, batch.suite)
    for place, rule in enumerate(rules):
        if rule.expectation is not None:
            counted = marked.concerned[place], marked.broken[place]
            found[rule.reason] = outcome(rule.expectation, marked.read, *counted, shares.get(rule.reason))
    return tuple(found[rule.rule] for rule in batch.suite.expectations)


def row_rules(batch: Batch, judged: Judged) -> list[RowRule]:
    """All rules about its rows: the suite's, and what the feed itself needs."""
    ours = own_expectations.about_rows(batch.suite, batch.feed, batch.table, batch.now)
    return [*judged.rows, *ours, *quarantine.own_rules(batch.feed, batch.merge, batch.table, batch.now)]

"""Quarantined rows once more through the gate, as they stand or corrected; what is good lands, what is bad stays.

A row keeps its place: batch and number in the file. So read = landed + already + quarantined stays true of the batch,
and the same corrected file twice lands nothing twice. One transaction a batch: killed at any point, a batch's rows have
moved or have not. A correction speaks as of its batch: of a feed that brings members only, a row is passed over when a
later batch of that feed has landed and its member was changed since; it then counts as already there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, literal, select, text, update

from journey_engine.data import batches, staging
from journey_engine.data.accept import land
from journey_engine.data.feeds import alone
from journey_engine.data.good_rows import known_by, owners_of
from journey_engine.data.staging import ROW
from journey_engine.gate import judging, quarantine, quarantined, suites
from journey_engine.gate.marking import MARKS, mark
from journey_engine.gate.quarantined import Which
from journey_engine.gate.row_rules import RowRule
from journey_engine.language.feed import Feed
from journey_engine.language.project import Project
from journey_engine.members import erased, phones
from journey_engine.reading.finding import needed_columns
from journey_engine.reading.mistakes import NoSuchFeed
from journey_engine.settings import Settings
from journey_engine.store.tables.operation import batches as book
from journey_engine.store.tables.operation import quarantine as kept
from journey_engine.store.tables.people import members

Content = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Relanded:
    """What became of a batch's rows. tried = landed + already + still_bad; `reasons` counts those of the bad ones."""

    feed: str
    batch: int
    tried: int
    landed: int
    already: int
    still_bad: int
    reasons: Mapping[str, int]
    held: bool = False

    def __str__(self) -> str:
        head = f"{self.feed}, batch {self.batch}: "
        if self.held:
            return f"{head}it is held; its rows wait for its release."
        why = "; ".join(f"{reason} {count}" for reason, count in self.reasons.items())
        said = f"{self.tried} tried, {self.landed} landed, {self.already} already there, {self.still_bad} still bad"
        return head + said + (f" ({why})" if why else "")


def retry(
    engine: Engine,
    project: Project,
    settings: Settings,
    which: Which,
    by: str,
    why: str,
    now: datetime,
    corrected: Mapping[int, Content] | None = None,
) -> list[Relanded]:
    """Try open rows again by today's rules, `corrected` ones (by their numbers) with what stands there now.

    Rows of held batches wait for the release. Raises NoSuchFeed, NoSuchSuite and BrokenSuite.
    """
    with engine.connect() as connection:
        query = select(kept.c.batch_id, kept.c.feed).where(*which.conditions).distinct().order_by(kept.c.batch_id)
        found = connection.execute(query).tuples().all()
    done: list[Relanded] = []
    for batch, name in found:
        if name not in project.feeds:
            raise NoSuchFeed(name, sorted(project.feeds))
        feed = project.feeds[name]
        work = _Work(project, feed, suites.read(settings.expectations, feed.suite), batch, by, why, now)
        with alone(engine, name):
            done.append(_retry(engine, work, which, corrected or {}))
    return done


@dataclass(frozen=True, slots=True)
class _Work:
    project: Project
    feed: Feed
    suite: suites.Suite
    batch: int
    by: str
    why: str
    now: datetime


def _retry(engine: Engine, work: _Work, which: Which, corrected: Mapping[int, Content]) -> Relanded:
    with engine.begin() as connection:
        if batches.one(connection, work.batch).status != "landed":
            return Relanded(work.feed.feed, work.batch, 0, 0, 0, 0, {}, held=True)
        asked = Which(work.feed.feed, work.batch, which.reason, which.numbers)
        rows = quarantined.rows(connection, asked)
        table = _stage(connection, work, rows, corrected)
        phones.put_in_form(connection, work.feed, table, phones.country_of(work.project.policy))
        tried = len(rows) - _leave_erased(connection, work, table, rows)
    merge = work.project.policy.merge
    told = judging.Batch(work.batch, work.feed, merge, table, work.suite, work.now, work.now, 0)
    with engine.connect() as connection:
        judged = judging.ask(engine.url, connection, told)
    with engine.begin() as connection:
        rules = judging.row_rules(told, judged)
        mark(connection, table, rules, work.suite.path)
        still_bad = _keep_bad(connection, work, table, rules)
        good = _settle_good(connection, work, table)
        outdated = _pass_over(connection, work, table)
        schema, fresh = work.project.schema_, good - outdated
        landed, counts = land(connection, work.feed, schema, merge, work.batch, table, fresh, work.now)
        staging.drop(connection, work.batch)
        _book(connection, work, good, landed, counts)
        reasons = _reasons(connection, work, [row.number for row in rows])
    return Relanded(work.feed.feed, work.batch, tried, landed, good - landed, still_bad, reasons)


def _stage(
    connection: Connection, work: _Work, rows: Sequence[quarantined.Row], corrected: Mapping[int, Content]
) -> Table:
    """The rows as they stand now in a staging table of their batch, under their numbers in the file."""
    names = list(dict.fromkeys(name for row in rows for name in row.content))
    names += [name for name in {**needed_columns(work.feed), **work.suite.columns} if name not in names]
    lines = [(row.row, {**row.content, **_only(corrected.get(row.number, {}), row.content)}) for row in rows]
    staging.drop(connection, work.batch)
    staging.fill(connection, work.batch, names, lines)
    return staging.table_of(work.batch, names)


def _leave_erased(connection: Connection, work: _Work, table: Table, rows: Sequence[quarantined.Row]) -> int:
    """Rows about people who were erased are given up, and nothing of them is kept; how many."""
    gone = erased.take_out(connection, work.feed, table)
    if not gone:
        return 0
    there = select(table.c[ROW])
    values: dict[str, Any] = {"status": "dropped", "content": {}, "settled_at": work.now, "settled_by": "erased"}
    statement = update(kept).values(values)
    hers = kept.c.id.in_([row.number for row in rows]), kept.c.row_number.not_in(there)
    connection.execute(statement.where(*hers))
    return gone


def _only(said: Content, content: Content) -> dict[str, str | None]:
    return {name: value for name, value in said.items() if name in content}


def _keep_bad(connection: Connection, work: _Work, table: Table, rules: Sequence[RowRule]) -> int:
    """Write down of rows that are still bad what stands there now and why; the other marks are taken away."""
    bad = quarantine.bad_rows(table, rules)
    if bad is None:
        connection.execute(text("delete from marks"))
        return 0
    told = bad.subquery("bad")
    places = [place for place, rule in enumerate(rules) if rule.sets_aside]
    connection.execute(MARKS.delete().where(~MARKS.c.rules.overlap(places)))
    statement = (
        update(kept)
        .values(content=told.c.content, reasons=told.c.reasons)
        .where(kept.c.batch_id == work.batch, kept.c.row_number == told.c.row, kept.c.status == "open")
    )
    return connection.execute(statement).rowcount


def _settle_good(connection: Connection, work: _Work, table: Table) -> int:
    """Rows without a mark leave quarantine, with what they say now."""
    staged = table.alias("staged")
    content = func.to_jsonb(text("staged")).op("-")(literal(ROW)).label("content")
    good = select(staged.c[ROW].label("row"), content).where(staged.c[ROW].not_in(select(MARKS.c.row))).subquery("good")
    values: dict[str, Any] = {"status": "landed", "settled_at": work.now, "settled_by": work.by}
    statement = (
        update(kept)
        .values({**values, "settle_reason": work.why, "content": good.c.content})
        .where(kept.c.batch_id == work.batch, kept.c.row_number == good.c.row, kept.c.status == "open")
    )
    return connection.execute(statement).rowcount


def _pass_over(connection: Connection, work: _Work, table: Table) -> int:
    """Take away good rows that a later batch has spoken after; how many."""
    mine = batches.one(connection, work.batch)
    later = select(book.c.id).where(book.c.feed == mine.feed, book.c.status == "landed", book.c.id > mine.id)
    if work.feed.brings or connection.execute(later.limit(1)).first() is None:
        return 0
    own = owners_of(work.feed)
    changed = select(own.c.value).join(members, members.c.id == own.c.member_id).where(members.c.changed_at > mine.now)
    gone = table.delete().where(known_by(work.feed, table).in_(changed), table.c[ROW].not_in(select(MARKS.c.row)))
    return connection.execute(gone).rowcount


def _book(connection: Connection, work: _Work, good: int, landed: int, counts: Mapping[str, int]) -> None:
    """Move the good rows in the batch's books from quarantined to landed or already there."""
    row = batches.one(connection, work.batch)
    added = {name: row.counts.get(name, 0) + counts.get(name, 0) for name in {**row.counts, **counts}}
    batches.change(
        connection, work.batch, landed=row.landed + landed, already=row.already + good - landed,
        quarantined=row.quarantined - good, counts=added,
    )  # fmt: skip


def _reasons(connection: Connection, work: _Work, numbers: Sequence[int]) -> dict[str, int]:
    found = quarantined.heaps(connection, Which(work.feed.feed, work.batch, None, numbers))
    return {heap.reason: heap.rows for heap in found}

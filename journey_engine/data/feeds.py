"""One import of a feed, end to end: find, stage, judge, then land its good rows or hold it; it decides no rule."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, text

from journey_engine.data import batches, marks, snapshots, staging
from journey_engine.data.accept import accept, covers
from journey_engine.data.accept_events import span
from journey_engine.data.batches import BatchReport, together
from journey_engine.gate import holds, judging, quarantine, suites, trials, verdict
from journey_engine.gate.verdict import Verdict
from journey_engine.language.feed import Feed
from journey_engine.language.project import Project
from journey_engine.members import erased, phones
from journey_engine.members.merging import merge_found
from journey_engine.reading import finding, queries, sources
from journey_engine.reading.mistakes import NoSuchFeed, SourceError
from journey_engine.reading.progress import Telling, counted, silent
from journey_engine.reading.sources import Reading
from journey_engine.settings import Settings

# Held by whoever lands rows of a feed; `key` is feed:NAME.
LOCK = "select {}(hashtextextended(:key, 7402131))"


@dataclass(frozen=True, slots=True)
class _Import:
    """What stays the same for all files of one call."""

    engine: Engine
    project: Project
    settings: Settings
    feed: Feed
    suite: suites.Suite
    now: datetime
    day: date | None
    only_try: bool
    tell: Telling


def import_feed(
    engine: Engine,
    project: Project,
    settings: Settings,
    feed: str,
    now: datetime,
    day: date | None = None,
    *,
    file: Path | None = None,
    only_try: bool = False,
    tell: Telling = silent,
) -> BatchReport:
    """Import what the feed finds: stage, judge, quarantine the bad rows, land the good ones or hold the batch.

    `now` is the business instant (aware); `day` the local day (zone of `covers`) the batch is for. Without `day`, files
    cover up to the end of their newest day, and a package's frame is read from where coverage stands up to the last
    local midnight before `now`. `file` names one file instead of the feed's pattern; `only_try` leaves nothing behind.
    `tell` is told the stages as they end, and while a file is read about how many rows have been.

    The same bytes for the same day a second time: status already. A second import of the feed at the same time waits.
    Raises NoSuchFeed, SourceError (nothing of that file lands, coverage stands), BrokenSuite, NoSuchSuite.
    """
    if feed not in project.feeds:
        raise NoSuchFeed(feed, sorted(project.feeds))
    definition = project.feeds[feed]
    suite = suites.read(settings.expectations, definition.suite)
    work = _Import(engine, project, settings, definition, suite, now, day, only_try, tell)
    with alone(engine, feed):
        _sweep(work)
        report = _found(work, file)
    if not only_try:
        merge_found(engine, now)
    return report


def _found(work: _Import, file: Path | None) -> BatchReport:
    if work.feed.from_.package is not None:
        return _frame(work)
    if work.feed.from_.sql is not None:
        return _query(work)
    files = [file] if file else sources.find_files(work.feed, work.settings.project, work.day)
    return together([_read(work, path) for path in files])


def _read(work: _Import, path: Path) -> BatchReport:
    try:
        return _import(work, sources.of_file(work.feed.format, work.feed.from_.sheet, path))
    except SourceError as error:
        _note_rejected(work, path.name, error)
        raise


def _query(work: _Import) -> BatchReport:
    feed = work.feed
    with work.engine.connect() as connection:
        mark = marks.mark_of(connection, feed.feed) if feed.from_.watermark else None
    try:
        return _import(work, queries.of_query(feed, work.settings, mark))
    except SourceError as error:
        _note_rejected(work, feed.from_.database or "", error)
        raise


def _frame(work: _Import) -> BatchReport:
    feed = work.feed
    asked = {**finding.needed_columns(feed), **work.suite.columns}
    with work.engine.connect() as connection:
        covered = batches.covered_to(connection, feed.feed)
    span = finding.span_of(feed, work.now, work.day, covered)
    if span is not None and span.since is not None and span.since >= span.until:
        return _nothing_new(work, f"{feed.from_.package}.{feed.from_.frame}", covered)
    return _import(work, sources.of_frame(feed, list(asked), span))


def _import(work: _Import, reading: Reading) -> BatchReport:
    feed = work.feed
    with work.engine.connect() as connection:
        # A span of a frame is in its checksum, whether it was asked for as a day or as what is missing.
        day = batches.ANY_DAY if reading.covers_to is not None else work.day
        before = None if reading.query else batches.same(connection, feed.feed, reading.checksum, day)
        if before is not None:
            return _known(connection, before)
    columns = staging.column_names(feed.format, reading, {**finding.needed_columns(feed), **work.suite.columns})
    with work.engine.begin() as connection:
        batch = batches.begin(connection, feed.feed, reading.source, reading.checksum, work.day, work.now)
        read = staging.stage(connection, batch, counted(reading, work.tell), columns)
        table = staging.table_of(batch, columns)
        phones.put_in_form(connection, feed, table, phones.country_of(work.project.policy))
        gone = erased.take_out(connection, feed, table)
        batches.change(connection, batch, erased=gone, read_as=reading.read_as or None)
    if read == 0 and reading.empty:
        _forget(work.engine, batch)
        return _nothing_new(work, reading.source, None)
    asked = _before_the_gate(work, batch, reading, table)
    try:
        with work.engine.connect() as connection:
            work.tell("staged", read)
            judged = judging.ask(work.engine.url, connection, asked)
            work.tell("judged", read)
        with work.engine.begin() as connection:
            outcomes = judging.settle(connection, asked, judged)
            report = _settle(connection, work, batch, reading, table, read, outcomes)
            if work.only_try:
                connection.rollback()
        work.tell(report.status, report.landed)
        return report
    finally:
        if work.only_try:
            _forget(work.engine, batch)


def _before_the_gate(work: _Import, batch: int, reading: Reading, table: Table) -> judging.Batch:
    """What the gate is told of a staged batch; one that reaches back to the beginning has no usual size."""
    begins = reading.covers_to is not None and reading.covers_from is None
    days = 0.0 if begins else batches.days_between(reading.covers_from, reading.covers_to)
    _, end = covers(work.feed, work.day, work.now, work.now) if work.day else (None, None)
    until = reading.covers_to or end or work.now
    return judging.Batch(batch, work.feed, work.project.policy.merge, table, work.suite, work.now, until, days)


def _settle(
    connection: Connection,
    work: _Import,
    batch: int,
    reading: Reading,
    table: Table,
    read: int,
    outcomes: Sequence[verdict.Outcome],
) -> BatchReport:
    """Land or hold, as the verdict says, and write down what the batch covers."""
    feed = work.feed
    oldest, newest = span(connection, feed, batch, table)
    only_deleted = feed.deleted is not None and newest is None  # then no row has a time
    fresh = None if work.day or only_deleted else verdict.freshness(feed, newest, work.now)
    lost = snapshots.shrinkage(connection, feed, batch, table)
    judged = verdict.join([*outcomes, verdict.any_rows(read), fresh, lost])
    since, until = reading.covers_from, reading.covers_to
    if until is None:
        since, until = covers(feed, work.day, newest, work.now)
    days = batches.days_between(since or oldest, until)
    columns = [column.name for column in table.columns if column.name != staging.ROW]
    stored = {**judged.to_json(), "days": days, "columns": columns}
    batches.change(connection, batch, verdict=stored, covers_from=since, covers_to=until, read=read)
    if work.only_try:
        return _tried(connection, work, batch, reading, table, read, judged)
    if judged.held:
        return _hold(connection, work, batch, read, judged)
    accept(connection, feed, work.project.schema_, work.project.policy.merge, batch, table, read, work.now)
    day = work.day.isoformat() if work.day else None
    for replaced in holds.close_replaced(connection, feed.feed, batch, reading.source, day, work.now):
        staging.drop(connection, replaced)
    batches.advance_coverage(connection, feed.feed)
    return report_of(connection, batch)


def _hold(connection: Connection, work: _Import, batch: int, read: int, judged: Verdict) -> BatchReport:
    bad = quarantine.how_many(connection, batch)
    batches.change(connection, batch, status="held", read=read, landed=0, already=0, quarantined=bad)
    staging.keep(connection, batch)
    cure = (
        f"Ask the sender, import a corrected batch, or let it through: "
        f'journeys release {work.feed.feed} --by NAME --reason "why".'
    )
    holds.hold(connection, "feed", work.feed.feed, "; ".join(judged.reasons) + ".", cure, work.now, batch)
    return report_of(connection, batch)


def report_of(connection: Connection, batch: int) -> BatchReport:
    """The report of a batch that has landed or is held, from the books."""
    row = batches.one(connection, batch)
    bad, reasons = quarantine.counts(connection, batch)
    return BatchReport(
        feed=row.feed, source=row.source, read=row.read, landed=row.landed, already=row.already, quarantined=bad,
        reasons=reasons, status="held" if row.status == "held" else "landed", verdict=verdict.from_json(row.verdict),
        covers_to=row.covers_to, counts=row.counts, batch=batch, erased=row.erased, read_as=row.read_as or "",
    )  # fmt: skip


def _known(connection: Connection, before: Row[Any]) -> BatchReport:
    """The same bytes again: held still, or all of its good rows are already there."""
    report = report_of(connection, before.id)
    if report.status == "held":
        return report
    there = report.read - report.quarantined - report.erased
    return report.again(landed=0, already=there)


def _tried(
    connection: Connection, work: _Import, batch: int, reading: Reading, table: Table, read: int, judged: Verdict
) -> BatchReport:
    """What would happen: the rows are landed and rolled back by the caller, so the figures are the real ones."""
    merge = work.project.policy.merge
    counts = accept(connection, work.feed, work.project.schema_, merge, batch, table, read, work.now)
    landed = report_of(connection, batch)
    status = "held" if judged.held else "tried"
    shown = trials.examples(connection, batch, work.feed, work.suite)
    return landed.again(status=status, source=reading.source, counts=counts, examples=shown)


def _nothing_new(work: _Import, source: str, covered: datetime | None) -> BatchReport:
    return BatchReport(work.feed.feed, source, 0, 0, 0, 0, {}, "already", Verdict(()), covered)


@contextmanager
def alone(engine: Engine, feed: str) -> Generator[None]:
    """One import of a feed at a time; the lock goes with its connection, so a killed import leaves none behind."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"key": f"feed:{feed}"}
        connection.execute(text(LOCK.format("pg_advisory_lock")), key)
        try:
            yield
        finally:
            connection.execute(text(LOCK.format("pg_advisory_unlock")), key)


def _sweep(work: _Import) -> None:
    """Clear away what a killed import left: it holds the lock no more, so nobody works on it."""
    with work.engine.begin() as connection:
        for batch in batches.unfinished(connection, work.feed.feed):
            staging.drop(connection, batch)
            batches.change(connection, batch, status="rejected")


def _forget(engine: Engine, batch: int) -> None:
    with engine.begin() as connection:
        staging.drop(connection, batch)
        batches.remove(connection, batch)


def _note_rejected(work: _Import, source: str, error: SourceError) -> None:
    """Keep in the books that a file could not be read, and why."""
    if work.only_try:
        return
    with work.engine.begin() as connection:
        batch = batches.begin(connection, work.feed.feed, source, "", work.day, work.now)
        batches.change(connection, batch, status="rejected", verdict={"error": str(error)})

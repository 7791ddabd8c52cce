"""The book of batches: what was read, what became of it, how far a feed's coverage reaches; it reads no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.gate.trials import Example
from journey_engine.gate.verdict import Verdict
from journey_engine.store.tables.happenings import coverage
from journey_engine.store.tables.operation import batches, holds


class AnyDay(Enum):
    """In place of a day: whatever day the batch was for."""

    ANY = "any"


ANY_DAY = AnyDay.ANY
_REMEMBERED = 7  # batches whose median is the usual number of rows


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of one import. In rows: read = landed + already + quarantined + erased, once it has landed.

    `landed`: good rows of which something is new (an event, or for rows of a `members:` section the member's data);
    `already`: good rows that add nothing, because all they say is there (or because no `where` picks them);
    `quarantined`: rows against a rule; `reasons` counts rows for each reason, and a row may have several.
    `erased`: rows about people who were erased, which nobody looks at.
    `counts`: events added by name, and members, identities, attributes, consents. While held, good rows are neither.
    """

    feed: str
    source: str
    read: int
    landed: int
    already: int
    quarantined: int
    reasons: Mapping[str, int]
    status: Literal["landed", "held", "already", "tried"]
    verdict: Verdict
    covers_to: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    batch: int | None = None
    erased: int = 0
    read_as: str = ""  # what was found out about how a file is written, where the feed does not say
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict[str, tuple[Example, ...]])  # of a trial

    def again(self, **changes: Any) -> BatchReport:
        """The same report with other figures; status already unless `changes` say otherwise."""
        return replace(self, **{"status": "already", "counts": {}, **changes})

    def findings(self) -> list[str]:
        """A line for each rule that was broken, the gravest first."""
        broken = [outcome for outcome in self.verdict.outcomes if not outcome.passed]
        broken.sort(key=lambda outcome: ("critical", "warning", "info").index(outcome.severity))
        return [f"{outcome.severity}: {outcome.title} {outcome.observed}".rstrip() for outcome in broken]

    def __str__(self) -> str:
        head = f"{self.feed}: {self.source}: "
        rows = f"{self.read} read, {self.landed} landed, {self.already} already there, {self.quarantined} quarantined"
        rows += f", {self.erased} erased" if self.erased else ""
        merges = self.counts.get("merges", 0)
        rows += f", {merges} pairs of members found to be one" if merges else ""
        why = "; ".join(f"{reason} {count}" for reason, count in self.reasons.items())
        text = head + {"held": "HELD, ", "already": "already there, ", "tried": "tried, "}.get(self.status, "") + rows
        return text + (f" ({why})" if why else "") + (f"; read as {self.read_as}" if self.read_as else "")


def together(reports: list[BatchReport]) -> BatchReport:
    """Several files of one feed as one report: sums, the gravest status, the farthest coverage."""
    if len(reports) == 1:
        return reports[0]
    ranked = ("held", "landed", "tried", "already")
    worst = min(reports, key=lambda report: ranked.index(report.status))
    return BatchReport(
        feed=worst.feed,
        source=f"{len(reports)} files",
        read=sum(report.read for report in reports),
        landed=sum(report.landed for report in reports),
        already=sum(report.already for report in reports),
        quarantined=sum(report.quarantined for report in reports),
        reasons=_summed([report.reasons for report in reports]),
        status=worst.status,
        verdict=Verdict(tuple(outcome for report in reports for outcome in report.verdict.outcomes)),
        covers_to=max((report.covers_to for report in reports if report.covers_to), default=None),
        counts=_summed([report.counts for report in reports]),
        batch=worst.batch,
        erased=sum(report.erased for report in reports),
        read_as=worst.read_as,
        examples={reason: shown for report in reversed(reports) for reason, shown in report.examples.items()},
    )


def begin(connection: Connection, feed: str, source: str, checksum: str, day: date | None, now: datetime) -> int:
    """A new batch, status staged; returns its number."""
    values = {"feed": feed, "source": source, "checksum": checksum, "day": day.isoformat() if day else None, "now": now}
    return connection.execute(insert(batches).values(status="staged", **values).returning(batches.c.id)).scalar_one()


def change(connection: Connection, batch: int, **values: Any) -> None:
    """Write columns of a batch's row."""
    connection.execute(update(batches).where(batches.c.id == batch).values(**values))


def one(connection: Connection, batch: int) -> Row[Any]:
    """A batch's row."""
    return connection.execute(select(batches).where(batches.c.id == batch)).one()


def remove(connection: Connection, batch: int) -> None:
    """Take a batch that was only tried out of the books."""
    connection.execute(delete(batches).where(batches.c.id == batch))


def unfinished(connection: Connection, feed: str) -> list[int]:
    """Batches a killed import left in staging."""
    query = select(batches.c.id).where(batches.c.feed == feed, batches.c.status == "staged")
    return list(connection.execute(query).scalars())


def same(connection: Connection, feed: str, checksum: str, day: date | AnyDay | None) -> Row[Any] | None:
    """The landed or held batch of the same bytes for the same day, the newest."""
    query = select(batches).where(
        batches.c.feed == feed, batches.c.checksum == checksum, batches.c.status.in_(("landed", "held"))
    )
    if not isinstance(day, AnyDay):
        query = query.where(batches.c.day.is_not_distinct_from(day.isoformat() if day else None))
    return connection.execute(query.order_by(batches.c.id.desc()).limit(1)).first()


def usual_rows(connection: Connection, feed: str, days: float) -> float:
    """The median rows a day of the last landed batches, times `days`; 0 if none has landed."""
    per_day = batches.c.read / func.coalesce(func.nullif(batches.c.verdict["days"].as_float(), 0), 1)
    last = (
        select(per_day.label("per_day"))
        .where(batches.c.feed == feed, batches.c.status == "landed")
        .order_by(batches.c.id.desc())
        .limit(_REMEMBERED)
        .subquery()
    )
    median = connection.execute(select(func.percentile_cont(0.5).within_group(last.c.per_day))).scalar_one()
    return float(median or 0) * days


def covered_to(connection: Connection, feed: str) -> datetime | None:
    """Up to which instant everything the feed brings has arrived; None: nothing has."""
    return connection.execute(select(coverage.c.covered_to).where(coverage.c.feed == feed)).scalar_one_or_none()


def advance_coverage(connection: Connection, feed: str) -> datetime | None:
    """Move the feed's coverage along the unbroken chain of its landed batches and return it.

    It stands still while a batch of the feed is held, and before a day that never came. The first batch begins it.
    """
    reached = covered_to(connection, feed)
    held = select(holds.c.id).where(holds.c.scope == "feed", holds.c.name == feed, holds.c.released_at.is_(None))
    if connection.execute(held.limit(1)).first():
        return reached
    landed = (batches.c.feed == feed, batches.c.status == "landed", batches.c.covers_to.is_not(None))
    start = reached
    if reached is None:
        first = select(batches.c.covers_to).where(*landed).order_by(batches.c.covers_from.nulls_first(), batches.c.id)
        reached = connection.execute(first.limit(1)).scalar_one_or_none()
    while reached is not None:
        linked = or_(batches.c.covers_from.is_(None), batches.c.covers_from <= reached)
        far = connection.execute(select(func.max(batches.c.covers_to)).where(*landed, linked)).scalar_one()
        if far is None or far <= reached:
            break
        reached = far
    if reached is not None and reached != start:
        values = upsert(coverage).values(feed=feed, covered_to=reached)
        connection.execute(values.on_conflict_do_update(index_elements=["feed"], set_={"covered_to": reached}))
    return reached


def days_between(since: datetime | None, until: datetime | None) -> float:
    """How many days a batch spans, at least one."""
    if since is None or until is None:
        return 1.0
    return max((until - since) / timedelta(days=1), 1.0)


def _summed(parts: list[Mapping[str, int]]) -> dict[str, int]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0) for part in parts) for name in names}

"""Letting held work through, by a named person with a reason: good rows land then, bad ones stay in quarantine."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.data import accept, batches, staging
from journey_engine.data.batches import BatchReport
from journey_engine.data.feeds import LOCK, report_of
from journey_engine.errors import JourneysError
from journey_engine.gate import holds
from journey_engine.gate.holds import Hold
from journey_engine.gate.mistakes import HeldForRestore, NothingToRelease
from journey_engine.language.project import Project
from journey_engine.line.restoring import RESTORED
from journey_engine.line.seat import call_senders
from journey_engine.moving.waking import look_again


class StagedRowsLost(JourneysError):
    def __init__(self, feed: str, batch: int) -> None:
        super().__init__(
            f"The staged rows of batch {batch} of feed {feed} are no longer there.",
            f"Import it again: journeys import {feed}.",
            f"staging.batch_{batch}",
        )


def release(
    connection: Connection,
    what: int | str,
    by: str,
    reason: str,
    now: datetime,
    scope: str = "feed",
    project: Project | None = None,
) -> list[tuple[Hold, BatchReport | None]]:
    """Release a hold by its number, or all open ones of `scope` by name; in the caller's transaction.

    Batches land with the feed as `project` has it (default: as applied) and the coverage goes on along all that has
    landed. `by` and `reason` are kept with the hold. Returns each hold with its batch's report.
    Raises NothingToRelease, HeldForRestore, and StagedRowsLost if the batch's rows are gone.
    """
    found = [one for one in holds.open_holds(connection) if what in (one.id, str(one.id)) or _named(one, what, scope)]
    if not found:
        raise NothingToRelease(f"{scope} {what}" if isinstance(what, str) and not what.isdigit() else f"number {what}")
    for one in found:
        if one.scope == "channel" and one.reason == RESTORED:
            raise HeldForRestore(one.name, one.cure)
    landed = [_land(connection, one, project) for one in found]
    holds.close(connection, [one.id for one in found], by, reason, now)
    for journey in dict.fromkeys(one.name for one in found if one.scope == "journey"):
        # What arrived meanwhile has been read without looking at those who could not go on.
        look_again(connection, journey, now)
    for feed in dict.fromkeys(one.name for one in found if one.scope == "feed"):
        batches.advance_coverage(connection, feed)
    call_senders(connection)
    return list(zip(found, landed, strict=True))


def _named(one: Hold, what: int | str, scope: str) -> bool:
    return one.scope == scope and one.name == what


def _land(connection: Connection, one: Hold, project: Project | None) -> BatchReport | None:
    if one.scope != "feed" or one.batch_id is None:
        return None
    if project is None:
        from journey_engine.planning import live_project

        project = live_project(connection)
    feed = project.feeds[one.name]
    connection.execute(text(LOCK.format("pg_advisory_xact_lock")), {"key": f"feed:{one.name}"})
    batch = batches.one(connection, one.batch_id)
    columns = staging.staged_columns(connection, one.batch_id)
    staged = staging.table_of(one.batch_id, columns)
    if not columns or accept.count_rows(connection, staged) != batch.read - batch.erased:
        raise StagedRowsLost(one.name, one.batch_id)
    # Several batches may be let through in one transaction: what the one before worked with is in nobody's way.
    connection.execute(text("discard temp"))
    accept.accept(connection, feed, project.schema_, project.policy.merge, one.batch_id, staged, batch.read, batch.now)
    return report_of(connection, one.batch_id)

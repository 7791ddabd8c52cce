"""`journeys quarantine`: what was set aside and why; exporting, mending, retrying or dropping it; it judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from journey_engine.commands import FINDINGS, FINE, FromProject
from journey_engine.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from journey_engine.data.relanding import Relanded
    from journey_engine.gate.quarantined import Which
    from journey_engine.settings import Settings

Act = Literal["list", "export", "fix", "retry", "drop"]
_MOST = 3  # examples shown of each heap


def quarantine(
    act: Act = "list",
    file: Path | None = None,
    /,
    *,
    feed: Annotated[str | None, Parameter(help="Only rows of this feed.")] = None,
    batch: Annotated[int | None, Parameter(help="Only rows of this batch.")] = None,
    because: Annotated[str | None, Parameter(help="Only rows with this reason, as `list` words it.")] = None,
    rows: Annotated[bool, Parameter(help="With list: three rows of each reason.")] = False,
    by: Annotated[str, Parameter(help="Who mends, retries or drops; must be given to fix and drop.")] = "",
    reason: Annotated[str, Parameter(help="Why; must be given to drop.")] = "",
    settings: FromProject,
) -> int:
    """List quarantined rows, or: export FILE, fix FILE (as corrected), retry, drop --by NAME --reason WHY."""
    from journey_engine import clock
    from journey_engine.gate.quarantined import Which
    from journey_engine.store import database

    _asked(act, file, by.strip(), reason.strip())
    which = Which(feed, batch, because)
    with database.opened(settings) as engine:
        with engine.connect() as connection:
            now = clock.now(connection)
        match act:
            case "list":
                return _list(engine, which, rows)
            case "export":
                return _export(engine, which, file or Path("quarantine.csv"))
            case "drop":
                return _drop(engine, which, by.strip(), reason.strip(), now)
            case "fix" | "retry":
                return _again(engine, settings, which, file, by.strip() or "retry", reason.strip(), now)


def _asked(act: Act, file: Path | None, by: str, reason: str) -> None:
    if act in ("export", "fix") and file is None:
        raise UsageError(f"`{act}` needs a file.", f"journeys quarantine {act} rows.csv", "quarantine")
    if act == "drop" and not (by and reason):
        raise UsageError("Dropping needs a name and a reason.", 'Add --by NAME --reason "why".', "quarantine")
    if act == "fix" and not by:
        raise UsageError("A correction needs a name.", "Add --by NAME.", "quarantine")


def _list(engine: Engine, which: Which, examples: bool) -> int:
    from dataclasses import replace

    from journey_engine.gate import quarantined

    with engine.connect() as connection:
        heaps = quarantined.heaps(connection, which)
        for heap in heaps:
            held = "  (the batch is held)" if heap.held else ""
            print(f"{heap.rows:>9,}  {heap.feed}  batch {heap.batch}  {heap.source}: {heap.reason}{held}")
            of_heap = replace(which, feed=heap.feed, batch=heap.batch, reason=heap.reason)
            for row in quarantined.rows(connection, of_heap, _MOST) if examples else ():
                said = ", ".join(f"{name}={value or '(empty)'}" for name, value in row.content.items())
                print(f"{'':>11}row {row.row}: {said}")
    print("" if heaps else "Nothing is in quarantine.", end="" if heaps else "\n")
    return FINDINGS if heaps else FINE


def _export(engine: Engine, which: Which, file: Path) -> int:
    from journey_engine.gate import correcting, quarantined

    with engine.connect() as connection:
        rows, columns = quarantined.rows(connection, which), quarantined.columns(connection, which)
    feeds = sorted({row.feed for row in rows})
    if len(feeds) > 1:
        raise UsageError(f"Rows of {', '.join(feeds)} have different columns.", "Add --feed NAME.", "quarantine")
    file.write_bytes(correcting.written(rows, columns))
    print(f"{len(rows):,} rows in {file}. Mend them there; then: journeys quarantine fix {file} --by NAME")
    return FINE


def _drop(engine: Engine, which: Which, by: str, reason: str, now: datetime) -> int:
    from journey_engine.gate import quarantined

    with engine.begin() as connection:
        dropped = quarantined.drop(connection, which, by, reason, now)
    print(f"{dropped:,} rows dropped by {by}: {reason}")
    return FINE


def _again(
    engine: Engine, settings: Settings, which: Which, file: Path | None, by: str, reason: str, now: datetime
) -> int:
    from dataclasses import replace

    from journey_engine.data.relanding import retry
    from journey_engine.gate import correcting
    from journey_engine.planning import live_project

    with engine.connect() as connection:
        project = live_project(connection)
    corrected = correcting.read(file).rows if file else None
    if corrected is not None:
        which = replace(which, numbers=list(corrected))
    done = retry(engine, project, settings, which, by, reason, now, corrected)
    _tell(done, None if corrected is None else len(corrected))
    return FINDINGS if any(each.still_bad or each.held for each in done) else FINE


def _tell(done: Sequence[Relanded], asked: int | None) -> None:
    for each in done:
        print(each)
    tried = sum(each.tried for each in done)
    if asked is not None and asked > tried and not any(each.held for each in done):
        print(f"{asked - tried:,} rows of the file are no longer in quarantine; nothing was changed for them.")
    elif not done:
        print("Nothing is in quarantine.")

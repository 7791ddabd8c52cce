"""When segments and stages were last worked out, and as of when they can be now; it refreshes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.language.conditions import Condition, InSegment, leaves
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import coverage
from journey_engine.store.tables.operation import refresh_history, refreshes


def instant_for(
    connection: Connection, project: Project, conditions: Iterable[Condition], now: datetime
) -> datetime | None:
    """The latest instant at which all that the conditions rest on has arrived: `now`, or the least coverage of the
    feeds that bring their events. None while one of those feeds has brought nothing yet.
    """
    return reached_by(connection, feeds_of(project, conditions), now)


def reached_by(connection: Connection, feeds: frozenset[str], now: datetime) -> datetime | None:
    """The same of feeds."""
    if not feeds:
        return now
    rows = connection.execute(select(coverage.c.feed, coverage.c.covered_to).where(coverage.c.feed.in_(feeds)))
    covered = {str(feed): reached for feed, reached in rows}
    return min(now, *covered.values()) if feeds <= covered.keys() else None


def feeds_of(project: Project, conditions: Iterable[Condition]) -> frozenset[str]:
    """The feeds that bring the events the conditions rest on."""
    names = {name for condition in conditions for name in project.event_names(condition)}
    return frozenset(feed for name in names for feed in project.feeds_of(name))


def in_order(rules: Mapping[str, Condition]) -> list[str]:
    """The segments' names so that each comes after those its rule names (those in a circle: as they are)."""
    done: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        if name in done or name in above or name not in rules:
            return
        for leaf in leaves(rules[name]):
            if isinstance(leaf, InSegment):
                visit(leaf.segment, above | {name})
        done.append(name)

    for name in sorted(rules):
        visit(name, frozenset())
    return done


def last(connection: Connection, scope: str, name: str) -> datetime | None:
    """The instant the last refresh stood for; locks the row, so that two refreshes do not cross."""
    return last_of(connection, scope, [name])[name]


def last_of(connection: Connection, scope: str, names: Sequence[str]) -> dict[str, datetime | None]:
    """The same of several, in their order; the rows are locked in the order of the names."""
    query = select(refreshes.c.name, refreshes.c.refreshed_to)
    query = query.where(refreshes.c.scope == scope, refreshes.c.name.in_(names)).order_by(refreshes.c.name)
    found = dict(connection.execute(query.with_for_update()).tuples().all())
    return {name: found.get(name) for name in names}


def note(
    connection: Connection, scope: str, name: str, at: datetime, run_id: int | None, counts: dict[str, Any]
) -> None:
    """Write down that `name` now stands for `at`, in the history of its refreshes, too."""
    _note(connection, scope, at, run_id, {name: counts})


def note_changes(
    connection: Connection, scope: str, at: datetime, run_id: int | None, changes: Mapping[str, tuple[int, int, int]]
) -> None:
    """The same of several with (joined, left, size) of each."""
    told = {name: {"joined": came, "left": went, "size": size} for name, (came, went, size) in changes.items()}
    _note(connection, scope, at, run_id, told)


def _note(
    connection: Connection, scope: str, at: datetime, run_id: int | None, counts: Mapping[str, dict[str, Any]]
) -> None:
    rows = [
        {"scope": scope, "name": name, "refreshed_to": at, "run_id": run_id, "counts": counted}
        for name, counted in sorted(counts.items())
    ]
    statement = upsert(refreshes)
    new = {name: statement.excluded[name] for name in ("refreshed_to", "run_id", "counts")}
    connection.execute(statement.on_conflict_do_update(index_elements=["scope", "name"], set_=new), rows)
    connection.execute(insert(refresh_history), [row | {"as_of": row.pop("refreshed_to")} for row in rows])

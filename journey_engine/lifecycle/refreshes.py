"""When segments and stages were last worked out, and as of when they can be now; it refreshes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    feeds = feeds_of(project, conditions)
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
    query = select(refreshes.c.refreshed_to).where(refreshes.c.scope == scope, refreshes.c.name == name)
    return connection.execute(query.with_for_update()).scalar_one_or_none()


def note(
    connection: Connection, scope: str, name: str, at: datetime, run_id: int | None, counts: dict[str, Any]
) -> None:
    """Write down that `name` now stands for `at`, in the history of its refreshes, too."""
    values = {"refreshed_to": at, "run_id": run_id, "counts": counts}
    statement = upsert(refreshes).values(scope=scope, name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["scope", "name"], set_=values))
    row = {"scope": scope, "name": name, "as_of": at, "run_id": run_id, "counts": counts}
    connection.execute(insert(refresh_history).values(row))

"""The nightly refresh of personas: who is which from when to when, kept like stays in segments; it moves nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from journey_engine.data import cuts, refreshes
from journey_engine.data.segments import renew
from journey_engine.language.mentions import ranks_in
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project


def refresh(
    connection: Connection, project: Project, now: datetime, run_id: int | None = None
) -> dict[str, tuple[int, int, int]]:
    """Work out all personas anew, in the caller's transaction; returns (joined, left, size) by name.

    All are taken as of one instant, that of the least coverage among the feeds they rest on, so that `choose: first`
    gives everybody one at most. They come after segments and stages, which their rules may name.
    """
    if project.personas is None:
        return {}
    rules = project.personas.rules()
    at = refreshes.instant_for(connection, project, rules.values(), now)
    changes: dict[str, tuple[int, int, int]] = {}
    for name, rule in rules.items() if at is not None else ():
        before = refreshes.last(connection, "persona", name)
        if at is None or (before is not None and at <= before):
            continue
        cuts.keep(connection, project, ranks_in(rule), at, run_id)
        joined, left, size = renew(connection, project, f"{PREFIX}{name}", rule, at, run_id)
        changes[name] = joined, left, size
        refreshes.note(connection, "persona", name, at, run_id, {"joined": joined, "left": left, "size": size})
    return changes

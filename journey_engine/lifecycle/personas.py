"""The nightly refresh of personas: who is which from when to when, kept like stays in segments; it moves nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from journey_engine.language.conditions import Condition, PersonaIs, leaves
from journey_engine.language.mentions import ranks_in
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.lifecycle import cuts, feature_sets, features, refreshes, stays
from journey_engine.lifecycle.segments import renew


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
    befores = refreshes.last_of(connection, "persona", list(rules))
    due = {name: rule for name, rule in rules.items() if at is not None and _is_later(at, befores[name])}
    if at is None or not due:
        return {}
    # Of personas that name others each is worked out behind those before it.
    is_plain = all(feature_sets.is_plain(project, rule) for rule in rules.values()) and not _names_others(rules)
    feeds = refreshes.feeds_of(project, rules.values())
    kept = features.bring(connection, project, {feeds: at}) if is_plain else None
    row = kept.rows[feeds] if kept is not None else None
    cuts.keep(connection, project, ranks_in(*due.values()), at, run_id, row)
    named = {f"{PREFIX}{name}": rule for name, rule in due.items()}
    if kept is not None and row is not None:
        done = stays.renew(connection, project, kept, {name: (rule, row) for name, rule in named.items()}, run_id)
    else:
        done = {name: renew(connection, project, name, rule, at, run_id) for name, rule in named.items()}
    changes = {name: done[f"{PREFIX}{name}"] for name in due}
    refreshes.note_changes(connection, "persona", at, run_id, changes)
    return changes


def _is_later(at: datetime, before: datetime | None) -> bool:
    return before is None or at > before


def _names_others(rules: Mapping[str, Condition]) -> bool:
    return any(isinstance(leaf, PersonaIs) for rule in rules.values() for leaf in leaves(rule))

"""Files against what is live: makes the Plan, reading the database only; it writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from journey_engine.language.graph import graph
from journey_engine.language.journey import Journey, Step
from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.planning.changes import Change, Plan, StepChange
from journey_engine.planning.definitions import KINDS, Live, Written, live_definitions, written
from journey_engine.planning.stranding import People, people, questions


def plan(conn: Connection, project: Project, now: datetime) -> Plan:
    """What would have to change for `project` to be live, taking effect at `now` (aware business instant, UTC)."""
    live = {(row.kind, row.name): row for row in live_definitions(conn)}
    inside = people(conn)
    changes: list[Change] = []
    for new in written(project):
        old = live.get((new.kind, new.name))
        if old is None or old.checksum != new.checksum:
            changes.append(_change(old, new, inside))
    wanted = {(new.kind, new.name) for new in written(project)}
    changes += [
        Change(row.kind, row.name, row.version, None, was=row.body) for key, row in live.items() if key not in wanted
    ]
    ordered = tuple(sorted(changes, key=lambda change: (KINDS.index(change.kind), change.name)))
    return Plan(
        now=now,
        language=project.policy.language,
        line=project.policy.line,
        changes=ordered,
        questions=questions(ordered, inside),
        basis=frozenset((row.kind, row.name, row.version) for row in live.values()),
    )


def _change(old: Live | None, new: Written, inside: People) -> Change:
    """The version to be written; numbers go on from the live one (apply goes on from removed ones, too)."""
    change = Change(
        new.kind,
        new.name,
        old.version if old else None,
        old.version + 1 if old else 1,
        body=new.body,
        checksum=new.checksum,
        was=old.body if old else "",
    )
    if new.kind != "journey":
        return change
    after = Journey.model_validate(json.loads(new.body))
    before = Journey.model_validate(json.loads(old.body)) if old else None
    was = before.status if before else ""
    return replace(
        change,
        status=after.status if was in ("", after.status) else f"{was} → {after.status}",
        steps=_steps(before, after, inside.waiting.get(new.name, {})),
        begins=_begins(was, after.status),
        fresh=was in ("", "draft"),
    )


def _begins(was: str, status: str) -> bool:
    """Whether triggers count from now on: it goes live, or (paused or retired from the start) gets a clock at all."""
    return (status == "live" and was != "live") or (status != "draft" and was in ("", "draft"))


def _steps(before: Journey | None, after: Journey, waiting: Mapping[str, int]) -> tuple[StepChange, ...]:
    if before is None:
        return ()
    old = {node.name: node.step for node in graph(before).nodes}
    new = {node.name: node.step for node in graph(after).nodes}
    changed: list[StepChange] = []
    for name, step in new.items():
        if name not in old:
            changed.append(StepChange("+", name, Words("新步驟", "new step"), waiting.get(name, 0)))
        elif _own_words(old[name]) != _own_words(step):
            changed.append(StepChange("~", name, _difference(old[name], step), waiting.get(name, 0)))
    gone = [name for name in old if name not in new]
    removed = [StepChange("-", name, Words("移除", "removed"), waiting.get(name, 0)) for name in gone]
    return (*changed, *removed)


def _own_words(step: Step) -> dict[str, Any]:
    """What the step itself says, without the steps nested in it."""
    return _without_blocks(step.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _without_blocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_blocks(inner) for key, inner in value.items() if key != "do"}  # pyright: ignore
    if isinstance(value, list):
        return [_without_blocks(inner) for inner in value]  # pyright: ignore
    return value


def _difference(old: Step, new: Step) -> Words:
    before, after = _own_words(old), _own_words(new)
    said = [
        f"{key}: {_short(before.get(key))} → {_short(after.get(key))}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]
    return Words(*["; ".join(said)] * 2)


def _short(value: Any) -> str:
    if value is None:
        return "—"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"

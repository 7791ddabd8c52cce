"""Files against what is live: makes the Plan, reading the database only; it writes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from journey_engine.data import pools
from journey_engine.language.graph import graph
from journey_engine.language.journey import Journey, Wait
from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.measures import quota
from journey_engine.planning.bodies import differences, journey_of, own_words
from journey_engine.planning.changes import Change, Plan, Stay, StepChange
from journey_engine.planning.costing import cost, messages
from journey_engine.planning.definitions import KINDS, Live, Written, live_definitions, written
from journey_engine.planning.reaching import reach
from journey_engine.planning.stranding import People, people, questions, stays

_ANSWERS = ("moved", "reschedule")  # what people say about a change is none itself


def plan(conn: Connection, project: Project, now: datetime, back_to: int | None = None) -> Plan:
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
    reaches = tuple(reach(conn, project, journey, now) for journey in _entered(project, ordered))
    sent = tuple(messages(conn, project, project.journeys[each.journey], each, now) for each in reaches)
    return Plan(
        now=now,
        language=project.policy.language,
        line=project.policy.line,
        changes=ordered,
        questions=questions(ordered, inside),
        basis=frozenset((row.kind, row.name, row.version) for row in live.values()),
        reaches=reaches,
        messages=sent,
        cost=cost(conn, project, sent, now),
        warnings=_warnings(conn, project, now),
        back_to=back_to,
    )


def _warnings(conn: Connection, project: Project, now: datetime) -> tuple[Words, ...]:
    """What runs low: pools that were filled before (new ones are filled when they are applied), and the quota."""
    stocked = [each for each in pools.standings(conn, project, now) if each.given or each.free]
    return (*pools.warnings(stocked), *quota.warnings(quota.quotas(conn, now, project.policy)))


def _entered(project: Project, changes: tuple[Change, ...]) -> list[Journey]:
    """The live journeys that the plan changes, or whose members come from a segment that it changes."""
    changed = {(change.kind, change.name) for change in changes}
    return [
        journey
        for name, journey in sorted(project.journeys.items())
        if journey.status == "live" and (("journey", name) in changed or ("segment", _source(journey)) in changed)
    ]


def _source(journey: Journey) -> str | None:
    enter = journey.enter
    return enter.joins or (enter.every.of if enter.every else None) or (enter.at.to if enter.at else None)


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
        fields=differences(json.loads(old.body), json.loads(new.body), _untold(new.kind)) if old else (),
    )
    after = journey_of(new.body) if new.kind == "journey" else None
    if after is None:
        return change
    before = journey_of(change.was)
    was = before.status if before else ""
    return replace(
        change,
        status=after.status if was in ("", after.status) else f"{was} → {after.status}",
        steps=_steps(before, after, stays(before, after, inside)),
        begins=_begins(was, after.status),
        fresh=was in ("", "draft"),
    )


def _untold(kind: str) -> tuple[str, ...]:
    return ("status", "steps", *_ANSWERS) if kind == "journey" else ()


def _begins(was: str, status: str) -> bool:
    """Whether triggers count from now on: it goes live, or (paused or retired from the start) gets a clock at all."""
    return (status == "live" and was != "live") or (status != "draft" and was in ("", "draft"))


def _steps(before: Journey | None, after: Journey, waits: tuple[Stay, ...]) -> tuple[StepChange, ...]:
    if before is None:
        return ()
    old = {node.name: node.step for node in graph(before).nodes}
    new = {node.name: node.step for node in graph(after).nodes}
    here = {stay.step: stay for stay in waits}
    anew = frozenset(after.reschedule)
    found: list[StepChange] = []
    for name, step in new.items():
        stay = here.get(name, Stay(name, 0, "kept"))
        if name not in old:
            found.append(_step("+", stay, Words("新步驟", "new step"), anew))
        elif own_words(old[name]) != own_words(step):
            found.append(
                _step("~", stay, _together(differences(own_words(old[name]), own_words(step))), anew, old[name])
            )
        elif stay.fate != "kept":
            found.append(_step("~", stay, Words("時間重算", "reckoned anew"), anew))
    gone = [here.get(name, Stay(name, 0, "kept")) for name in old if name not in new]
    lost = [stay for stay in waits if stay.step not in old and stay.step not in new]
    return (*found, *(_step("-", stay, Words("移除", "removed"), anew) for stay in [*gone, *lost]))


def _step(sign: Any, stay: Stay, what: Words, anew: frozenset[str], was: Any = None) -> StepChange:
    is_anew = stay.fate == "moved" and stay.to in anew
    return StepChange(sign, stay.step, what, stay.people, stay.fate, stay.to, isinstance(was, Wait), is_anew)


def _together(lines: tuple[Words, ...]) -> Words:
    return Words("; ".join(line.zh for line in lines), "; ".join(line.en for line in lines))

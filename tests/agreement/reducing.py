"""Makes a case in which the two disagree as small as it goes, and tells it as a story; it judges nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from journey_engine.language.project import Project
from tests.agreement.drawing import World
from tests.agreement.histories import Case

Differs = Callable[[Case], bool]


def reduced(case: Case, differs: Differs, tries: int = 400) -> Case:
    """A smaller case that still differs, after at most `tries` plays. `case` has one member."""
    left = tries
    again = True
    while again and left > 0:
        again = False
        for smaller in _smaller(case):
            left -= 1
            if left < 0:
                break
            if differs(smaller):
                case, again = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    (member, arrivals) = case.members[0]
    for size in (len(arrivals) // 2, len(arrivals) // 4, 1):
        for start in range(0, len(arrivals), size) if size else ():
            yield replace(case, members=((member, arrivals[:start] + arrivals[start + size :]),))
    for number in range(len(case.ticks)):
        if len(case.ticks) > 1:
            yield replace(case, ticks=case.ticks[:number] + case.ticks[number + 1 :])
    if case.coverage:
        yield replace(case, coverage=())
    for name in member.attributes:
        rest = {other: value for other, value in member.attributes.items() if other != name}
        yield replace(case, members=((replace(member, attributes=rest), arrivals),))
    if member.zone:
        yield replace(case, members=((replace(member, zone=None), arrivals),))
    if case.edits:
        yield from _smaller_edits(case)
        return
    body = case.world.project.model_dump(mode="json", by_alias=True)
    for smaller in _smaller_project(body):
        try:
            project = Project.model_validate(smaller)
        except ValueError:  # not a project any more: a block that must hold a step, an arm that must be there
            continue
        yield replace(case, world=World(project, case.world.base))


def _smaller_edits(case: Case) -> Iterator[Case]:
    """Without an edit, or without the same thing in all versions of the project."""
    for number in range(len(case.edits)):
        yield replace(case, edits=case.edits[:number] + case.edits[number + 1 :])
    versions = [case.world.project, *[edit.project for edit in case.edits]]
    bodies = [version.model_dump(mode="json", by_alias=True, exclude_unset=True) for version in versions]
    for without in _removals(bodies):
        try:
            first, *others = [Project.model_validate(without(body)) for body in bodies]
        except ValueError:
            continue
        if [first, *others] != versions:
            edits = tuple(replace(edit, project=project) for edit, project in zip(case.edits, others, strict=True))
            yield replace(case, world=World(first, case.world.base), edits=edits)


def _removals(bodies: list[dict[str, Any]]) -> Iterator[Callable[[Any], Any]]:
    for journey in bodies[0]["journeys"]:
        yield (
            lambda body, gone=journey: (
                body | {"journeys": {name: one for name, one in body["journeys"].items() if name != gone}}
            )
        )
    yield lambda body: body | {"feeds": {}}
    yield lambda body: body | {"policy": {key: v for key, v in body["policy"].items() if key != "quiet_hours"}}
    yield lambda body: body | {"policy": {key: v for key, v in body["policy"].items() if key != "global_holdout"}}
    for key in ("leave", "goal", "if", "holdout", "refollow", "at_once", "until", "on", "count"):
        yield lambda body, gone=key: body | {"journeys": {n: _without(j, gone) for n, j in body["journeys"].items()}}
    steps = {name for body in bodies for journey in body["journeys"].values() for name in _names(journey["steps"])}
    for step in sorted(steps):
        yield lambda body, gone=step: body | {"journeys": {n: _without(j, gone) for n, j in body["journeys"].items()}}


def _names(block: dict[str, Any]) -> Iterator[str]:
    yield from block
    for step in block.values():
        yield from _below(step)


def _below(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _names(inner) if key == "do" else _below(inner)
        case list():
            for one in value:
                yield from _below(one)


def _without(value: Any, gone: str) -> Any:
    """The same without anything under that name, but for who enters by what."""
    match value:
        case dict():
            return {
                key: inner if key == "enter" else _without(inner, gone) for key, inner in value.items() if key != gone
            }
        case list():
            return [_without(inner, gone) for inner in value]
        case _:
            return value


def _smaller_project(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in body["journeys"]:
        if len(body["journeys"]) > 1:
            yield body | {"journeys": {other: one for other, one in body["journeys"].items() if other != name}}
    for name, journey in body["journeys"].items():
        for smaller in _smaller_journey(journey):
            yield body | {"journeys": body["journeys"] | {name: smaller}}
    if body["feeds"]:
        yield body | {"feeds": {}}
    for name, plain in (("quiet_hours", None), ("global_holdout", "0%"), ("zone", "Asia/Taipei")):
        if body["policy"][name] != plain:
            yield body | {"policy": body["policy"] | {name: plain}}


def _smaller_journey(journey: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("leave", "goal"):
        if journey[name]:
            yield journey | {name: None}
    if journey["enter"]["if"]:
        yield journey | {"enter": journey["enter"] | {"if": None}}
    yield from (journey | {"steps": steps} for steps in _smaller_block(journey["steps"]))


def _smaller_block(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, step in block.items():
        yield {other: one for other, one in block.items() if other != name}
        yield from (block | {name: smaller} for smaller in _smaller_value(step))
        if step.get("if"):
            yield block | {name: step | {"if": None}}


def _smaller_value(value: Any) -> Iterator[Any]:
    """Anything with fewer steps somewhere below."""
    match value:
        case {"do": block, **_rest}:
            yield from (value | {"do": smaller} for smaller in _smaller_block(block))
        case dict():
            for name, inner in value.items():
                yield from (value | {name: smaller} for smaller in _smaller_value(inner))
        case list():
            for number, inner in enumerate(value):
                yield value[:number] + value[number + 1 :]
                yield from ([*value[:number], smaller, *value[number + 1 :]] for smaller in _smaller_value(inner))


def story(case: Case) -> str:
    """The case in full, for a person to read and to write a timeline from."""
    body = case.world.project.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    lines = [json.dumps(journey, ensure_ascii=False) for journey in body["journeys"].values()]
    lines.append(f"policy {json.dumps(body['policy'])}, feeds {list(case.world.project.feeds)}")
    for member, arrivals in case.members:
        lines.append(f"member {member.key} zone {member.zone} {dict(member.attributes)} erased {member.erased_at}")
        lines += [f"  {arrival}" for arrival in arrivals]
    lines += [f"covered {one.feed} to {one.covered_to} told {one.arrives_at}" for one in case.coverage[:20]]
    for edit in case.edits:
        body = edit.project.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        lines += [f"edit {edit.at} {json.dumps(one, ensure_ascii=False)}" for one in body["journeys"].values()]
    return "\n".join([*lines, f"live since {case.live_since}", *[f"tick {now}" for now in case.ticks]])

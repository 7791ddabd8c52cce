"""Whom changes would leave standing nowhere: members at steps that go away, sends whose message does; decides only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, select

from journey_engine.language.graph import graph
from journey_engine.language.journey import FirstOf, Journey, Step, Wait
from journey_engine.language.words import Words
from journey_engine.planning.changes import Change, Question
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import enrolments, waiting

# Held-out members wait here whatever the file says: the engine's own place, not a step.
HOLDOUT = "(holdout)"


@dataclass(frozen=True, slots=True)
class People:
    """Who is where now: waiting by journey and step, inside by journey, sends not yet settled by message."""

    waiting: Mapping[str, Mapping[str, int]]
    inside: Mapping[str, int]
    pending: Mapping[str, int]


def people(conn: Connection) -> People:
    """Counts of members inside, by place; three grouped reads."""
    places: dict[str, dict[str, int]] = {}
    for journey, step, count in conn.execute(
        select(waiting.c.journey, waiting.c.step, func.count()).group_by(waiting.c.journey, waiting.c.step)
    ):
        places.setdefault(journey, {})[step] = count
    inside = conn.execute(
        select(enrolments.c.journey, func.count()).where(enrolments.c.ended_at.is_(None)).group_by(enrolments.c.journey)
    )
    pending = conn.execute(
        select(intents.c.message, func.count()).where(intents.c.status == "pending").group_by(intents.c.message)
    )
    return People(places, _counts(inside), _counts(pending))


def _counts(rows: Iterable[Row[tuple[str, int]]]) -> dict[str, int]:
    return {row[0]: row[1] for row in rows}


def questions(changes: Iterable[Change], inside: People) -> tuple[Question, ...]:
    """One question for each place where somebody would be stranded; none: the changes may be applied."""
    return tuple(question for change in changes for question in _of(change, inside))


def _of(change: Change, inside: People) -> Iterator[Question]:
    match change.kind:
        case "journey":
            yield from _of_journey(change, inside)
        case "message" if change.to_version is None and (count := inside.pending.get(change.name, 0)):
            yield Question("message", change.name, None, count, _unsent(change.name, count))
        case _:
            return


def _of_journey(change: Change, inside: People) -> Iterator[Question]:
    count = inside.inside.get(change.name, 0)
    if change.to_version is None:
        if count:
            yield Question("journey", change.name, None, count, _gone(change.name, count))
        return
    journey = Journey.model_validate(json.loads(change.body))
    if journey.status == "draft" and count:
        yield Question("journey", change.name, None, count, _drafted(change.name, count))
        return
    steps = {node.name: _form(node.step) for node in graph(journey).nodes}
    before = graph(Journey.model_validate(json.loads(change.was))).nodes if change.was else ()
    forms = {node.name: _form(node.step) for node in before}
    for step, waits in sorted(inside.waiting.get(change.name, {}).items()):
        if step == HOLDOUT:
            continue
        if step not in steps:
            yield Question("journey", change.name, step, waits, _removed(change.name, step, waits))
        elif step in forms and forms[step] != steps[step]:
            yield Question("journey", change.name, step, waits, _reformed(change.name, step, waits))


def _form(step: Step) -> str:
    """What ends the stay at a step: its verb; a wait for events is another one than a wait for a time."""
    return "first_of" if isinstance(step, Wait) and isinstance(step.wait, FirstOf) else type(step).__name__


def _removed(journey: str, step: str, count: int) -> Words:
    return Words(
        f"旅程 {journey} 的步驟 {step} 被移除或改名，但有 {count:,} 人正在那裡等候。",
        f"Step {step} of journey {journey} is removed or renamed, and {count:,} wait there.",
    )


def _reformed(journey: str, step: str, count: int) -> Words:
    return Words(
        f"旅程 {journey} 的步驟 {step} 換成了另一種步驟，但有 {count:,} 人正在那裡等候。",
        f"Step {step} of journey {journey} becomes another kind of step, and {count:,} wait there.",
    )


def _gone(journey: str, count: int) -> Words:
    return Words(
        f"旅程 {journey} 的檔案不見了，但還有 {count:,} 人在旅程中。",
        f"The file of journey {journey} is gone, and {count:,} are inside it.",
    )


def _drafted(journey: str, count: int) -> Words:
    return Words(
        f"旅程 {journey} 改回 draft，但還有 {count:,} 人在旅程中；請用 paused 或 retired。",
        f"Journey {journey} goes back to draft, and {count:,} are inside it; paused or retired is what you want.",
    )


def _unsent(message: str, count: int) -> Words:
    return Words(
        f"訊息 {message} 被移除，但還有 {count:,} 則等著送出。",
        f"Message {message} is removed, and {count:,} sends of it wait to go out.",
    )

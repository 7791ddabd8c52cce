"""What becomes of those who wait when a journey is edited, and whom it would leave standing nowhere; decides only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import partial
from typing import assert_never

from sqlalchemy import Connection, Row, func, select

from journey_engine.language.durations import Duration
from journey_engine.language.graph import Graph, graph
from journey_engine.language.journey import DateOf, FirstOf, Journey, Step, Wait, Window
from journey_engine.language.words import Words
from journey_engine.planning.bodies import journey_of, own_words
from journey_engine.planning.changes import UNANSWERED, Change, Fate, Question, Stay
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import enrolments, moves, waiting


@dataclass(frozen=True, slots=True)
class People:
    """Who is where now: waiting by journey and step, inside by journey, sends not yet settled by message.

    `behind` says how many of those who wait at a step of a journey have taken one of some steps before.
    """

    waiting: Mapping[str, Mapping[str, int]]
    inside: Mapping[str, int]
    pending: Mapping[str, int]
    behind: Callable[[str, str, frozenset[str]], tuple[str, ...]]

    def at_steps(self, journey: str) -> dict[str, int]:
        """Those who wait at a step. Held-out and gone members wait at places of the engine's own, in brackets."""
        places = self.waiting.get(journey, {})
        return {step: count for step, count in sorted(places.items()) if not step.startswith("(")}


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
    return People(places, _counts(inside), _counts(pending), partial(_behind, conn))


def _counts(rows: Iterable[Row[tuple[str, int]]]) -> dict[str, int]:
    return {row[0]: row[1] for row in rows}


def _behind(conn: Connection, journey: str, step: str, names: frozenset[str]) -> tuple[str, ...]:
    """Which of the steps anyone who waits at `step` has in the path of this visit."""
    if not names:
        return ()
    line = func.jsonb_array_elements(moves.c.path).table_valued("value").render_derived()
    name = line.c.value.op("->>")("step")
    taken = (
        select(name)
        .select_from(waiting.join(moves, moves.c.enrolment_id == waiting.c.enrolment_id))
        .join(line, name.in_(sorted(names)))
        .where(waiting.c.journey == journey, waiting.c.step == step, moves.c.member_id == waiting.c.member_id)
    )
    return tuple(sorted(conn.execute(taken.distinct()).scalars()))


# ---- what becomes of those who wait -------------------------------------------------------------------------------
def stays(before: Journey | None, after: Journey, inside: People) -> tuple[Stay, ...]:
    """What becomes of those who wait at each step, in the order of the steps' names."""
    old = graph(before) if before else None
    places = inside.at_steps(after.journey)
    return tuple(_stay(old, before, after, inside, step, count) for step, count in places.items())


def _stay(old: Graph | None, before: Journey | None, after: Journey, inside: People, step: str, count: int) -> Stay:
    new = graph(after)
    was = _steps(old).get(step) if old else None
    now = _steps(new).get(step)
    fate: Fate
    if now is not None and (was is None or form(was) == form(now)):
        to, fate = step, "rescheduled" if _reckoned_anew(before, after, step) else "kept"
    else:
        to = after.moved.get(step, "")
        fate = "moved" if to in _steps(new) else "removed" if now is None else "reformed"
    if fate in UNANSWERED:
        return Stay(step, count, fate)
    after_it = _following(new, to) | ({to} if to != step else set[str]())
    again = inside.behind(after.journey, step, frozenset(after_it - (_following(old, step) if old else set[str]())))
    return Stay(step, count, "behind", to, again) if again else Stay(step, count, fate, to)


def _steps(of: Graph) -> dict[str, Step]:
    return {node.name: node.step for node in of.nodes}


def _following(of: Graph, step: str) -> set[str]:
    """All steps that can come after `step`."""
    found: set[str] = set()
    left = [step] if step in _steps(of) else []
    while left:
        for edge in of.node(left.pop()).edges:
            if edge.to is not None and edge.to not in found:
                found.add(edge.to)
                left.append(edge.to)
    return found


def _reckoned_anew(before: Journey | None, after: Journey, step: str) -> bool:
    """Whether `reschedule` asks for it: the word stays in the file, and means a change that comes with this plan."""
    if step not in after.reschedule or not isinstance(_steps(graph(after))[step], Wait):
        return False
    if before is None or step not in before.reschedule:
        return True
    return own_words(_steps(graph(before))[step]) != own_words(_steps(graph(after))[step])


def form(step: Step) -> str:
    """What ends the stay at a step: its verb; a wait for events or for a date is another one than one for a time."""
    if not isinstance(step, Wait):
        return type(step).__name__
    match step.wait:
        case FirstOf():
            return "first_of"
        case DateOf():
            return "date"
        case Window() | Duration() | time():
            return "wait"
        case _:
            assert_never(step.wait)


# ---- questions ----------------------------------------------------------------------------------------------------
def questions(changes: Iterable[Change], inside: People) -> tuple[Question, ...]:
    """One question for each place where somebody would be stranded; none: the changes may be applied."""
    return tuple(question for change in changes for question in _of(change, inside))


def _of(change: Change, inside: People) -> Iterator[Question]:
    match change.kind:
        case "journey":
            yield from _of_journey(change, inside)
        case "message" if change.to_version is None and (count := inside.pending.get(change.name, 0)):
            sentence = Words(
                f"訊息 {change.name} 被移除，但還有 {count:,} 則等著送出。",
                f"Message {change.name} is removed, and {count:,} sends of it wait to go out.",
            )
            yield Question("message", change.name, None, count, sentence, _KEEP_FILE)
        case _:
            return


_KEEP_FILE = Words("請把檔案留到全部送出為止。", "Keep the file until they are sent.")
_RETIRE = Words(
    "請保留檔案並改成 status: retired，等裡面的人走完。",
    "Keep the file with status: retired until nobody is inside.",
)


def _of_journey(change: Change, inside: People) -> Iterator[Question]:
    name, count = change.name, inside.inside.get(change.name, 0)
    after = journey_of(change.body)
    if after is None:
        if count:
            gone = Words(
                f"旅程 {name} 的檔案不見了，但還有 {count:,} 人在旅程中。",
                f"The file of journey {name} is gone, and {count:,} are inside it.",
            )
            yield Question("journey", name, None, count, gone, _RETIRE)
        return
    if after.status == "draft" and count:
        drafted = Words(
            f"旅程 {name} 改回 draft，但還有 {count:,} 人在旅程中；請用 paused 或 retired。",
            f"Journey {name} goes back to draft, and {count:,} are inside it; paused or retired is what you want.",
        )
        yield Question("journey", name, None, count, drafted, _RETIRE)
        return
    for stay in stays(journey_of(change.was), after, inside):
        if stay.fate in UNANSWERED:
            yield Question("journey", name, stay.step, stay.people, _sentence(name, stay), _answer(stay))


def _sentence(journey: str, stay: Stay) -> Words:
    step, count = stay.step, stay.people
    match stay.fate:
        case "removed":
            return Words(
                f"旅程 {journey} 的步驟 {step} 被移除或改名，但有 {count:,} 人正在那裡等候。",
                f"Step {step} of journey {journey} is removed or renamed, and {count:,} wait there.",
            )
        case "reformed":
            return Words(
                f"旅程 {journey} 的步驟 {step} 換成了另一種步驟，但有 {count:,} 人正在那裡等候。",
                f"Step {step} of journey {journey} becomes another kind of step, and {count:,} wait there.",
            )
        case "behind":
            names = ", ".join(stay.again)
            return Words(
                f"旅程 {journey} 有 {count:,} 人在步驟 {step} 等候，有人已走過 {names}，這次修改會讓他們再走一次。",
                f"Of the {count:,} who wait at step {step} of journey {journey} some have {names} behind them, "
                "and would come to it again.",
            )
        case "kept" | "rescheduled" | "moved":
            raise ValueError(stay.fate)
        case _:
            assert_never(stay.fate)


def _answer(stay: Stay) -> Words:
    if stay.fate == "behind":
        names = ", ".join(stay.again)
        return Words(
            f"真要再走一次，請給 {names} 新的名稱；否則請放回原來的位置。",
            f"If they are to take it again, give {names} a new name; else put it back where it was.",
        )
    return Words(
        f"請在旅程檔寫明去處：moved: {{{stay.step}: 步驟名稱}}。",
        f"Say in the journey's file where they go on: moved: {{{stay.step}: STEP}}.",
    )

"""One visit of a member to a journey, decision by decision, as its moves tell it; it takes no step itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from journey_engine.explaining.sends import called, fate
from journey_engine.explaining.telling import Teller, beside, reason
from journey_engine.explaining.waiting import stands
from journey_engine.language.conditions import Condition
from journey_engine.language.graph import graph
from journey_engine.language.journey import Branch, Call, Journey, Split, Step
from journey_engine.language.verbs import GoTo, HandOff, Send, Stop
from journey_engine.language.words import NOTHING, Words
from journey_engine.saying.conditions import said
from journey_engine.saying.reasons import ended
from journey_engine.saying.steps import does, way
from journey_engine.saying.values import joined


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of an explanation, with its instant; without one it is about now."""

    at: datetime | None
    text: Words


def visit(enrolment: Row[Any], teller: Teller) -> Iterator[Line]:
    """Every decision of the visit in the order of time, then where she stands."""
    record = teller.record
    journey, version = None, 0
    for move in record.moves:
        if move.enrolment_id != enrolment.id:
            continue
        journey = teller.journey(enrolment.journey, record.version(enrolment.journey, move.version))
        if version and move.version != version and move.path:
            at, by = datetime.fromisoformat(move.path[0]["at"]), move.version
            yield Line(at, Words(f"從這裡起照第 {by} 版走", f"by version {by} from here on"))
        version = move.version
        for line in move.path:
            if words := _decided(line, move, enrolment, journey, teller):
                yield Line(datetime.fromisoformat(line["at"]), words)
    if enrolment.goal_at is not None:
        goal = said(journey.goal.if_.condition, teller.titles) if journey and journey.goal else NOTHING
        yield Line(enrolment.goal_at, beside(Words("達成目標", "reached the goal"), goal))
    live = teller.journey(enrolment.journey, (record.versions.get(enrolment.journey) or [None])[-1])
    for row in record.waiting:
        if row.enrolment_id == enrolment.id:
            now = stands(row, live or journey, teller)
            yield Line(None, joined([now, *_halted(enrolment.journey, live, teller)]))
    for row in record.stuck:
        if row.journey == enrolment.journey and enrolment.ended_at is None:
            why = f"{row.reason}（journeys retry {row.journey}）"
            yield Line(row.since, Words(f"卡住：{why}", f"stuck: {row.reason} (journeys retry {row.journey})"))


def _halted(name: str, live: Journey | None, teller: Teller) -> list[Words]:
    found = [Words("旅程暫停中", "the journey is paused")] if live and live.status == "paused" else []
    found += [
        Words(f"旅程被攔下：{hold.reason}（journeys release {hold.id}）", f"the journey is held: {hold.reason}")
        for hold in teller.record.holds
        if (hold.scope, hold.name) == ("journey", name)
    ]
    return found


def _decided(
    line: dict[str, Any], move: Row[Any], enrolment: Row[Any], journey: Journey | None, teller: Teller
) -> Words:
    outcome, why = line["outcome"], line.get("why")
    match line["step"]:
        case "(enter)":
            return _entered(outcome, why, move.version, enrolment, journey, teller)
        case "(leave)":
            rule = said(journey.leave.if_.condition, teller.titles) if journey and journey.leave else NOTHING
            return beside(ended(outcome), rule if outcome == "leave" else NOTHING)
        case "(end)":
            return _ended(outcome, teller)
        case name:
            if outcome == "rescheduled" or outcome.startswith("moved to "):
                return _edited(name, outcome, reason(why), teller)
            nodes = {node.name: node.step for node in graph(journey).nodes} if journey else {}
            if name not in nodes:
                return Words(f"{name}：{outcome}", f"{name}: {outcome}")
            if isinstance(nodes[name], GoTo | Stop) and outcome != "passed by":
                return NOTHING  # the end of the visit says it
            words = _took(nodes[name], name, outcome, why, enrolment, teller)
            return Words(f"{name}：{words.zh}", f"{name}: {words.en}")


def _edited(step: str, outcome: str, times: dict[str, Any], teller: Teller) -> Words:
    """What an edit of the journey did to her while she waited there."""
    was, now = (teller.moment(datetime.fromisoformat(times[name])) for name in ("promised", "now"))
    to = outcome.removeprefix("moved to ")
    what = (
        Words("旅程改版，時間重算", "the journey was edited, her time reckoned anew")
        if outcome == "rescheduled"
        else Words(f"旅程改版，改到 {to}", f"the journey was edited, she goes on at {to}")
    )
    until = (
        Words(f"到 {now.zh}", f"until {now.en}")
        if was == now
        else Words(f"原定 {was.zh}，現在到 {now.zh}", f"until {now.en} instead of {was.en}")
    )
    return Words(f"{step}：{what.zh}，{until.zh}", f"{step}: {what.en}, {until.en}")


def _ended(outcome: str, teller: Teller) -> Words:
    kind, _, to = outcome.partition(": ")
    if kind == "go_to":
        title = teller.titles.journey(to)
        return Words(f"轉進旅程{title.zh}", f"handed on to the journey {title.en}")
    return ended(outcome)


def _entered(
    outcome: str, why: Any, version: int, enrolment: Row[Any], journey: Journey | None, teller: Teller
) -> Words:
    rules: dict[str, Condition] = {"": journey.enter.if_.condition} if journey and journey.enter.if_ else {}
    what = teller.let_in(enrolment, journey)
    count = Words(
        f"第 {enrolment.visit} 次進入（旅程第 {version} 版）",
        f"enters, visit {enrolment.visit}, version {version}",
    )
    if enrolment.entry_key:
        count = Words(f"{count.zh}，編號 {enrolment.entry_key}", f"{count.en}, key {enrolment.entry_key}")
    if outcome == "holdout":
        count = Words(f"{count.zh}，抽到對照組，什麼都不收", f"{count.en}, drawn into the holdout: gets nothing")
    return beside(Words(f"{count.zh}：{what.zh}", f"{count.en}: {what.en}"), teller.answers(why, rules))


def _took(step: Step, name: str, outcome: str, why: Any, enrolment: Row[Any], teller: Teller) -> Words:
    """One step taken: what it was, which way it went and what that rested on."""
    rules: dict[str, Condition] = {"if": step.if_.condition} if step.if_ else {}
    if isinstance(step, Branch):
        rules |= {str(number): arm.if_.condition for number, arm in enumerate(step.branch, 1) if arm.if_}
    inputs = teller.answers(why, rules)
    what, taken = does(step, teller.titles), way(step, outcome, teller.titles)
    if outcome == "passed by" and step.if_ is not None:
        rule = said(step.if_.condition, teller.titles)
        asked = inputs or rule
        return Words(
            f"略過「{what.zh}」，條件不符（{asked.zh}）",
            f"passed by “{what.en}”, its condition did not hold ({asked.en})",
        )
    if isinstance(step, Send) and outcome in ("next", "skipped"):
        mine = _own(teller.record.intents, enrolment, name)
        title = teller.titles.message(step.send)
        sent = Words(f"傳送{title.zh}", f"send {title.en}")
        return beside(joined([sent, fate(mine, teller) if mine else taken]), inputs)
    if (number := reason(why).get("event")) is not None:
        happened = teller.event(number)
        return beside(Words(f"等到了：{happened.zh}", f"there came {happened.en}"), inputs)
    if isinstance(step, Branch | Split):
        return beside(Words(f"走「{taken.zh.strip()}」", f"takes “{taken.en}”"), inputs)
    words = Words(f"{what.zh} → {taken.zh}", f"{what.en} → {taken.en}") if taken else what
    if isinstance(step, Call) and (call := _own(teller.record.calls, enrolment, name)):
        words = joined([words, called(call)])
    if isinstance(step, HandOff) and (asked := _own(teller.record.hand_offs, enrolment, name)):
        words = joined([words, _handed(asked, teller)])
    return beside(words, inputs)


def _own(rows: Sequence[Row[Any]], enrolment: Row[Any], step: str) -> Row[Any] | None:
    """The row that this visit wrote at the step."""
    return next((row for row in rows if row.enrolment_id == enrolment.id and row.step == step), None)


def _handed(asked: Row[Any], teller: Teller) -> Words:
    if asked.closed_at is None:
        return Words("還沒有人結案", "not closed yet")
    at = teller.moment(asked.closed_at)
    return Words(f"{at.zh} 由 {asked.closed_by} 結案", f"closed by {asked.closed_by}, {at.en}")

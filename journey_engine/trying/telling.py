"""A played story as a timeline a marketer can read, in Chinese or English; it judges nothing and reads no table."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.graph import graph
from journey_engine.language.journey import (
    Branch,
    Call,
    FirstOf,
    GoTo,
    HandOff,
    Journey,
    Send,
    Set,
    Split,
    Step,
    Stop,
    Tag,
    Untag,
    Wait,
)
from journey_engine.language.project import Project
from journey_engine.language.scenario import Happening
from journey_engine.language.words import Language, Words
from journey_engine.saying.reasons import refused, unsent
from journey_engine.trying.calendar import DAY_ZERO
from journey_engine.trying.chapter import Line
from journey_engine.trying.judging import Verdict
from journey_engine.trying.trial import Page, Trial

_TIME = 16  # columns for `day 12 09:00`
_WAITED = {
    "restart": Words("重新起算", "the wait begins anew"),
    "late": Words("日期已經過了", "the date had passed"),
    "no date": Words("沒有日期", "there is no date"),
}


def timeline(trial: Trial, project: Project, language: Language) -> str:
    """All moments of the story with what happened, each with its time in the member's zone; failures are marked ✗."""
    return "\n".join(_lines(trial, project, language))


def _lines(trial: Trial, project: Project, language: Language) -> Iterator[str]:
    zone = trial.calendar.zone.key
    yield f"✗ {trial.scenario.scenario}  ({trial.page.place()})"
    begun = Words(
        f"旅程 {trial.scenario.journey}，day 0 是 {DAY_ZERO}", f"journey {trial.scenario.journey}, day 0 is {DAY_ZERO}"
    )
    yield f"    {begun.said(language)} ({zone})"
    shown = ""
    for number, (chapter, verdicts) in enumerate(trial.chapters):
        moment = trial.calendar.shown(chapter.at)
        told: list[tuple[str, Words]] = []
        happened = _happened(chapter.moment)
        before = [line for line in chapter.lines if line.at < chapter.at]
        since = [line for line in chapter.lines if line.at >= chapter.at]
        told += [(trial.calendar.shown(line.at), said) for line in before if (said := _line(line, project))]
        told += [(moment, happened)] if happened else []
        told += [(trial.calendar.shown(line.at), said) for line in since if (said := _line(line, project))]
        told += [(moment, _verdict(verdict, trial.page, number)) for verdict in verdicts]
        for at, said in told:
            yield f"    {at if at != shown else '':<{_TIME}}{said.said(language)}"
            shown = at


def _happened(moment: Happening) -> Words | None:
    if not moment.is_something:
        return None
    of = f" {moment.of}" if moment.of else ""
    given = "".join(f", {name} = {value}" for name, value in moment.with_.items())
    happens = [f"{moment.happens}{of}{given}"] if moment.happens else []
    answers = [f"answer {message} = {said}" for message, said in moment.answers.items()]
    changes = [f"{name} → {value}" for name, value in moment.changes.items()]
    consents = [f"{topic}: {'yes' if granted else 'no'}" for topic, granted in moment.consents.items()]
    what = "; ".join([*happens, *answers, *changes, *consents])
    return Words(f"發生 {what}", f"happens: {what}")


def _verdict(verdict: Verdict, page: Page, moment: int) -> Words:
    if verdict.holds:
        return Words(*[f"✓ {verdict.word}: {verdict.expected}"] * 2)
    place = page.place("story", moment, "expect", verdict.word)
    return Words(
        f"✗ {verdict.word}: 期待 {verdict.expected}，實際 {verdict.actual.zh}  ({place})",
        f"✗ {verdict.word}: expected {verdict.expected}, was {verdict.actual.en}  ({place})",
    )


def _line(line: Line, project: Project) -> Words | None:
    """One line of what happened; None for what another line says better."""
    match line.kind:
        case "sent":
            return Words(f"送出 {line.what}（{line.step}）", f"sent {line.what} ({line.step})")
        case "unsent":
            why = unsent(line.why)
            return Words(f"沒送 {line.what}（{line.step}）：{why.zh}", f"not sent: {line.what} ({line.step}), {why.en}")
        case "refused":
            why = refused(line.what)
            return Words(f"沒進入 {line.journey}：{why.zh}", f"not let into {line.journey}: {why.en}")
        case "stuck":
            return Words(f"卡在 {line.journey}：{line.what}", f"stuck in {line.journey}: {line.what}")
        case "held":
            return Words(
                f"{line.step} {line.journey} 被擋下：{line.what}", f"{line.step} {line.journey} is held: {line.what}"
            )
        case "step":
            return _moved(line, project.journeys[line.journey])


def _moved(line: Line, journey: Journey) -> Words | None:
    name, outcome = line.journey, line.what
    match line.step:
        case "(enter)":
            inside = Words(f"進入 {name}", f"enters {name}")
            return inside if outcome == "journey" else Words(f"進入 {name} 的對照組", f"is held out of {name}")
        case "(leave)":
            return Words(f"離開 {name}（{outcome}）", f"leaves {name} ({outcome})")
        case "(end)" if outcome == "holdout":
            return Words(f"{name} 的對照組結束", f"the holdout of {name} closes")
        case "(end)":
            return Words(f"走完 {name}（{outcome}）", f"comes to the end of {name} ({outcome})")
        case step:
            said = _took(graph(journey).node(step).step, outcome)
            return said and Words(f"{step}：{said.zh}", f"{step}: {said.en}")


def _took(step: Step, outcome: str) -> Words | None:
    if outcome == "passed by":
        return Words("條件不符，略過", "its `if` does not hold, passed by")
    if isinstance(step, Wait) and outcome in _WAITED:
        return _WAITED[outcome]
    match step:
        case Send() | GoTo() | Stop():
            return None  # the send itself, or the end of the journey, says it
        case Wait(wait=FirstOf(first_of=exits)):
            if outcome == "timeout":
                return Words("等不到，時間到", "waited in vain, time is up")
            text = exits[int(outcome) - 1].until.text
            return Words(f"等到了 {text}", f"there came {text}")
        case Wait():
            return Words("等完了", "the wait is over")
        case Branch(branch=arms):
            rules = {str(number): arm.if_.text for number, arm in enumerate(arms, 1) if arm.if_}
            text = rules.get(outcome, "otherwise")
            return Words(f"走 {text}", f"takes {text}")
        case Split():
            return Words(f"抽到 {outcome}", f"draws {outcome}")
        case Tag(tag=grant):
            return Words(f"貼上標籤 {grant.tag}", f"gives the tag {grant.tag}")
        case Set(set=values):
            given = ", ".join(f"{name} = {value}" for name, value in values.items())
            return Words(f"寫入 {given}", f"sets {given}")
        case HandOff(hand_off=team):
            return Words(f"交給 {team}", f"hands her to {team}")
        case Call(call=endpoint) if outcome == "failed":
            return Words(f"{endpoint} 沒有回應", f"{endpoint} does not answer")
        case Call(call=endpoint):
            return Words(f"{endpoint} 回應了", f"{endpoint} answers")
        case Untag(untag=tag):
            return Words(f"撕下標籤 {tag}", f"takes the tag {tag} away")

"""Steps and ways on in the few words of their files, for maps and funnels; sentences are said in `saying`."""

from __future__ import annotations

from datetime import time
from typing import assert_never

from journey_engine.language.durations import Duration
from journey_engine.language.journey import Branch, Call, FirstOf, Split, Step, Wait
from journey_engine.language.verbs import DateOf, GoTo, HandOff, Send, Set, Stop, Tag, Untag, Window
from journey_engine.language.words import Language, Words

_OUTCOMES = {
    "next": Words("", ""),
    "passed by": Words("條件不符，略過", "passed by"),
    "timeout": Words("逾時", "in vain"),
    "otherwise": Words("其他", "otherwise"),
    "late": Words("已經過了", "late"),
    "no date": Words("沒有日期", "no date"),
    "failed": Words("失敗", "failed"),
    "skipped": Words("夜間不傳", "skipped"),
}


def does(step: Step) -> str:
    """The step in the words of its file: `send welcome_hello`, `wait 1 day until 10:00`."""
    match step:
        case Send():
            return f"send {step.send}"
        case Wait():
            return _waits(step)
        case Branch():
            return "branch"
        case Split():
            return "split"
        case Tag():
            return f"tag {step.tag.text}"
        case Untag():
            return f"untag {step.untag}"
        case Set():
            return f"set {', '.join(step.set)}"
        case Call():
            return f"call {step.call}"
        case HandOff():
            return f"hand_off {step.hand_off}"
        case GoTo():
            return f"go_to {step.go_to}"
        case Stop():
            return f"stop: {step.stop}"
        case _:
            assert_never(step)


def _waits(step: Wait) -> str:
    match step.wait:
        case FirstOf(first_of=exits):
            events = " / ".join(exit_.until.text for exit_ in exits)
            return f"wait {events}" + (f", at most {step.at_most}" if step.at_most else "")
        case Duration():
            said = f"wait {step.wait}" + (f" until {step.until:%H:%M}" if step.until else "")
        case time():
            said = f"wait {step.wait:%H:%M}"
        case Window(window=span):
            said = f"wait {span.start:%H:%M}-{span.end:%H:%M}"
        case DateOf() as day:
            said = f"wait {day.date}" + (f" {day.offset}" if day.offset.length else "")
            said += f" {day.at:%H:%M}" if day.at else ""
        case _:
            assert_never(step.wait)
    if step.on is None:
        return said
    days = step.on.written
    return f"{said} on {days if isinstance(days, str) else ', '.join(days)}"


def way(step: Step, outcome: str, language: Language) -> str:
    """What a way on is called: the arm's condition or name, the event waited for, or its word in `language`."""
    if outcome.isdigit():
        match step:
            case Branch():
                rule = step.branch[int(outcome) - 1].if_
                return rule.text if rule else outcome
            case Wait(wait=FirstOf(first_of=exits)):
                return exits[int(outcome) - 1].until.text
            case _:
                return outcome
    return _OUTCOMES.get(outcome, Words(outcome, outcome)).said(language)

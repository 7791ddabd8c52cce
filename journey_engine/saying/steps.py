"""Steps and the ways on from them, in words, every verb of the language; it takes no step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import assert_never

from journey_engine.language.conditions import EventQuery
from journey_engine.language.durations import Duration
from journey_engine.language.graph import ways
from journey_engine.language.journey import Block, Branch, Call, FirstOf, Split, Step, Wait
from journey_engine.language.verbs import DateOf, Experiment, GoTo, HandOff, Send, Set, Stop, Tag, Untag, Window
from journey_engine.language.words import NOTHING, Words
from journey_engine.saying.conditions import event, said
from journey_engine.saying.schedules import days, hours, shifted
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import clock, joined, length, share

_DAY = Duration(24, "hour")


def does(step: Step, titles: Titles) -> Words:
    """What a step does, without its `if` and without the steps nested in it, as a clause."""
    match step:
        case Send():
            return _sends(step, titles)
        case Wait():
            return _waits(step, titles)
        case Branch():
            return Words("看是哪一種情況，走第一個符合的", "the first of these that holds")
        case Split(split=arms, experiment=experiment):
            drawn = Words(f"隨機分成 {len(arms)} 組", f"a random choice of {len(arms)}")
            return joined([drawn, _measured(experiment, titles)], "；", "; ")
        case Tag(tag=grant):
            more = [] if grant.strength == 1 else [Words(f"強度 {grant.strength:+}", f"strength {grant.strength:+}")]
            if grant.lasts:
                more.append(Words(f"保留 {length(grant.lasts).zh}", f"for {length(grant.lasts).en}"))
            beside = joined(more, "、")
            return Words(
                f"貼上標籤{titles.tag(grant.tag).zh.rstrip()}" + (f"（{beside.zh}）" if more else ""),
                f"give the tag {titles.tag(grant.tag).en}" + (f" ({beside.en})" if more else ""),
            )
        case Untag(untag=tag):
            return Words(f"撕下標籤{titles.tag(tag).zh.rstrip()}", f"take away the tag {titles.tag(tag).en}")
        case Set(set=values):
            return _sets(values, titles)
        case Call(call=endpoint, at_most=at_most):
            most = length(at_most)
            return Words(f"呼叫外部系統 {endpoint}，最多等 {most.zh}", f"call {endpoint}, waiting at most {most.en}")
        case HandOff(hand_off=team, note=note):
            return Words(
                f"轉給「{team}」處理" + (f"：{note}" if note else ""),
                f"hand off to {team}" + (f": {note}" if note else ""),
            )
        case GoTo(go_to=journey):
            title = titles.journey(journey)
            return Words(f"轉進旅程{title.zh}，這個旅程到此結束", f"hand on to the journey {title.en}, and end here")
        case Stop(stop=reason):
            return Words(f"到此結束：{reason}", f"end here: {reason}")
        case _:
            assert_never(step)


def provided(step: Step, titles: Titles) -> Words:
    """The step's own `if`, to stand before what it does; nothing if it has none."""
    if step.if_ is None:
        return NOTHING
    asked = said(step.if_.condition, titles)
    return Words(f"如果{asked.zh}，就", f"if {asked.en}: ")


def way(step: Step, outcome: str, titles: Titles) -> Words:
    """What a way on from a step is called; nothing for the plain way on."""
    if outcome == "passed by":
        return Words("條件不符，略過", "its condition does not hold, passed by")
    match step:
        case Wait(wait=FirstOf(first_of=exits), at_most=at_most):
            if outcome.isdigit() and int(outcome) <= len(exits):
                return event(exits[int(outcome) - 1].until.query, titles)
            if outcome != "timeout" or at_most is None:
                return _plain(outcome)
            most = length(at_most)
            return Words(f"{most.zh}內都沒有", f"none of them within {most.en}")
        case Wait(wait=DateOf()):
            return _OUTCOMES["in time"] if outcome == "next" else _plain(outcome)
        case Branch(branch=arms):
            rule = arms[int(outcome) - 1].if_ if outcome.isdigit() and int(outcome) <= len(arms) else None
            return said(rule.condition, titles) if rule else _plain(outcome)
        case Split(split=arms):
            part = f"（{share(arms[outcome].share)}）" if outcome in arms else ""
            return Words(f"{outcome}{part}", f"{outcome}{part}".replace("（", " (").replace("）", ")"))
        case Call():
            return _OUTCOMES["answered"] if outcome == "next" else _plain(outcome)
        case Send() | Wait() | Tag() | Untag() | Set() | HandOff() | GoTo() | Stop():
            return _plain(outcome)
        case _:
            assert_never(step)


_OUTCOMES = {
    "next": NOTHING,
    "in time": Words("日子到了", "the day has come"),
    "answered": Words("有回應", "answered"),
    "timeout": Words("時間到了都沒有", "none of them in time"),
    "otherwise": Words("其他情況", "otherwise"),
    "late": Words("日期已經過了", "the date has passed"),
    "no date": Words("沒有日期", "there is no date"),
    "failed": Words("呼叫失敗或沒有回應", "refused or not answered"),
    "skipped": Words("碰到不打擾時段，不傳", "skipped in quiet hours"),
    "quiet": Words("碰到不打擾時段，先等", "waits for the end of quiet hours"),
    "restart": Words("又發生一次，重新等起", "it happened again, the wait begins anew"),
}


def _plain(outcome: str) -> Words:
    return _OUTCOMES.get(outcome, Words(outcome, outcome))


def _sends(step: Send, titles: Titles) -> Words:
    title = titles.message(step.send)
    more = [Words(f"傳送{title.zh}", f"send {title.en}")]
    if step.expires != _DAY:
        lasts = length(step.expires)
        more.append(Words(f"{lasts.zh}內送不出去就作罷", f"not later than {lasts.en} after that"))
    if step.quiet == "skip":
        more.append(Words("碰到不打擾時段就不傳", "not at all in quiet hours"))
    return joined(more)


def _waits(step: Wait, titles: Titles) -> Words:
    match step.wait:
        case Duration():
            first = Words(f"等 {length(step.wait).zh}", f"wait {length(step.wait).en}")
            if step.until:
                at = clock(step.until)
                first = Words(f"{first.zh}，再到下一個 {at}", f"{first.en}, then until the next {at}")
        case time():
            first = Words(f"等到下一個 {clock(step.wait)}", f"wait until the next {clock(step.wait)}")
        case Window(window=span):
            first = Words(
                f"等到 {hours(span)} 之間（正在這段時間就直接往下）",
                f"wait for the hours {hours(span)} (go on at once within them)",
            )
        case DateOf():
            first = _until_date(step.wait, titles)
        case FirstOf(first_of=exits):
            several = Words("等下面任一件事發生", "wait for the first of these")
            what = several if len(exits) > 1 else _awaited(next(iter(exits)).until.query, titles)
            most = length(step.at_most) if step.at_most else NOTHING
            first = joined([what, Words(f"最多 {most.zh}", f"at most {most.en}") if most else NOTHING])
        case _:
            assert_never(step.wait)
    return joined([first, *_moved(step)])


def _awaited(query: EventQuery, titles: Titles) -> Words:
    happened = event(query, titles)
    return Words(f"等{happened.zh}", f"wait for {happened.en}")


def _moved(step: Wait) -> list[Words]:
    found: list[Words] = []
    if step.on is not None:
        which = days(step.on)
        found.append(Words(f"限{which.zh}，遇到其他日子順延", f"only on {which.en}, else the next of them"))
    if step.count == "since entry":
        found.append(Words("從進入旅程時算起", "counted from entry"))
    return found


def _until_date(wait: DateOf, titles: Titles) -> Words:
    what = (
        Words(f"進入時的 {wait.property}", f"{wait.property} of the entry")
        if wait.property
        else titles.attribute(wait.date)
    )
    day = shifted(what, wait.offset)
    at = Words(f"的 {clock(wait.at)}", f" at {clock(wait.at)}") if wait.at else NOTHING
    yearly = Words("今年或明年的", "the coming ") if wait.every else NOTHING
    late = Words("；已經過了就馬上繼續", "; go on at once if it has passed") if wait.late == "now" else NOTHING
    return Words(f"等到{yearly.zh}{day.zh}{at.zh}{late.zh}", f"wait until {yearly.en}{day.en}{at.en}{late.en}")


def _sets(values: dict[str, str], titles: Titles) -> Words:
    phrases: list[Words] = []
    for name, value in values.items():
        title = titles.attribute(name)
        if value.startswith("entry."):
            key = value.removeprefix("entry.")
            phrases.append(Words(f"{title.zh}設為進入時的 {key}", f"{title.en} to {key} of the entry"))
        else:
            phrases.append(Words(f"{title.zh}設為「{value}」", f"{title.en} to “{value}”"))
    one = joined(phrases, "、")
    return Words(f"把會員的{one.zh}", f"set {one.en}")


def _measured(experiment: Experiment | None, titles: Titles) -> Words:
    if experiment is None:
        return NOTHING
    happened, within = event(experiment.measure.query, titles), length(experiment.within)
    return Words(
        f"實驗：各組收滿共 {experiment.sample:,} 人後，比較 {within.zh}內{happened.zh}的比例",
        f"an experiment: with {experiment.sample:,} members in all,"
        f" compare the share with {happened.en} within {within.en}",
    )


def ways_on(step: Step, titles: Titles) -> Iterator[tuple[Words, Block]]:
    """The ways on of a step and the block on each; those that share a block are one, and a plain way on is none."""
    if isinstance(step, Send):
        return  # sent or not, it goes on the same way
    shared: dict[int, tuple[list[Words], Block]] = {}
    for outcome, block in ways(step):
        words = way(step, outcome, titles)
        if words:
            key = id(block) if block else -1 - len(shared)
            shared.setdefault(key, ([], block))[0].append(words)
    for words, block in shared.values():
        yield joined(words, "，或", ", or "), block

"""What was expected of a moment against what was so; it reads no table and prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from journey_engine.language.scenario import Expect
from journey_engine.language.words import Words
from journey_engine.trying.calendar import Calendar
from journey_engine.trying.chapter import Chapter, Visit

_NORMAL_ENDS = ("stop: ", "go_to: ")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expectation: the word of `expect`, what was written there, and what was so."""

    word: str
    expected: str
    actual: Words
    holds: bool


def finished(visit: Visit) -> bool:
    """Whether the visit came to an end of its path: its last step, `stop` or `go_to`."""
    return visit.ended is not None and (visit.ended == "finished" or visit.ended.startswith(_NORMAL_ENDS))


def left(visit: Visit) -> bool:
    """Whether the visit was ended from outside its path: by the leave rule, the goal, a block or an erasure."""
    return visit.ended is not None and visit.ended != "holdout" and not finished(visit)


def judge(chapter: Chapter, journey: str, calendar: Calendar) -> tuple[Verdict, ...]:
    """A verdict for each word that is written under the moment's `expect`; `journey` is the story's own."""
    expect = chapter.moment.expect
    return () if expect is None else tuple(_verdicts(expect, chapter, journey, calendar))


def _verdicts(expect: Expect, chapter: Chapter, journey: str, calendar: Calendar) -> Iterator[Verdict]:
    own = chapter.visit(journey, expect.key)
    yield from _lists(expect, chapter)
    if expect.attributes:
        wanted = {name: calendar.value(value, "date") for name, value in expect.attributes.items()}
        so = {name: chapter.attributes[name] for name in wanted if name in chapter.attributes}
        yield Verdict("attributes", _pairs(wanted), _same(_pairs(so)), wanted == so)
    if expect.at is not None:
        here = own is not None and own.step == expect.at and own.ended is None
        yield Verdict("at", expect.at, standing(own, calendar), here)
    if expect.until is not None:
        due = own.due_at if own is not None and own.ended is None else None
        yield Verdict("until", str(expect.until), standing(own, calendar), due == calendar.instant(expect.until))
    asked = (("in", expect.in_), ("outside", expect.outside), ("finished", expect.finished), ("left", expect.left))
    for word, name in asked:
        if name is not None:
            visit = chapter.visit(name, expect.key)
            yield Verdict(word, name, standing(visit, calendar), _is(word, visit))
    if expect.goal is not None:
        reached = own is not None and own.has_goal
        said = Words("已達標" if reached else "還沒達標", "reached" if reached else "not reached")
        yield Verdict("goal", "yes" if expect.goal else "no", said, reached == expect.goal)


def _lists(expect: Expect, chapter: Chapter) -> Iterator[Verdict]:
    if expect.sends is not None:
        yield Verdict("sends", listed(expect.sends), _same(listed(chapter.sends)), expect.sends == chapter.sends)
    if expect.skips is not None:
        yield Verdict("skips", listed(expect.skips), _same(listed(chapter.skips)), expect.skips == chapter.skips)
    if expect.hand_off is not None:
        handed = expect.hand_off in chapter.teams
        yield Verdict("hand_off", expect.hand_off, _same(listed(chapter.teams)), handed)
    if expect.calls is not None:
        yield Verdict("calls", listed(expect.calls), _same(listed(chapter.calls)), expect.calls == chapter.calls)
    if expect.tags is not None:
        yield Verdict("tags", listed(expect.tags), _same(listed(chapter.tags)), set(expect.tags) <= set(chapter.tags))


def _is(word: str, visit: Visit | None) -> bool:
    match word:
        case "in":
            return visit is not None and visit.ended is None and visit.arm == "journey"
        case "outside":
            return visit is None or visit.ended is not None
        case "finished":
            return visit is not None and finished(visit)
        case _:
            return visit is not None and left(visit)


def standing(visit: Visit | None, calendar: Calendar) -> Words:
    """Where the latest visit of a journey stands, in words."""
    if visit is None:
        return Words("從未進入", "never entered")
    if visit.ended is not None:
        way = Words("走完了", "finished") if finished(visit) else Words("離開了", "left")
        return Words(f"{way.zh}（{visit.ended}）", f"{way.en} ({visit.ended})")
    if visit.arm == "holdout":
        return Words("在對照組", "held out")
    if visit.step is None or visit.due_at is None:
        return Words("停住了", "stopped")
    until = calendar.shown(visit.due_at)
    return Words(f"在 {visit.step}（到 {until}）", f"at {visit.step} (until {until})")


def listed(names: tuple[str, ...]) -> str:
    """Names as YAML writes a list."""
    return f"[{', '.join(names)}]"


def _pairs(values: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in values.items())}}}"


def _same(text: str) -> Words:
    return Words(text, text)

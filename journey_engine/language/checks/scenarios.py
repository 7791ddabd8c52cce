"""Whether a scenario speaks of things that exist, in an order of time; runs nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from journey_engine.language.checks.happenings import about_problems, answer_problems, known
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Names, names_of, tag_nobody_gives, unknown
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.journey import Journey, Split
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.scenario import (
    CALLED,
    SEGMENT_CHANGES,
    STAGE_CHANGED,
    ZONE,
    Expect,
    Happening,
    Scenario,
    story_day,
)
from journey_engine.language.steps import written_steps
from journey_engine.language.words import NOTHING, Words, did_you_mean

_WHICH_STAGE = (
    Words("這裡要寫是哪個階段。", "It must be said which stage."),
    Words("請加上 of: 階段名稱。", "Add of: STAGE."),
)
_WHICH_SEGMENT = (
    Words("這裡要寫是哪個分群。", "It must be said which segment."),
    Words("請加上 of: 分群名稱。", "Add of: SEGMENT."),
)


def scenario_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the scenarios of the project."""
    names, taps = names_of(found), taps_of(found)
    problems = [problem for kept in found.scenarios for problem in _scenario(found, kept, names, taps)]
    return [*problems, *_called_twice(found)]


def _called_twice(found: Gathered) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for kept in found.scenarios:
        page, name = kept.page, kept.value.scenario
        if name in seen and not page.has_lost((), "scenario"):
            what = Words(
                f"已經有一個情境叫「{name}」（{seen[name]}）。", f"Another scenario is called “{name}” ({seen[name]})."
            )
            yield page.problem(("scenario",), what, Words("請換個說法。", "Call it otherwise."))
        seen.setdefault(name, f"{page.file}:{page.place(('scenario',)).line}")


def _scenario(found: Gathered, kept: Kept, names: Names, taps: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    scenario: Scenario = kept.value
    page = kept.page
    yield from known("journey", scenario.journey, names.journeys, page, ("journey",))
    for number, name in enumerate(scenario.beside):
        yield from known("journey", name, names.journeys, page, ("beside", number))
    yield from _attributes(scenario.member, page, ("member",), names)
    target = found.journeys.get(scenario.journey)
    endpoints: Collection[str] = found.policy.value.endpoints if found.policy else ()
    if target is not None:
        yield from _given(scenario, target.value, page, endpoints)
    before = (-1000, "")
    yield from _stays(scenario, page)
    for number, moment in enumerate(scenario.story):
        path = ("story", number)
        now = (moment.at.day, f"{moment.at.at:%H:%M}")
        if now < before:
            what = Words(f"{moment.at} 比上一項早。", f"{moment.at} lies before the moment above it.")
            yield page.problem((*path, "at"), what, Words("請照時間排列。", "Put the moments in order."))
        before = now
        yield from _happening(moment, page, path, names)
        yield from _attributes(moment.changes, page, (*path, "changes"), names)
        yield from _values(moment, page, path, names, taps)
        if moment.expect is not None:
            yield from _expect(moment.expect, page, (*path, "expect"), names, target.value if target else None)
            for number, endpoint in enumerate(moment.expect.calls or ()):
                yield from known("endpoint", endpoint, endpoints, page, (*path, "expect", "calls", number))


def _attributes(written: Mapping[str, str], page: Page, path: Path, names: Names) -> Iterator[Problem]:
    for name, value in written.items():
        here = (*path, name)
        if name == ZONE and path == ("member",):
            if not _is_zone(value):
                what = Words(f"沒有「{value}」這個時區。", f"There is no zone “{value}”.")
                yield page.problem(here, what, Words("例如 Asia/Taipei。", "Write for example Asia/Taipei."))
        elif names.attributes is not None and name not in names.attributes:
            yield page.problem(here, *unknown("attribute", name, names.attributes), key=True)
        elif (values := _values_of(names, name)) is not None and value not in values:
            what = Words(f"{name} 沒有「{value}」這個值。", f"{name} is never “{value}”.")
            known = Words(f"可以是：{'、'.join(values)}。", f"It can be: {', '.join(values)}.")
            yield page.problem(here, what, known)
        elif _type_of(names, name) == "date" and not _is_date(value):
            yield page.problem(here, *_no_date(value))


def _no_date(value: str) -> tuple[Words, Words]:
    return (
        Words(f"「{value}」不是日期。", f"“{value}” is not a date."),
        Words(
            "寫成 1990-06-15，或從故事開始算起的 day 15。",
            "Write 1990-06-15, or day 15 counted from the story's first.",
        ),
    )


def _type_of(names: Names, attribute: str) -> str | None:
    kind = names.schema.attributes.get(attribute) if names.schema else None
    return kind.type if kind else None


def _is_date(text: str) -> bool:
    day = story_day(text)
    if day is not None:
        return day[1] is None
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    if story_day(text) is not None:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _values_of(names: Names, attribute: str) -> tuple[str, ...] | None:
    kind = names.schema.attributes.get(attribute) if names.schema else None
    return kind.values if kind else None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _values(
    moment: Happening, page: Page, path: Path, names: Names, taps: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    """Whether numbers are numbers, and whether the message has the button that is tapped."""
    kinds = (names.properties_of(moment.happens) if moment.happens else None) or {}
    for name, value in moment.with_.items():
        if kinds.get(name) in ("number", "money") and not _is_number(value):
            what = Words(f"「{value}」不是數字。", f"“{value}” is not a number.")
            yield page.problem((*path, "with", name), what, Words('例如 "72.5"。', 'Write for example "72.5".'))
        if kinds.get(name) == "date" and not _is_date(value):
            yield page.problem((*path, "with", name), *_no_date(value))
        if kinds.get(name) == "time" and not _is_time(value):
            what = Words(f"「{value}」不是時間。", f"“{value}” is not an instant.")
            cure = Words("例如 day 3 14:00。", "Write for example day 3 14:00.")
            yield page.problem((*path, "with", name), what, cure)
    buttons = taps.get(moment.of or "")
    if moment.happens == "click" and buttons is not None:
        button = moment.with_.get("button")
        if button is not None and button not in buttons:
            yield page.problem((*path, "with", "button"), *unknown("button", button, buttons))
        links, link = names.links.get(moment.of or "", frozenset()), moment.with_.get("link")
        if link is not None and "" not in links and link not in links:
            yield page.problem((*path, "with", "link"), *unknown("link", link, links))


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _given(scenario: Scenario, journey: Journey, page: Page, endpoints: Collection[str]) -> Iterator[Problem]:
    splits = {name: step for _, name, step in written_steps(journey) if isinstance(step, Split)}
    for name, arm in scenario.given.items():
        if name == "holdout":
            if arm not in ("yes", "no", "true", "false"):
                what = Words(f"這裡不能寫「{arm}」。", f"“{arm}” cannot stand here.")
                yield page.problem(("given", name), what, did_you_mean(arm, ("yes", "no")))
        elif name in endpoints and name not in splits:
            if arm not in CALLED:
                what = Words(f"這裡不能寫「{arm}」。", f"“{arm}” cannot stand here.")
                yield page.problem(("given", name), what, did_you_mean(arm, CALLED))
        elif name not in splits:
            yield page.problem(("given", name), *unknown("step", name, [*splits, *endpoints]), key=True)
        elif arm not in splits[name].split:
            yield page.problem(("given", name), *unknown("arm", arm, splits[name].split))


def _happening(moment: Happening, page: Page, path: Path, names: Names) -> Iterator[Problem]:
    yield from answer_problems(moment, page, path, names)
    if moment.happens is None:
        for word in ("of", "with"):
            if moment.of is not None if word == "of" else moment.with_:
                what = Words(f"有「{word}」卻沒有 happens。", f"“{word}” needs happens.")
                yield page.problem((*path, word), what, key=True)
        is_empty = moment.expect is None and not moment.is_something
        if is_empty and not page.has_lost(path, "happens", "answers", "expect", "changes", "consents"):
            what = Words("這一刻什麼都沒發生，也沒有期待。", "Nothing happens here and nothing is expected.")
            yield page.problem(path, what, NOTHING)
        return
    if moment.happens in SEGMENT_CHANGES:
        if moment.of is None:
            yield page.problem((*path, "happens"), *_WHICH_SEGMENT)
        else:
            yield from known("segment", moment.of, names.segments, page, (*path, "of"))
        return
    if moment.happens == STAGE_CHANGED:
        if moment.of is None:
            yield page.problem((*path, "happens"), *_WHICH_STAGE)
        elif names.stages is not None:
            yield from known("stage", moment.of, names.stages, page, (*path, "of"))
        return
    if names.events is not None and moment.happens not in names.events:
        yield page.problem((*path, "happens"), *unknown("event", moment.happens, names.events))
        return
    yield from about_problems(moment, page, path, names)
    properties = None if moment.happens == "enter" else names.properties_of(moment.happens)
    for name in moment.with_:
        if properties is not None and name not in properties:
            yield page.problem((*path, "with", name), *unknown("property", name, properties), key=True)


def _expect(expect: Expect, page: Page, path: Path, names: Names, journey: Journey | None) -> Iterator[Problem]:
    for number, message in enumerate(expect.sends or ()):
        yield from known("message", message, names.messages, page, (*path, "sends", number))
    for number, message in enumerate(expect.skips or ()):
        yield from known("message", message, names.messages, page, (*path, "skips", number))
    yield from _attributes(expect.attributes, page, (*path, "attributes"), names)
    for number, tag in enumerate(expect.tags or ()):
        if names.tags is not None and tag not in names.tags:
            yield page.problem((*path, "tags", number), *tag_nobody_gives(tag, names.tags))
    asked = (("in", expect.in_), ("outside", expect.outside), ("finished", expect.finished), ("left", expect.left))
    for word, value in asked:
        if value is not None:
            yield from known("journey", value, names.journeys, page, (*path, word))
    if expect.at is not None and journey is not None:
        steps = [name for _, name, _ in written_steps(journey)]
        yield from known("step", expect.at, steps, page, (*path, "at"))


def _stays(scenario: Scenario, page: Page) -> Iterator[Problem]:
    """Joining where one is, and leaving where one is not."""
    inside: set[str | None] = set()
    for number, moment in enumerate(scenario.story):
        if moment.happens not in SEGMENT_CHANGES:
            continue
        joins = moment.happens == "joined_segment"
        if joins == (moment.of in inside):
            there = Words(f"這時已經在分群 {moment.of} 裡。", f"She is in segment {moment.of} already.")
            away = Words(f"這時不在分群 {moment.of} 裡。", f"She is not in segment {moment.of} then.")
            yield page.problem(("story", number, "happens"), there if joins else away)
        (inside.add if joins else inside.discard)(moment.of)

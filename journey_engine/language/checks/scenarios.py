"""Whether a scenario speaks of things that exist, in an order of time; runs nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from journey_engine.language.catalog import EVENTS_OF_A_MESSAGE
from journey_engine.language.checks.names import Names, names_of, tag_nobody_gives, unknown
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.journey import Journey, Split
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.scenario import SEGMENT_CHANGES, Expect, Happening, Scenario
from journey_engine.language.steps import written_steps
from journey_engine.language.words import NOTHING, Words, did_you_mean

_WHICH_SEGMENT = (
    Words("這裡要寫是哪個分群。", "It must be said which segment."),
    Words("請加上 of: 分群名稱。", "Add of: SEGMENT."),
)


def scenario_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the scenarios of the project."""
    names = names_of(found)
    return [problem for kept in found.scenarios for problem in _scenario(found, kept, names)]


def _scenario(found: Gathered, kept: Kept, names: Names) -> Iterator[Problem]:
    scenario: Scenario = kept.value
    page = kept.page
    yield from _known("journey", scenario.journey, names.journeys, page, ("journey",))
    for name in scenario.member:
        if names.attributes is not None and name not in names.attributes:
            yield page.problem(("member", name), *unknown("attribute", name, names.attributes), key=True)
    target = found.journeys.get(scenario.journey)
    if target is not None:
        yield from _given(scenario, target.value, page)
    before = (-1, "")
    for number, moment in enumerate(scenario.story):
        path = ("story", number)
        now = (moment.at.day, f"{moment.at.at:%H:%M}")
        if now < before:
            what = Words(f"{moment.at} 比上一項早。", f"{moment.at} lies before the moment above it.")
            yield page.problem((*path, "at"), what, Words("請照時間排列。", "Put the moments in order."))
        before = now
        yield from _happening(moment, page, path, names)
        if moment.expect is not None:
            yield from _expect(moment.expect, page, (*path, "expect"), names, target.value if target else None)


def _given(scenario: Scenario, journey: Journey, page: Page) -> Iterator[Problem]:
    splits = {name: step for _, name, step in written_steps(journey) if isinstance(step, Split)}
    for name, arm in scenario.given.items():
        if name == "holdout":
            if arm not in ("yes", "no", "true", "false"):
                what = Words(f"這裡不能寫「{arm}」。", f"“{arm}” cannot stand here.")
                yield page.problem(("given", name), what, did_you_mean(arm, ("yes", "no")))
        elif name not in splits:
            yield page.problem(("given", name), *unknown("step", name, splits), key=True)
        elif arm not in splits[name].split:
            yield page.problem(("given", name), *unknown("arm", arm, splits[name].split))


def _happening(moment: Happening, page: Page, path: Path, names: Names) -> Iterator[Problem]:
    if moment.happens is None:
        for word in ("of", "with"):
            if moment.of is not None if word == "of" else moment.with_:
                what = Words(f"有「{word}」卻沒有 happens。", f"“{word}” needs happens.")
                yield page.problem((*path, word), what, key=True)
        if moment.expect is None and not page.has_lost(path, "happens", "expect"):
            what = Words("這一刻什麼都沒發生，也沒有期待。", "Nothing happens here and nothing is expected.")
            yield page.problem(path, what, NOTHING)
        return
    if moment.happens in SEGMENT_CHANGES:
        if moment.of is None:
            yield page.problem((*path, "happens"), *_WHICH_SEGMENT)
        else:
            yield from _known("segment", moment.of, names.segments, page, (*path, "of"))
        return
    if names.events is not None and moment.happens not in names.events:
        yield page.problem((*path, "happens"), *unknown("event", moment.happens, names.events))
        return
    if moment.of is not None:
        if moment.happens in EVENTS_OF_A_MESSAGE:
            yield from _known("message", moment.of, names.messages, page, (*path, "of"))
        elif moment.happens != "go_to":
            what = Words(f"「{moment.happens}」不能接 of。", f"“{moment.happens}” is not of a message.")
            yield page.problem((*path, "of"), what, key=True)
    properties = names.properties_of(moment.happens)
    for name in moment.with_:
        if properties is not None and name not in properties:
            yield page.problem((*path, "with", name), *unknown("property", name, properties), key=True)


def _expect(expect: Expect, page: Page, path: Path, names: Names, journey: Journey | None) -> Iterator[Problem]:
    for number, message in enumerate(expect.sends or ()):
        yield from _known("message", message, names.messages, page, (*path, "sends", number))
    for number, tag in enumerate(expect.tags or ()):
        if names.tags is not None and tag not in names.tags:
            yield page.problem((*path, "tags", number), *tag_nobody_gives(tag, names.tags))
    for word, value in (("in", expect.in_), ("finished", expect.finished), ("left", expect.left)):
        if value is not None:
            yield from _known("journey", value, names.journeys, page, (*path, word))
    if expect.at is not None and journey is not None:
        steps = [name for _, name, _ in written_steps(journey)]
        yield from _known("step", expect.at, steps, page, (*path, "at"))


def _known(noun: str, word: str, known: Collection[str], page: Page, path: Path) -> Iterator[Problem]:
    if word not in known:
        yield page.problem(path, *unknown(noun, word, known))
